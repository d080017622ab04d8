"""Recognising the format of a text file from its first lines."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from sim.traffic.files import nslkdd, zeek
from sim.traffic.files.cicids import CIC_IDS2017
from sim.traffic.files.lines import Block
from sim.traffic.files.netflow import NETFLOW_V2
from sim.traffic.files.schema import PLAIN, Schema
from sim.traffic.files.text import error, quantity, shown
from sim.traffic.files.unsw import UNSW_NB15

TABLES = (nslkdd.NSL_KDD, UNSW_NB15, CIC_IDS2017, NETFLOW_V2)
"""Formats with a header that are told apart by their column names."""

MAX_COLUMNS = 4096
_DELIMITERS = ",\t;|"
_RECOGNISED = 0.5


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows of a text file are written."""

    schema: Schema
    columns: tuple[str, ...]
    """Names in file order, as written; empty for JSON lines, which name their own."""
    skip: int
    """How many lines of the first block come before the rows."""
    delimiter: str = ","
    quoted: bool = True
    """Whether double quotes enclose fields."""
    header: zeek.Header | None = None
    """The header of a Zeek log."""


def detect(path: Path, block: Block, wanted: str) -> Layout:
    """Return the layout of the file that begins with `block`.

    Args:
        path: For messages.
        block: The first lines of the file.
        wanted: `auto`, or the format that the file must have.

    Raises:
        TrafficError: No format fits, or the file is not of the wanted one.
    """
    at = next((i for i, line in enumerate(block.lines) if line.strip()), None)
    if at is None:
        raise error(path, "holds only blank lines; expected traffic")
    first = block.lines[at].lstrip()
    if wanted in ("auto", "zeek-tsv") and first.startswith((b"#separator", b"#fields")):
        header = zeek.read_header(path, Block(block.first + at, block.lines[at:]))
        return Layout(
            header.schema, header.columns, at + header.lines, header.separator, False, header
        )
    if wanted == "zeek-tsv":
        raise error(path, "not a Zeek log: expected '#separator' or '#fields'", block.first + at)
    if wanted == "zeek-json" or (wanted == "auto" and first[:1] in (b"{", b"[")):
        if first[:1] != b"{":
            raise error(path, "expected one JSON object a line", block.first + at)
        return Layout(zeek.ZEEK_JSON, (), at)
    return _delimited(path, block, at, wanted)


def _delimited(path: Path, block: Block, at: int, wanted: str) -> Layout:
    line = block.first + at
    try:
        text = block.lines[at].decode()
    except UnicodeDecodeError as e:
        raise error(path, "not text in UTF-8", line) from e
    delimiter = max(_DELIMITERS, key=text.count)
    fields = [f.strip() for f in split(path, text, delimiter, line)]
    if len(fields) > MAX_COLUMNS:
        raise error(path, f"{len(fields):,} columns; expected at most {MAX_COLUMNS:,}", line)
    headless = nslkdd.looks_like(fields) and wanted in ("auto", "nsl-kdd")
    if headless or (wanted == "nsl-kdd" and nslkdd.NSL_KDD.overlap(fields) < _RECOGNISED):
        return _headless(path, fields, at, line, delimiter)
    if len(fields) < 2:
        raise error(path, f"one column only ({shown(fields[0])}); expected a table of flows", line)
    _check_header(path, fields, line)
    schema = recognise(fields, wanted)
    schema.check(path, fields, line)
    _check_repeats(path, schema, fields, line)
    return Layout(schema, tuple(fields), at + 1, delimiter)


def _headless(path: Path, fields: list[str], at: int, line: int, delimiter: str) -> Layout:
    least, most = len(nslkdd.FEATURES), len(nslkdd.COLUMNS)
    if not least <= len(fields) <= most:
        raise error(
            path,
            f"{quantity(len(fields), 'field')}, read as nsl-kdd; expected {least} to {most}",
            line,
        )
    return Layout(nslkdd.NSL_KDD, nslkdd.COLUMNS[: len(fields)], at, delimiter)


def recognise(columns: list[str], wanted: str = "auto") -> Schema:
    """Return the schema that knows most of `columns`, at least half of its own; else `PLAIN`."""
    if wanted not in ("auto", "parquet"):
        return next((s for s in TABLES if s.format == wanted), PLAIN)
    best = max(TABLES, key=lambda s: s.overlap(columns))
    return best if best.overlap(columns) >= _RECOGNISED else PLAIN


def split(path: Path, text: str, delimiter: str, line: int) -> list[str]:
    """Split one line into fields; double quotes may enclose them.

    Raises:
        TrafficError: A quote is left open or followed by text.
    """
    if '"' not in text:
        return text.split(delimiter)
    try:
        return next(csv.reader([text], delimiter=delimiter, skipinitialspace=True, strict=True))
    except (csv.Error, StopIteration) as e:
        raise error(path, "a double quote is not closed or is followed by text", line) from e


def _check_header(path: Path, fields: list[str], line: int) -> None:
    """Refuse a first line that is data: half of it numbers, unless they count 0, 1, 2 and so on."""
    numeric = sum(is_number(f) for f in fields)
    if fields == [str(i) for i in range(len(fields))]:
        return
    if 2 * numeric >= len(fields):
        raise error(path, f"expected column names, found numbers such as {shown(fields[0])}", line)


def _check_repeats(path: Path, schema: Schema, fields: list[str], line: int) -> None:
    seen: dict[str, int] = {}
    for at, name in enumerate(fields, start=1):
        if name and name in seen and name.casefold() not in schema.repeated:
            raise error(path, f"column {shown(name)} twice, as column {seen[name]} and {at}", line)
        seen.setdefault(name, at)


def is_number(text: str) -> bool:
    """Tell whether `text` reads as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
