"""Gathering the columns of one or many files, whatever their layout."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from sim.errors import TrafficError
from sim.text import quantity
from sim.traffic.files import kitsune
from sim.traffic.files.column import Column
from sim.traffic.files.companions import companions
from sim.traffic.files.decimals import with_decimal
from sim.traffic.files.delimited import Rows
from sim.traffic.files.detect import detect, resembling
from sim.traffic.files.encoding import MAX_CELLS
from sim.traffic.files.format import Format
from sim.traffic.files.formats import formats
from sim.traffic.files.jsonlines import Objects
from sim.traffic.files.layout import make_head
from sim.traffic.files.lines import Block, read_blocks
from sim.traffic.files.places import Place, check_regular, is_empty, reason
from sim.traffic.files.plan import Plan
from sim.traffic.files.source import open_source
from sim.traffic.files.text import NoRowsError, NoTrafficError, clean, error, listed
from sim.traffic.files.whole_rows import with_whole_rows

_LISTED = 12
"""Most files that a note names."""
_REASONS = 3
"""Most files of which a warning says why they are left out."""

MAX_ROWS = 20_000_000
"""Most rows of a source when the caller sets no limit."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The columns of a whole source."""

    plan: Plan
    names: list[str]
    """Names of all columns, wanted or not, in file order."""
    columns: dict[str, Column]
    """The wanted columns by name."""
    rows: int
    notes: tuple[str, ...]
    format: str
    cut: bool = False
    """Whether only the first rows were wanted."""
    unlabelled: str = ""
    """What is noted of a format whose labels are in a second file."""
    warnings: tuple[str, ...] = ()
    files: tuple[tuple[Place, int], ...] = ()
    """The files that were read, and how many rows each of them has."""


class Reader(Protocol):
    """Feeds lines into columns."""

    rows: int
    blank: int
    columns: dict[str, Column]

    @property
    def names(self) -> list[str]:
        """Names of all columns in file order."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out."""

    def add(self, lines: list[bytes], first: int, room: int) -> None:
        """Append lines of which the first has number `first`, at most `room` rows of them."""


def gather(places: Sequence[Place], asked: Plan, wanted: Format | None, max_rows: int) -> Gathered:
    """Read files one after the other, of the `wanted` format or of the one that is recognised.

    Of several files those without rows, what lies beside the flows, and what is no traffic at
    all are left out, and named; what is damaged is an error, or results would tell of other traffic
    than whoever gave it thinks.

    Raises:
        TrafficError: See `read_flows`.
    """
    whole: Gathered | None = None
    beside = _Beside.of(places)
    read: list[tuple[Place, int]] = []
    for place in [p for p in places if p not in beside] or places:
        room = (max_rows or sys.maxsize) - (whole.rows if whole else 0)
        if room <= 0:
            break
        try:
            found = _from_place(place, asked, wanted, room, whole)
        except NoTrafficError as e:
            if len(places) == 1:
                raise
            beside.no_traffic[place] = e
            continue
        except TrafficError as e:
            if len(places) == 1 or "traffic.member" in str(e):
                raise
            raise TrafficError(f"{e} (traffic.member chooses among {len(places)} files)") from e
        _check_size(place.name, found, max_rows)
        read.append((place, found.rows - (whole.rows if whole else 0)))
        whole = found if whole is None else _joined(place, whole, found)
    if whole is None:
        raise TrafficError(
            f"{beside.first_reason} (traffic.member chooses among {len(places)} files)"
        )
    notes = (*beside.notes, *whole.notes)
    if len(read) > 1:
        names = listed((_name(place) for place, _ in read), _LISTED)
        notes = (f"{quantity(len(read), 'file')} read one after the other: {names}", *notes)
    return replace(
        whole,
        cut=bool(max_rows),
        unlabelled=kitsune.UNLABELLED,
        notes=notes,
        warnings=(*beside.warnings, *whole.warnings),
        files=tuple(read),
    )


