"""Damages a page of a ledger on purpose, and keeps what stood there until the ledger is mended.

What a fault overwrites may be the only copy of steps that were acknowledged: the process may be
killed before it mends the file from its memory. So the bytes lie beside the ledger meanwhile.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from sim.ledger import set_aside
from sim.ledger.verify import verify
from sim.machine import files

DAMAGE: Final = 512
"""Bytes overwritten at the beginning of a page, its b-tree header among them."""
_NAME: Final = re.compile(r"\.at-([0-9]{1,15})")
"""What follows the ledger's name: the offset of the bytes that the file holds."""


def overwrite_page(path: Path, draw: float) -> int:
    """Overwrite the beginning of a page of a SQLite file that nobody has open.

    Args:
        path: the file.
        draw: 0..1, which page; never the first one, of which SQLite would keep a copy in memory.

    Returns:
        The number of the page, from 1.

    Raises:
        OSError: what stands there cannot be kept, or the file cannot be written.
        RunDirectoryError: the file is no plain file.
    """
    with os.fdopen(files.open_for_writing(path), "r+b") as file:
        size = int.from_bytes(file.read(18)[16:18], "big") or 4096
        pages = path.stat().st_size // size
        page = 1 + min(pages - 1, 1 + int(draw * (pages - 1)))
        offset = (page - 1) * size
        file.seek(offset)
        before = file.read(min(DAMAGE, size))
        if before != _damaged(before):
            with files.replacing(path.with_name(f"{path.name}.at-{offset}")) as kept:
                kept.write(before)
        file.seek(offset)
        file.write(_damaged(before))
    return page


def undo_damage(path: Path) -> int:
    """Put back what faults overwrote and nobody mended.

    Args:
        path: the ledger; nobody may have it open.

    Returns:
        How many pages are whole again.

    Raises:
        OSError: it cannot be read or written.
        RunDirectoryError: something is no plain file.
    """
    set_aside.reunite(path)
    mended, elsewhere = 0, None
    for kept, offset in _kept(path):
        with files.reading(kept, largest=DAMAGE) as stream:
            before = stream.read(DAMAGE)
        # Killed while it was mended, the damaged file is beside a ledger that is not complete yet.
        for file in (path, *set_aside.kept(path)):
            if before and _undone(file, offset, before):
                mended += 1
                elsewhere = elsewhere if file == path else file
                break
    if elsewhere is not None and _holds_more(elsewhere, path):
        set_aside.take_back(path, elsewhere)
    forget_damage(path)
    return mended


def forget_damage(path: Path) -> None:
    """Remove what is kept of pages: the ledger is whole again.

    Raises:
        OSError: it cannot be removed.
    """
    for kept, _ in _kept(path):
        kept.unlink(missing_ok=True)


def _undone(file: Path, offset: int, before: bytes) -> bool:
    """Put bytes back where there is the damage, and nothing else."""
    if files.check(file) is None:
        return False
    with os.fdopen(files.open_for_writing(file), "r+b") as stream:
        stream.seek(offset)
        if stream.read(len(before)) != _damaged(before):
            return False
        stream.seek(offset)
        stream.write(before)
        stream.flush()
        os.fsync(stream.fileno())
    return True


def _holds_more(file: Path, path: Path) -> bool:
    """Tell whether a ledger is whole, and the one in its place is not, or is shorter."""
    found = verify(file)
    if not found.ok or files.check(path) is None:
        return found.ok
    successor = verify(path)
    return not successor.ok or successor.rows < found.rows


def _damaged(before: bytes) -> bytes:
    return b"\xa5" * len(before)


def _kept(path: Path) -> list[tuple[Path, int]]:
    """The files beside a ledger that hold overwritten bytes, and where the bytes stood."""
    found = []
    for file in path.parent.iterdir():
        match = _NAME.fullmatch(file.name.removeprefix(path.name))
        if file.name.startswith(path.name) and match is not None:
            found.append((file, int(match[1])))
    return sorted(found)
