"""The figures of the `bytes` benchmark as a picture.

`python tests/benchmarks/run.py bytes --json > bytes.json`, then
`python tests/benchmarks/bytes_plot.py bytes.json > bytes.svg`.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

LEFT, BAR, GAP, ROOM, RIGHT, TOP = 300, 13, 14, 360, 60, 70
"""Margins, height and distance of bars, and their longest; in pixels."""
OURS, THEIRS, OTHERS = "#2f6fd0", "#b9bec7", "#6d8f4e"
_HEADING = "KB/s to a terminal, of 120×40 where no size is given, logarithmic"
_STOCK = re.compile(r"stock: ([0-9.e+]+) KB/s")
Row = tuple[str, list[tuple[float, str]]]
"""Words, and value with colour of each bar, in KB/s."""


def rows(figures: list[Mapping[str, Any]]) -> Iterator[Row]:
    """What was measured in KB/s, with what Textual's own driver sent beside it."""
    for figure in figures:
        if figure["unit"] != "KB/s":
            continue
        stock = _STOCK.match(figure["against"])
        bars = [(figure["value"], OURS if stock or not figure["value"] else OTHERS)]
        if stock:
            bars.append((float(stock[1]), THEIRS))
        yield figure["what"], bars


def plot(content: Mapping[str, Any]) -> str:
    """The SVG text; lengths are logarithms, as the drivers are far apart."""
    found = list(rows(content["figures"]))
    most = max(value for _, bars in found for value, _ in bars)
    height = TOP + sum(len(bars) * BAR + GAP for _, bars in found) + 10
    width = LEFT + ROOM + RIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}" font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="10" y="18">{_HEADING}</text>',
        f'<text x="10" y="35">{escape(str(content["machine"]))}</text>',
        *_legend(),
    ]
    y = TOP
    for what, bars in found:
        parts += _row(what, bars, y, most)
        y += len(bars) * BAR + GAP
    return "\n".join([*parts, "</svg>\n"])


def _legend() -> Iterator[str]:
    names = (
        (OURS, "decsim-tui"),
        (THEIRS, "with Textual's own driver"),
        (OTHERS, "other programs"),
    )
    for index, (colour, words) in enumerate(names):
        x = 10 + index * 170
        yield f'<rect x="{x}" y="46" width="12" height="10" fill="{colour}"/>'
        yield f'<text x="{x + 18}" y="55">{words}</text>'


def _row(what: str, bars: list[tuple[float, str]], y: int, most: float) -> Iterator[str]:
    middle = y + len(bars) * BAR / 2 + 4
    yield f'<text x="{LEFT - 8}" y="{middle:g}" text-anchor="end">{escape(what)}</text>'
    for index, (value, colour) in enumerate(bars):
        top = y + index * BAR
        length = _length(value, most)
        yield f'<rect x="{LEFT}" y="{top}" width="{length:g}" height="{BAR - 2}" fill="{colour}"/>'
        yield f'<text x="{LEFT + length + 5:g}" y="{top + 10}">{value:.3g}</text>'


def _length(value: float, most: float, least: float = 0.1) -> float:
    """Pixels of a bar; nothing for what is less than a tenth of a KB."""
    if value <= least:
        return 0.0
    return round(ROOM * math.log(value / least) / math.log(most / least), 1)


if __name__ == "__main__":
    sys.stdout.write(plot(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
