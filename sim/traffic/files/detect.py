"""Recognising the format of a text file from its first lines."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from sim.text import quantity
from sim.traffic.files import header
from sim.traffic.files.format import CSV, Format
from sim.traffic.files.formats import formats
from sim.traffic.files.layout import MAX_COLUMNS, Head, Layout
from sim.traffic.files.names import tells_truth
from sim.traffic.files.schema import PLAIN, Schema
from sim.traffic.files.text import NoTrafficError, error, listed, shown

_PREFIXED = re.compile(rb'[\w<][^"{]*[^"{,;|\t]\{"\w+": ?["\d{]')
_LISTINGS = (
    (rb"[+-]?\d+(\.\d+)?( \d+:[-+.\deE]+)+ ?", "is LIBSVM's sparse text; write a table with names"),
    (
        rb"(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d+ (IP6?|ARP|STP|LLDP)\b.*",
        "is tcpdump's listing of packets; a sensor such as Zeek, Suricata or Argus makes flows",
    ),
    (
        rb"Date (first seen|flow start)  [^,;|]*",
        "is nfdump's listing for people; nfdump -o csv writes a table",
    ),
    (rb"StartTime  [^,;|\t]*", "is Argus' listing for people; ra -c , writes a table"),
    (rb"\+-[-+]*\+|\|[- :|]*-[- :|]*\|", "is a table drawn with lines, as database clients do"),
    (
        rb'\{"(index|create)": ?\{.*\}\}',
        "is written for Elasticsearch: a line of its own above each",
    ),
)
"""First lines of what is no table, though it may look like one, and what it is."""
_RECOGNISED = 0.5
_SIMILAR = 0.75


def detect(head: Head, wanted: Format | None) -> Layout:
    """Return the layout of the file that begins with `head`.

    Args:
        head: The first lines of the file.
        wanted: The format that the file must have; None to recognise it.

    Raises:
        TrafficError: No format fits, or the file is not of the wanted one.
    """
    return _commented(head, _detected(head, wanted))


def _detected(head: Head, wanted: Format | None) -> Layout:
    if _PREFIXED.match(head.first):
        what = "JSON behind other text, as syslog writes it; leave only what is in the braces"
        raise error(head.path, what, head.line)
    for line in head.rows(2):
        for pattern, what in _LISTINGS:
            if re.fullmatch(pattern, line.strip().encode()):
                raise NoTrafficError(head.path, what, head.line)
    free = head.knobs.header.casefold() in ("auto", "none")
    for known in formats() if wanted is None else (wanted,):
        found = known.recognise is not None and free and known.recognise(head)
        if found and known.layout is not None:
            layout = known.layout(head)
            if wanted is not None and layout.columns:
                wanted.schema.check(head.path, layout.columns, head.line)
            return replace(layout, ends=True) if layout.columns and head.ends else layout
    if wanted is None or wanted.tabular or wanted is CSV:
        return _table(head, wanted)
    if wanted.layout is None:
        raise error(head.path, f"is no {wanted.name} file")
    return wanted.layout(head)


def _refuse_other(head: Head, wanted: Format) -> None:
    """Say what a file is that is to be read as a table, and is none."""
    for known in formats():
        if known is not wanted and known.recognise is not None and known.recognise(head):
            if known.layout is not None:
                known.layout(head)  # raises where it is of no use in any format
            what = f"is {known.name}, not {wanted.name} (auto reads it)"
            raise error(head.path, what, head.line)


def _table(head: Head, wanted: Format | None) -> Layout:
    """Return the layout of a delimited table."""
    if wanted is not None and head.first.startswith((b"{", b"[", b"@", b"#")):
        _refuse_other(head, wanted)
    names, after = header.names_of(head)
    if wanted is not None and wanted.layout is not None and not _resembles(wanted, names):
        return wanted.layout(head)
    if len(names) > MAX_COLUMNS:
        raise error(
            head.path, f"{len(names):,} columns; expected at most {MAX_COLUMNS:,}", head.line
        )
    if len(names) < 2:
        raise NoTrafficError(
            head.path,
            f"one column only ({shown(names[0])}); expected a table of flows (traffic.delimiter"
            " says what stands between the fields)",
            head.line,
        )
    schema, notes = recognise(head, names, wanted)
    names = _numbered(schema.renamed(names))
    _check_repeats(head, schema, names)
    layout = Layout(
        schema,
        tuple(names),
        head.at + after,
        head.delimiter(),
        head.quote,
        comment=b"#" if head.comments else b"",
        fields=head.block.lines[head.at] if after else b"",
        notes=notes,
    )
    return header.with_ends(head, layout)


def _resembles(wanted: Format, names: list[str]) -> bool:
    return wanted.schema.overlap(names) >= _RECOGNISED


def recognise(
    head: Head, columns: list[str], wanted: Format | None
) -> tuple[Schema, tuple[str, ...]]:
    """Return what the columns of a table mean, and what is to be said of it.

    The schema is that of the format which knows most of `columns`, if all that it requires are
    there; else any table will do.

    Raises:
        TrafficError: The columns are not those of the wanted format.
    """
    if wanted is not None:
        if wanted.tabular:
            wanted.schema.check(head.path, columns, head.line)
        return wanted.schema, ()
    return resembling(columns)


def resembling(columns: list[str]) -> tuple[Schema, tuple[str, ...]]:
    """Return the schema of the format that knows `columns`, else the plain one, and notes."""
    tables = [f.schema for f in formats() if f.tabular]
    best = max(tables, key=lambda s: s.overlap(columns))
    absent = best.absent(columns)
    if not absent:
        return best, ()
    if best.overlap(columns) < _RECOGNISED:
        return PLAIN, ()
    count = f"{len(best.required) - len(absent)} of {quantity(len(best.required), 'column')}"
    note = (f"similar to {best.format} ({count}), read as csv; not there: {listed(absent)}",)
    if best.overlap(columns) < _SIMILAR:
        return PLAIN, note
    return replace(best, format=CSV.name, required=(), binary=False, timeless=False), note


def _numbered(fields: list[str]) -> list[str]:
    """Return the names of columns, a second label of one name (CIC-Darknet2020) as `Label.1`."""
    counted: Counter[str] = Counter()
    found = []
    for name in fields:
        again = counted[name]
        counted[name] += 1
        found.append(f"{name}.{again}" if again and tells_truth(name) else name)
    return found


def _check_repeats(head: Head, schema: Schema, fields: list[str]) -> None:
    seen: dict[str, int] = {}
    for at, name in enumerate(fields, start=1):
        if name and name in seen and name.casefold() not in schema.repeated:
            raise error(
                head.path,
                f"column {shown(name)} twice, as column {seen[name]} and {at}"
                " (traffic.header can name them)",
                head.line,
            )
        seen.setdefault(name, at)


def _commented(head: Head, layout: Layout) -> Layout:
    if not head.comments or layout.schema.format == "zeek-tsv":
        return layout
    note = f"{quantity(head.comments, 'comment line')} left out"
    return replace(layout, notes=(note, *layout.notes))
