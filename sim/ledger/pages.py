"""Reads rows out of the pages of a SQLite file without trusting what holds them together.

A damaged page takes everything below it in its b-tree away from SQLite, though the pages below are
whole. Here every page of the file and of its WAL is read as a leaf, whatever it claims to be, and
what looks like a row is given out; the caller's hashes and checksums say whether it is one.

Format: https://sqlite.org/fileformat2.html, sections 1.6 (b-tree pages), 2.1 (records), 4.1 (WAL).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, TypeAlias

import numpy as np

from sim.machine import files

Cell: TypeAlias = int | float | str | bytes | None
Record: TypeAlias = tuple[Cell, ...]

WAL_HEADER: Final = 32
FRAME_HEADER: Final = 24
_SIZES: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
"""Serial type of an integer → its bytes."""
_USUAL_PAGE: Final = 4096
_TABLE_LEAF, _INDEX_LEAF, _INDEX_NODE = 13, 10, 2


@dataclass(frozen=True, slots=True)
class RawRow:
    """What looks like a row."""

    rowid: int | None
    """None in a table without row ids."""
    record: Record


class _BrokenError(Exception):
    """This is no row."""


class PageFile:
    """The pages of a SQLite file and of the WAL beside it.

    Args:
        path: the file; no connection of this process may have it open.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._wal = path.with_name(f"{path.name}-wal")
        self._size = _USUAL_PAGE
        self._latest: dict[int, int] = {}
        """Page → offset of its last image in the WAL."""

    def rows(self) -> Iterator[RawRow]:
        """Everything that looks like a row, many of them more than once.

        Raises:
            OSError: the file cannot be read.
        """
        with files.reading(self._path) as main:
            self._size = _page_size(main.read(100))
            if self._wal.exists():
                with files.reading(self._wal) as wal:
                    self._latest = self._index(wal)
                    yield from self._all(main, wal)
            else:
                yield from self._all(main, None)

    def _index(self, wal: IO[bytes]) -> dict[int, int]:
        header = wal.read(WAL_HEADER)
        if len(header) == WAL_HEADER:
            size = int.from_bytes(header[8:12], "big")
            self._size = size if _is_page_size(size) else self._size
        found: dict[int, int] = {}
        offset = WAL_HEADER
        while len(frame := self._at(wal, offset, FRAME_HEADER)) == FRAME_HEADER:
            found[int.from_bytes(frame[:4], "big")] = offset + FRAME_HEADER
            offset += FRAME_HEADER + self._size
        return found

    def _all(self, main: IO[bytes], wal: IO[bytes] | None) -> Iterator[RawRow]:
        reader = _Overflow(main, wal, self._latest, self._size)
        number = 1
        while len(page := self._at(main, (number - 1) * self._size, self._size)) > 8:
            yield from _rows_of(page, 100 if number == 1 else 0, reader)
            number += 1
        offset = WAL_HEADER + FRAME_HEADER
        while wal is not None and len(page := self._at(wal, offset, self._size)) > 8:
            yield from _rows_of(page, 0, reader)
            offset += FRAME_HEADER + self._size

    @staticmethod
    def _at(file: IO[bytes], offset: int, size: int) -> bytes:
        file.seek(offset)
        return file.read(size)


@dataclass(slots=True)
class _Overflow:
    """Fetches the pages that long rows go on in."""

    main: IO[bytes]
    wal: IO[bytes] | None
    latest: dict[int, int]
    size: int

    def page(self, number: int) -> bytes:
        """The last image of a page."""
        if self.wal is not None and number in self.latest:
            self.wal.seek(self.latest[number])
            return self.wal.read(self.size)
        self.main.seek((number - 1) * self.size)
        return self.main.read(self.size)

    def chain(self, first: int, length: int) -> bytes:
        """`length` bytes from the chain of pages that begins with `first`."""
        parts, number, left = [], first, length
        while left > 0:
            page = self.page(number) if number > 0 else b""
            if len(page) < self.size:
                raise _BrokenError
            parts.append(page[4 : 4 + min(left, self.size - 4)])
            left -= self.size - 4
            number = int.from_bytes(page[:4], "big")
        return b"".join(parts)


