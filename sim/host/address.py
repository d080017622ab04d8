"""Where the sockets of engines lie: folders that others cannot enter, or one group only."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Final

from sim.errors import HostError
from sim.text import shown

FOLDER = "decsim-tui"
LONGEST = 60
"""Bytes of a folder that leave room for a socket: some systems allow 104 in all."""
SHARED: Final = "DECSIM_SHARED_DIR"
"""Variable with the folder that all users share, where `/tmp` is each user's own."""
_PRIVATE, _GROUP = 0o700, 0o750
_shared_name = re.compile(rf"{FOLDER}-(\d+)-(\d+)")
"""User and group that a folder is of."""


def folder(group: int | None = None) -> Path:
    """The folder of this user's sockets, made if it is absent.

    Args:
        group: whose members find it; None for nobody else.

    Raises:
        HostError: it cannot be made, or others can enter it.
    """
    path = _own_folder() if group is None else _shared_folder() / f"{FOLDER}-{os.getuid()}-{group}"
    try:
        path.mkdir(mode=_PRIVATE, exist_ok=True)
        if group is not None and _is_owned(path, os.getuid()):
            os.chown(path, -1, group)
            path.chmod(_GROUP)
        usable = _is_private(path) if group is None else _is_shared(path, os.getuid(), group)
    except OSError as error:
        raise HostError(f"{shown(path)}: cannot be made ({error.strerror})") from None
    if not usable:
        who = "only you" if group is None else "only you and the group"
        raise HostError(f"{shown(path)}: expected a folder that {who} can enter")
    return path


def address_of(run_dir: Path, group: int | None = None) -> Path:
    """Where the engine of a run listens: short, whatever the path of the run is."""
    name = blake2b(os.fsencode(run_dir.resolve()), digest_size=10).hexdigest()
    return folder(group) / f"{name}.sock"


def addresses() -> Iterator[Path]:
    """All sockets that this user may call: its own, then those that others share with its groups.

    Raises:
        HostError: the user's own folder cannot be used.
    """
    yield from sorted(folder().glob("*.sock"))
    for path in sorted(_shared_folder().glob(f"{FOLDER}-*-*")):
        if (match := _shared_name.fullmatch(path.name)) is None:
            continue
        owner, group = map(int, match.groups())
        mine = owner == os.getuid() or group in {os.getegid(), *os.getgroups()}
        if mine and _is_shared(path, owner, group):
            yield from sorted(path.glob("*.sock"))


def owner_of(address: Path) -> int:
    """The user whose engine listens there."""
    return address.parent.lstat().st_uid


def _own_folder() -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    # After `su` it is that of another user.
    usable = 0 < len(os.fsencode(runtime)) <= LONGEST and _is_owned(Path(runtime), os.getuid())
    own = Path(tempfile.gettempdir()) / f"{FOLDER}-{os.getuid()}"
    return Path(runtime) / FOLDER if usable else own


def _shared_folder() -> Path:
    # Not what `TMPDIR` says: the same for all users. What lies there is believed by owner and mode.
    return Path(os.environ.get(SHARED) or "/tmp")  # noqa: S108


def _is_owned(path: Path, user: int) -> bool:
    """Whether it is a folder of that user, and no link to one."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == user


def _is_private(path: Path) -> bool:
    return _is_owned(path, os.getuid()) and not stat.S_IMODE(path.lstat().st_mode) & 0o077


def _is_shared(path: Path, user: int, group: int) -> bool:
    """Whether only its owner writes in it, and none but the group can enter."""
    try:
        status = path.lstat()
        right = status.st_gid == group and stat.S_IMODE(status.st_mode) == _GROUP
        return right and _is_owned(path, user)
    except OSError:
        return False
