"""ARFF, the format of Weka and MOA: names in `@attribute` lines, rows after `@data`.

https://waikato.github.io/weka-wiki/formats_and_processing/arff_stable/. NSL-KDD is published so,
too. Sparse rows are not read.
"""

from __future__ import annotations

import re
from dataclasses import replace

from sim.traffic.files.format import Format
from sim.traffic.files.layout import MAX_COLUMNS, Head, Layout
from sim.traffic.files.schema import PLAIN
from sim.traffic.files.text import error, shown

_ATTRIBUTE = re.compile(r"@attribute\s+(?:'([^']*)'|\"([^\"]*)\"|(\S+))\s+\S.*", re.IGNORECASE)
_SCHEMA = replace(PLAIN, format="arff")


def _lines(head: Head) -> list[tuple[int, str]]:
    return [
        (at, text)
        for at, line in enumerate(head.block.lines[head.at :], start=head.at)
        if (text := line.decode("utf-8", "replace").strip()) and not text.startswith("%")
    ]


def _looks_like(head: Head) -> bool:
    if not head.first.startswith((b"@", b"%")):
        return False
    first = next(iter(_lines(head)), (0, ""))[1]
    return first.casefold().startswith(("@relation", "@attribute"))


def _layout(head: Head) -> Layout:
    if not _looks_like(head):
        raise error(head.path, "no ARFF file: expected '@relation'", head.line)
    names: list[str] = []
    for at, text in _lines(head):
        word = text.split(None, 1)[0].casefold()
        if word == "@data":
            return _rows(head, names, at + 1)
        if word == "@relation":
            continue
        found = _ATTRIBUTE.fullmatch(text)
        if found is None:
            what = f"{shown(text)}; expected '@attribute NAME TYPE' or '@data'"
            raise error(head.path, what, head.block.first + at)
        names.append(next(g for g in found.groups() if g is not None))
    raise error(head.path, "an ARFF file without the line '@data'")


def _rows(head: Head, names: list[str], skip: int) -> Layout:
    from sim.traffic.files.detect import resembling

    if not 2 <= len(names) <= MAX_COLUMNS:
        raise error(head.path, f"{len(names):,} attributes; expected 2 to {MAX_COLUMNS:,}")
    first = next((line.strip() for line in head.block.lines[skip:] if line.strip()), b"")
    if first.startswith(b"{"):
        raise error(
            head.path, "a sparse ARFF file; save it with all values", head.block.first + skip
        )
    schema, notes = resembling(names)
    schema = _SCHEMA if schema.format == "csv" and not schema.numbers else schema
    columns = tuple(schema.renamed(names))
    delimiter = "\t" if b"\t" in first and b"," not in first else ","
    return Layout(schema, columns, skip, delimiter, "'", comment=b"%", notes=notes)


ARFF = Format("arff", "Weka's ARFF", _SCHEMA, recognise=_looks_like, layout=_layout)
