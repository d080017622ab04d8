"""Looks for damage in a write-ahead log that SQLite passes over in silence.

SQLite reads a WAL up to the first frame whose checksum is wrong, because that is how a commit that
was under way at a crash ends. If a commit of the same log follows behind such a frame, this is no
such end: what was committed is not read any more.

Format and checksum: https://sqlite.org/fileformat2.html#walformat.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray

from sim.machine import files

HEADER: Final = 32
FRAME: Final = 24
_MAGIC: Final = {0x377F0682: "<", 0x377F0683: ">"}
"""Magic number → byte order of the checksums."""
_PAGES: Final = frozenset(1 << exponent for exponent in range(9, 17))
_MASK: Final = 0xFFFFFFFF
Sums = tuple[int, int]


def passed_over(ledger: Path) -> str:
    """What SQLite does not read though it was committed, in words; empty if there is nothing.

    Args:
        ledger: The ledger; it may be in use.

    Raises:
        OSError: The log cannot be read.
        RunDirectoryError: It is no plain file.
    """
    wal = ledger.with_name(f"{ledger.name}-wal")
    status = files.check(wal)
    if status is None or status.st_size <= HEADER:
        return ""
    with files.reading(wal) as file:
        before = file.read(HEADER)
        found = _look(file, before)
        file.seek(0)
        # Whoever writes it may have begun it anew while it was read.
        return found if file.read(HEADER) == before else ""


def _look(file: IO[bytes], header: bytes) -> str:
    magic, _, size, _, salt_1, salt_2, *sums = struct.unpack(">8I", header)
    order = _MAGIC.get(magic, "")
    start = _sum(header[:24], order, (0, 0)) if order else None
    if start is None or start != tuple(sums) or size not in _PAGES:
        return "the head of the write-ahead log is damaged, and SQLite reads nothing of it"
    bad = 0
    running: Sums = start
    for number, frame, page in _frames(file, size):
        _, commit, *salts, sum_1, sum_2 = struct.unpack(">6I", frame)
        if not bad:
            ours = salts == [salt_1, salt_2]
            running = _sum(page, order, _sum(frame[:8], order, running))
            if not ours or running != (sum_1, sum_2):
                bad = number
        if bad and commit and salts == [salt_1, salt_2] and number > bad:
            return (
                f"frame {bad} of the write-ahead log is damaged, and SQLite reads nothing of what"
                " was committed after it"
            )
    return ""


def _frames(file: IO[bytes], size: int) -> Iterator[tuple[int, bytes, bytes]]:
    number = 1
    while len(frame := file.read(FRAME)) == FRAME and len(page := file.read(size)) == size:
        yield number, frame, page
        number += 1


def _sum(data: bytes, order: str, start: Sums) -> Sums:
    """The running checksum of the WAL over some 8-byte words.

    A word (low, high) takes the sums (a, b) to (a + b + low, a + 2b + low + high), modulo 2^32.
    That is linear: all words of a page are weighed at once instead of taken one after the other.
    """
    words = np.frombuffer(data, dtype=f"{order}u4").astype(np.uint32)
    fibonacci = _fibonacci(len(words) + 2)
    # A half counts F(m) times in the first sum where m halves follow it, F(m + 1) times in the
    # second; a counts like one that all but one follow, b like one that all follow.
    first, second = (
        int((words * fibonacci[i : len(words) + i][::-1]).sum(dtype=np.uint32))
        + int(fibonacci[len(words) + i - 1]) * start[0]
        + int(fibonacci[len(words) + i]) * start[1]
        for i in (0, 1)
    )
    return first & _MASK, second & _MASK


@cache
def _fibonacci(count: int) -> NDArray[np.uint32]:
    """The numbers F(0) to F(count - 1), modulo 2^32."""
    numbers = [0, 1]
    while len(numbers) < count:
        numbers.append(numbers[-1] + numbers[-2] & _MASK)
    return np.array(numbers[:count], dtype=np.uint32)
