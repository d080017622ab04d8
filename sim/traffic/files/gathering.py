"""Gathering the columns of a file, whatever its layout."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from sim.traffic.files import zeek
from sim.traffic.files.column import Column
from sim.traffic.files.delimited import Rows
from sim.traffic.files.detect import Layout, detect, recognise
from sim.traffic.files.encoding import MAX_CELLS
from sim.traffic.files.jsonlines import Objects
from sim.traffic.files.lines import Block, read_blocks
from sim.traffic.files.parquet import ParquetFile
from sim.traffic.files.plan import Plan
from sim.traffic.files.source import Source
from sim.traffic.files.text import error, quantity

MAX_ROWS = 20_000_000
"""Most rows of a file when the caller sets no limit."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The columns of a whole file."""

    plan: Plan
    names: list[str]
    """Names of all columns, wanted or not, in file order."""
    columns: dict[str, Column]
    """The wanted columns by name."""
    rows: int
    notes: tuple[str, ...]


class Reader(Protocol):
    """Feeds lines into columns."""

    rows: int
    blank: int
    columns: dict[str, Column]

    @property
    def names(self) -> list[str]:
        """Names of all columns in file order."""

    def add(self, lines: list[bytes], first: int, room: int) -> None:
        """Append lines of which the first has number `first`, at most `room` rows of them."""


def gather_text(source: Source, asked: Plan, wanted: str, max_rows: int) -> Gathered:
    """Read a text file of the `wanted` format, or of the one recognised for `auto`.

    Raises:
        TrafficError: See `read_flows`.
    """
    path = source.path
    blocks = read_blocks(source)
    block = next(blocks, None)
    if block is None:
        raise error(path, "is empty; expected traffic")
    layout = detect(path, block, wanted)
    plan = replace(asked, schema=layout.schema)
    reader: Reader = Objects(path, plan) if not layout.columns else Rows(path, layout, plan)
    rest = Block(block.first + layout.skip, block.lines[layout.skip :])
    recoded = _feed(path, layout, reader, _chain(rest, blocks), max_rows)
    if reader.rows == 0:
        raise error(path, "a header without rows; expected at least one flow")
    notes = [f"read as {layout.schema.encoding}: not UTF-8"] if recoded else []
    if reader.blank and layout.header is None:
        notes.append(f"{quantity(reader.blank, 'empty row')} left out")
    return Gathered(plan, reader.names, reader.columns, reader.rows, tuple(notes))


def gather_parquet(path: Path, asked: Plan, max_rows: int) -> Gathered:
    """Read a Parquet file; its columns mean what they mean in the CSV files of the same names."""
    file = ParquetFile(path)
    schema = recognise(file.columns)
    schema.check(path, file.columns, None)
    plan = replace(asked, schema=schema)
    plan.check(path, file.columns)
    columns = {n: plan.column(path, n) for n in file.columns if plan.wants(n)}
    rows = file.fill(columns, max_rows or MAX_ROWS + 1)
    if rows == 0:
        raise error(path, "holds no rows; expected at least one flow")
    _check_size(path, rows, max_rows, len(columns))
    return Gathered(plan, file.columns, columns, rows, ())


def _chain(first: Block, rest: Iterator[Block]) -> Iterator[Block]:
    yield first
    yield from rest


def _feed(
    path: Path, layout: Layout, reader: Reader, blocks: Iterator[Block], max_rows: int
) -> bool:
    """Feed all blocks to the reader; tell whether the text had to be decoded otherwise."""
    recoded = False
    for block in blocks:
        lines, changed = _in_utf8(path, layout, block)
        recoded = recoded or changed
        if layout.header is not None:
            lines = _zeek_rows(path, layout.header, lines, block.first)
        reader.add(lines, block.first, (max_rows or sys.maxsize) - reader.rows)
        _check_size(path, reader.rows, max_rows, len(reader.columns))
        if reader.rows == max_rows:
            break
    return recoded


def _check_size(path: Path, rows: int, max_rows: int, columns: int) -> None:
    if rows * columns > MAX_CELLS:
        raise error(path, f"{rows:,} rows × {columns} columns are too many; set max_rows")
    if not max_rows and rows > MAX_ROWS:
        raise error(path, f"more than {MAX_ROWS:,} rows; set max_rows to read the first ones")


def _in_utf8(path: Path, layout: Layout, block: Block) -> tuple[list[bytes], bool]:
    """Return the lines in UTF-8, and whether they were in the other encoding of the format."""
    joined = b"\n".join(block.lines)
    try:
        joined.decode()
    except UnicodeDecodeError as e:
        line = block.first + joined.count(b"\n", 0, e.start)
        wrong = error(path, f"byte 0x{joined[e.start]:02x} is not UTF-8 text", line)
        if layout.schema.encoding == "utf-8":
            raise wrong from e
        try:
            return joined.decode(layout.schema.encoding).encode().split(b"\n"), True
        except UnicodeDecodeError:
            raise wrong from e
    return block.lines, False


def _zeek_rows(path: Path, header: zeek.Header, lines: list[bytes], first: int) -> list[bytes]:
    """Blank the `#` lines, whose fields must stay the same, and separate padded labels."""
    rows = list(lines)
    for at, line in enumerate(lines):
        if line.startswith(b"#"):
            if line.startswith(b"#fields") and not zeek.same_fields(header, line):
                raise error(path, "other #fields than at the top of the file", first + at)
            rows[at] = b""
        elif header.padded:
            rows[at] = line.replace(b"   ", header.separator.encode())
    return rows
