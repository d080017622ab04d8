"""Damaged ledgers that are kept beside the one that took their place: `<name>.corrupt-<n>`.

At no moment is there no ledger: a process that is killed in the middle of this leaves either the
damaged one or its successor, and what lies between is put right by `reunite`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from sim.ledger.side_files import SIDE_FILES


def exchange(path: Path, fresh: Path) -> Path:
    """Put another file in the place of a ledger, and keep the ledger.

    Args:
        path: The ledger; no connection to it may be open.
        fresh: The new one, in the same folder.

    Returns:
        Where the ledger is kept now.

    Raises:
        OSError: It cannot be done; the ledger is where it was.
    """
    target = _next(path)
    # The side files first: left behind, they would be taken for those of the new file.
    for suffix in SIDE_FILES:
        side = path.with_name(path.name + suffix)
        if side.exists():
            side.rename(target.with_name(target.name + suffix))
    try:
        os.link(path, target)
    except OSError:  # no second name on this file system
        path.rename(target)
    fresh.replace(path)
    return target


def kept(path: Path) -> list[Path]:
    """Return the damaged ledgers that are kept, the latest first."""
    pattern = re.compile(re.escape(path.name) + r"\.corrupt-([0-9]{1,9})")
    found = [(int(m[1]), f) for f in path.parent.iterdir() if (m := pattern.fullmatch(f.name))]
    return [file for _, file in sorted(found, reverse=True)]


def reunite(path: Path) -> None:
    """Undo half of an exchange: the ledger has one name, and its side files.

    Raises:
        OSError: It cannot be done.
    """
    for file in kept(path):
        if path.exists() and not path.is_symlink() and file.samefile(path):
            file.unlink()
    for suffix in SIDE_FILES:
        side = _next(path).with_name(f"{_next(path).name}{suffix}")
        home = path.with_name(path.name + suffix)
        if os.path.lexists(side) and not os.path.lexists(home):
            side.rename(home)


def take_back(path: Path, file: Path) -> None:
    """Put a ledger that is kept in its place again; the one that is there is given up.

    Raises:
        OSError: It cannot be done.
    """
    for suffix in SIDE_FILES:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    file.replace(path)
    for suffix in SIDE_FILES:
        side = file.with_name(file.name + suffix)
        if os.path.lexists(side):
            side.rename(path.with_name(path.name + suffix))


def _next(path: Path) -> Path:
    """Return the first name that is free."""
    number = 1
    while os.path.lexists(target := path.with_name(f"{path.name}.corrupt-{number}")):
        number += 1
    return target