def _page_size(header: bytes) -> int:
    size = int.from_bytes(header[16:18], "big")
    size = 65536 if size == 1 else size
    return size if _is_page_size(size) else _USUAL_PAGE


def _is_page_size(size: int) -> bool:
    return 512 <= size <= 65536 and size & (size - 1) == 0


def _rows_of(page: bytes, start: int, overflow: _Overflow) -> Iterator[RawRow]:
    """Rows of a page; of one whose type is damaged, as if it were of each type in turn."""
    if len(page) < start + 8:  # the file ends here
        return
    kind = page[start]
    kinds = (
        (kind,) if kind in (_TABLE_LEAF, _INDEX_LEAF, _INDEX_NODE) else (_TABLE_LEAF, _INDEX_LEAF)
    )
    for each in kinds:
        pointers = start + (12 if each == _INDEX_NODE else 8)
        count = int.from_bytes(page[start + 3 : start + 5], "big")
        for cell in _cells(page, pointers, count):
            try:
                yield _row(page, cell + (4 if each == _INDEX_NODE else 0), each, overflow)
            except (_BrokenError, IndexError, struct.error, UnicodeDecodeError):
                continue


def _cells(page: bytes, first: int, count: int) -> list[int]:
    """Where the cells of a page begin: all that its array of pointers, or what is there, may say.

    Args:
        page: The page.
        first: Where the array begins.
        count: How many it has by its own header; behind them the first that cannot be one ends it.
    """
    if len(page) < first + 2:
        return []
    found = np.frombuffer(page, dtype=">u2", offset=first, count=(len(page) - first) // 2)
    places = first + 2 * np.arange(len(found))
    usable = (found >= places + 2) & (found < len(page))
    ends = np.flatnonzero(~usable[count:])
    end = count + int(ends[0]) if len(ends) else len(found)
    return [int(cell) for cell in found[:end][usable[:end]]]


def _row(page: bytes, at: int, kind: int, overflow: _Overflow) -> RawRow:
    length, at = _varint(page, at)
    rowid: int | None = None
    if kind == _TABLE_LEAF:
        rowid, at = _varint(page, at)
        rowid -= (rowid >> 63) << 64
    if length > 1 << 30:
        raise _BrokenError
    usable = overflow.size
    most = usable - 35 if kind == _TABLE_LEAF else (usable - 12) * 64 // 255 - 23
    if length <= most:
        payload = page[at : at + length]
    else:
        least = (usable - 12) * 32 // 255 - 23
        local = least + (length - least) % (usable - 4)
        local = local if local <= most else least
        first = int.from_bytes(page[at + local : at + local + 4], "big")
        payload = page[at : at + local] + overflow.chain(first, length - local)
    if len(payload) != length:
        raise _BrokenError
    return RawRow(rowid, _record(payload))


def _record(payload: bytes) -> Record:
    header, at = _varint(payload, 0)
    if not 1 <= header <= min(len(payload), 100):
        raise _BrokenError
    types = []
    while at < header:
        kind, at = _varint(payload, at)
        types.append(kind)
    cells: list[Cell] = []
    for kind in types:
        cell, at = _cell(payload, at, kind)
        cells.append(cell)
    if at != len(payload):
        raise _BrokenError
    return tuple(cells)


def _cell(payload: bytes, at: int, kind: int) -> tuple[Cell, int]:
    if kind in _SIZES:
        end = at + _SIZES[kind]
        return int.from_bytes(payload[at:end], "big", signed=True), end
    match kind:
        case 0:
            return None, at
        case 7:
            return struct.unpack_from(">d", payload, at)[0], at + 8
        case 8 | 9:
            return kind - 8, at
        case 10 | 11:
            raise _BrokenError
    end = at + (kind - 12) // 2
    if end > len(payload):
        raise _BrokenError
    data = payload[at:end]
    return (data.decode() if kind % 2 else data), end


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A big-endian integer of one to nine bytes, and where it ends."""
    value = 0
    for index in range(8):
        byte = data[at + index]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + index + 1
    return value << 8 | data[at + 8], at + 9
