"""Kitsune: 115 damped statistics a packet, without a header; the labels are in a second file.

Mirsky, Doitshman, Elovici, Shabtai: Kitsune: an ensemble of autoencoders for online network
intrusion detection, NDSS 2018.
"""

from __future__ import annotations

from sim.traffic.files.format import Format
from sim.traffic.files.layout import Head, Layout, is_number
from sim.traffic.files.names import key
from sim.traffic.files.schema import Schema

_STATISTICS = 115
COLUMNS = tuple(f"statistic {i}" for i in range(1, _STATISTICS + 1))

UNLABELLED = "Kitsune keeps its labels in a file of their own (traffic.labels names it): unlabelled"

KITSUNE = Schema("kitsune", numbers=frozenset(map(key, COLUMNS)), identifiers=frozenset(("no",)))


def _looks_like(head: Head) -> bool:
    rows = head.fields(3)
    return all(
        len(row) in (_STATISTICS, _STATISTICS + 1) and all(map(is_number, row)) for row in rows
    ) and rows[0] != [str(i) for i in range(len(rows[0]))]


def _headless(head: Head) -> Layout:
    numbered = ("no",) * (len(head.fields(1)[0]) - _STATISTICS)
    columns = (*numbered, *COLUMNS)
    return Layout(KITSUNE, columns, head.at, head.delimiter(), notes=(UNLABELLED,))


FORMAT = Format(
    "kitsune",
    "Kitsune, 115 statistics without a header",
    KITSUNE,
    recognise=_looks_like,
    layout=_headless,
)
