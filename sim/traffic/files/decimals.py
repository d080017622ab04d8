"""Whether a file writes its fractions behind a comma, seen in its first rows."""

from __future__ import annotations

import re
from dataclasses import replace

from sim.traffic.files.knobs import Knobs
from sim.traffic.files.layout import Layout
from sim.traffic.files.lines import Block

_ROWS = 200
_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
_COMMA_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")
_POINT = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?")
_POINT_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+")


def with_decimal(knobs: Knobs, layout: Layout, block: Block) -> Knobs:
    """Return the knobs with `decimal` set to comma where the first rows leave no doubt.

    12.345 beside 0,5 has a separator of thousands: that cannot be seen in its own column. There is
    doubt where commas stand between the fields, or where some number has a fraction behind a point.
    """
    if knobs.decimal != "auto" or layout.delimiter not in (";", "\t", "|") or not layout.columns:
        return knobs
    rows = block.lines[layout.skip : layout.skip + _ROWS]
    text = b"\n".join(rows).decode("utf-8", "replace").replace("\n", layout.delimiter)
    cells = {cell.strip(" \"'") for cell in text.split(layout.delimiter)}
    commas = [c for c in cells if _COMMA.fullmatch(c) and not _COMMA_GROUPS.fullmatch(c)]
    points = [c for c in cells if _POINT.fullmatch(c) and not _POINT_GROUPS.fullmatch(c)]
    return replace(knobs, decimal="comma") if commas and not points else knobs
