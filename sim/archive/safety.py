"""Whether a folder can be taken for a run directory without harm, whoever made it."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Final

from sim.errors import RunDirectoryError
from sim.ledger.filesystem import filesystem_of
from sim.machine import files
from sim.text import shown

_LARGEST: Final[dict[str, int]] = {"goal": 128, "lock": 64, "config.yaml": 1_000_000}
"""Most bytes of the files that have a bound of their own."""
_OURS: Final = re.compile(
    r"goal|lock|outcome|config\.yaml|effective\.yaml|run\.log(\.[0-9])?|events\.jsonl|salvage-[0-9]+\.json"
    r"|ledger\.db(-wal|-shm|-journal)?|ledger\.db\.salvaged"
    r"|ledger\.db\.at-[0-9]+|ledger\.db\.corrupt-[0-9]+.*"
)
"""Names that this program reads or writes in a run directory."""
_FOLDERS: Final = ("checkpoints", "exports")
_WITHOUT_MODES: Final = re.compile(
    r"v?fat|exfat|msdos|ntfs3?|fuseblk|drvfs|9p|cifs|smb\d?|smbfs|vboxsf|prl_fs|vmhgfs.*|fuse\..*"
)
"""File systems on which everything seems to be open to everybody."""


def is_of_a_run(name: str) -> bool:
    """Whether a run has a file of this name, or makes one when it needs it."""
    return _OURS.fullmatch(name) is not None


def check_folder(path: Path) -> None:
    """Make sure that all that has the name of a file of a run is one, and nobody else's.

    Raises:
        RunDirectoryError: something leads out of the folder, would be waited for, is too large, or
            could be exchanged by somebody else at any moment.
    """
    try:
        _check_mode(path)
        for file in path.iterdir():
            if file.name in _FOLDERS:
                files.check_folder(file)
            elif is_of_a_run(file.name):
                files.check(file, largest=_LARGEST.get(file.name, files.LARGEST))
    except OSError as error:
        raise RunDirectoryError(
            f"{shown(path)}: cannot be read ({error.strerror}), expected a run directory"
        ) from None


def check_owner(path: Path) -> None:
    """Make sure that a run directory that is about to be changed is the caller's own.

    Raises:
        RunDirectoryError: it is somebody else's.
        OSError: it cannot be looked at.
    """
    owner = path.lstat().st_uid
    if owner != os.geteuid():
        raise RunDirectoryError(
            f"{shown(path)}: belongs to user {owner}, expected a run directory of your own; copy it"
        )


def _check_mode(path: Path) -> None:
    status = path.lstat()
    others = stat.S_IWOTH | (0 if status.st_gid == os.getegid() else stat.S_IWGRP)
    if status.st_mode & others and not _WITHOUT_MODES.fullmatch(filesystem_of(path) or ""):
        raise RunDirectoryError(
            f"{shown(path)}: can be written by other users, expected a folder of one user (chmod"
            " go-w)"
        )