@dataclass(slots=True)
class _Beside:
    """What lies beside traffic and is not read."""

    empty: list[Place]
    companions: list[Place]
    no_traffic: dict[Place, NoTrafficError] = field(default_factory=dict)

    @classmethod
    def of(cls, places: Sequence[Place]) -> _Beside:
        """Tell by size and name."""
        if len(places) == 1:
            return cls([], [])
        others = frozenset(companions([_name(place) for place in places]))
        return cls(
            [p for p in places if not p.member and is_empty(p.path)],
            [p for p in places if _name(p) in others],
        )

    def __contains__(self, place: Place) -> bool:
        return place in self.empty or place in self.companions

    @property
    def first_reason(self) -> NoTrafficError:
        """Why the first file is not read, where none is."""
        return next(iter(self.no_traffic.values()))

    @property
    def notes(self) -> tuple[str, ...]:
        """What was to be expected."""
        void = [*self.empty, *(p for p, e in self.no_traffic.items() if isinstance(e, NoRowsError))]
        said = []
        if void:
            said.append(
                f"{quantity(len(void), 'file')} without rows left out: {listed(map(_name, void))}"
            )
        if self.companions:
            names = listed(map(_name, self.companions))
            count = quantity(len(self.companions), "file")
            said.append(f"{count} beside the flows left out: {names}")
        return tuple(said)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What may have been meant to be read."""
        odd = {p: e for p, e in self.no_traffic.items() if not isinstance(e, NoRowsError)}
        reasons = [f"{clean(_name(p))}: {e.message}" for p, e in list(odd.items())[:_REASONS]]
        more = f" and {len(odd) - _REASONS} more" if len(odd) > _REASONS else ""
        told = f"{quantity(len(odd), 'file')} left out, no traffic: {'; '.join(reasons)}{more}"
        return (told,) if odd else ()


def _name(place: Place) -> str:
    return place.member or place.path.name


def _from_place(
    place: Place, asked: Plan, wanted: Format | None, room: int, whole: Gathered | None
) -> Gathered:
    binary = _binary(place, wanted)
    if binary is None:
        return _from_text(place, asked, wanted, room, whole)
    return _from_binary(place, asked, binary, room, whole)


def _joined(place: Place, whole: Gathered, found: Gathered) -> Gathered:
    new = [note for note in found.notes if note not in whole.notes]
    if found.format != whole.format:
        sensor = found.plan.schema.sensor
        if not sensor or sensor != whole.plan.schema.sensor:
            raise error(
                place.name,
                f"is {found.format}, those before are {whole.format}: files of one source have one"
                " format (traffic.member chooses files)",
            )
        mixed = (
            f"{whole.format} and {found.format} read as one source; if they hold the same flows,"
            " traffic.member chooses files"
        )
        whole = replace(whole, warnings=(mixed,))
    names = list(dict.fromkeys((*whole.names, *found.names)))
    return replace(
        found,
        format=whole.format,
        names=names,
        notes=(*whole.notes, *new),
        warnings=whole.warnings,
    )


def _binary(place: Place, wanted: Format | None) -> Format | None:
    """Return the format of a file that is not text, None for text."""
    if wanted is not None and wanted.open is not None:
        return wanted
    if place.member or wanted is not None:
        return None
    check_regular(place.path)
    try:
        with place.path.open("rb") as stream:
            start = stream.read(64)
    except OSError as e:
        raise error(place.path, f"cannot be opened: {reason(e)}") from e
    return next((f for f in formats() if f.magic and start.startswith(f.magic)), None)


def _from_text(
    place: Place, asked: Plan, wanted: Format | None, room: int, whole: Gathered | None
) -> Gathered:
    columns, rows = (whole.columns, whole.rows) if whole else ({}, 0)
    with open_source(place) as source:
        blocks = read_blocks(source, asked.knobs.encoding)
        block = next(blocks, None)
        if block is None:
            raise NoRowsError(place.name, "is empty; expected traffic")
        layout = detect(make_head(place.name, block, asked.knobs), wanted)
        plan = replace(asked, schema=layout.schema, knobs=with_decimal(asked.knobs, layout, block))
        reader: Reader
        if layout.columns:
            reader = Rows(place.name, layout, plan, columns, rows)
            plan.check(place.name, reader.names)
        else:
            reader = Objects(place.name, layout, plan, columns, rows)
        rest = replace(block, first=block.first + layout.skip, lines=block.lines[layout.skip :])
        lines = _chain(rest, blocks)
        if layout.columns:
            lines = with_whole_rows(place.name, layout, lines)
        try:
            recoded = _feed(place.name, reader, lines, rows + room)
        except NoTrafficError as e:
            if e.line is not None and e.line > rest.first:
                raise TrafficError(str(e)) from e  # there are flows before
            raise
    if reader.rows == rows:
        others = f" ({reader.notes[0]})" if reader.notes else ""
        what = (
            "a header without rows" if layout.columns else f"holds no {layout.schema.format} flow"
        )
        raise NoRowsError(place.name, f"{what}{others}; expected at least one flow")
    if not layout.columns:
        plan.check(place.name, reader.names)
    notes = ["read as Windows-1252: not UTF-8"] if recoded else []
    notes += [*layout.notes, *reader.notes]
    if reader.blank:
        notes.append(f"{quantity(reader.blank, 'empty row')} left out")
    return Gathered(
        plan, reader.names, reader.columns, reader.rows, tuple(notes), layout.schema.format
    )


def _from_binary(
    place: Place, asked: Plan, known: Format, room: int, whole: Gathered | None
) -> Gathered:
    """Read a file whose columns mean what they mean in the CSV files of the same names."""
    check_regular(place.path)
    assert known.open is not None
    file = known.open(place.path)
    schema, notes = resembling(file.columns)
    plan = replace(asked, schema=schema)
    plan.check(place.path, file.columns)
    columns = {n: plan.column(place.path, n, "") for n in file.columns if plan.wants(n)}
    if whole is not None:
        if set(columns) != set(whole.columns):
            differ = sorted(set(columns) ^ set(whole.columns))
            raise error(place.path, f"has other columns than the files before: {listed(differ)}")
        columns = whole.columns
    before = whole.rows if whole else 0
    rows = before + file.fill(columns, min(room, MAX_ROWS + 1))
    if rows == before:
        raise NoRowsError(place.path, "holds no rows; expected at least one flow")
    return Gathered(plan, file.columns, columns, rows, notes, known.name)


def _chain(first: Block, rest: Iterator[Block]) -> Iterator[Block]:
    yield first
    yield from rest


def _feed(path: Path, reader: Reader, blocks: Iterator[Block], most: int) -> bool:
    """Feed all blocks to the reader; tell whether the text had to be decoded otherwise."""
    recoded = False
    for block in blocks:
        recoded = recoded or block.recoded
        reader.add(block.lines, block.first, most - reader.rows)
        _check_cells(path, reader.rows, len(reader.columns))
        if most >= sys.maxsize and reader.rows > MAX_ROWS:
            raise _too_many(path)
        if reader.rows == most:
            break
    return recoded


def _check_size(path: Path, found: Gathered, max_rows: int) -> None:
    _check_cells(path, found.rows, len(found.columns))
    if not max_rows and found.rows > MAX_ROWS:
        raise _too_many(path)


def _check_cells(path: Path, rows: int, columns: int) -> None:
    if rows * columns > MAX_CELLS:
        raise error(path, f"{rows:,} rows × {columns} columns are too many; set max_rows")


def _too_many(path: Path) -> Exception:
    return error(path, f"more than {MAX_ROWS:,} rows; set max_rows to read the first ones")
