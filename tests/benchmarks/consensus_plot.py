"""The consensus benchmark as a picture: a panel for each behaviour, a line for each truth class."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from timing import Figure

WIDTH, HEIGHT, LEFT, TOP, ACROSS = 190, 130, 44, 58, 4
"""Size of a panel, margins, panels side by side; in pixels."""
LINES = {
    "attacks accepted": "#2f6fd0",
    "false alarms accepted": "#d08a2f",
    "poison accepted": "#c43c3c",
    "F1 collective": "#3c8f4f",
}
_CELL = re.compile(r"(?P<behaviour>\w+) (?P<share>\d+) %: (?P<what>.+)")
Point = tuple[int, float, float]
"""Share in percent, mean, half the interval."""


def points(figures: Iterable[Figure]) -> dict[str, dict[str, list[Point]]]:
    """Behaviour → measure → its points; the cell without adversaries begins every line."""
    found: dict[str, dict[str, list[Point]]] = {}
    for figure in figures:
        cell = _CELL.fullmatch(figure.what)
        if cell and cell["what"] in LINES:
            half = float(figure.unit.removeprefix("± ") or 0)
            point = (int(cell["share"]), figure.value, half)
            found.setdefault(cell["behaviour"], {}).setdefault(cell["what"], []).append(point)
    none = found.pop("none", {})
    for lines in found.values():
        for what in none:
            lines[what] = none[what] + lines.get(what, [])
    return found


def plot(figures: Iterable[Figure]) -> str:
    """The SVG text."""
    panels = points(figures)
    rows = -(-len(panels) // ACROSS)
    width = LEFT + ACROSS * (WIDTH + 24)
    height = TOP + rows * (HEIGHT + 52)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}" font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        *_legend(),
    ]
    for index, (behaviour, lines) in enumerate(panels.items()):
        x = LEFT + index % ACROSS * (WIDTH + 24)
        y = TOP + index // ACROSS * (HEIGHT + 52)
        parts.append(f'<g transform="translate({x},{y})">')
        parts += _panel(behaviour, lines)
        parts.append("</g>")
    return "\n".join([*parts, "</svg>\n"])


def _legend() -> Iterator[str]:
    yield f'<text x="{LEFT}" y="16">share of the agents that misbehave, 95 % intervals</text>'
    for index, (what, colour) in enumerate(LINES.items()):
        x = LEFT + index * 160
        yield f'<rect x="{x}" y="26" width="14" height="3" fill="{colour}"/>'
        yield f'<text x="{x + 20}" y="31">{what}</text>'


def _panel(behaviour: str, lines: dict[str, list[Point]]) -> Iterator[str]:
    yield f'<text x="0" y="-6" font-weight="bold">{behaviour}</text>'
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#999999"/>'
    for tick in (0.0, 0.5, 1.0):
        y = _y(tick)
        yield f'<line x1="0" x2="{WIDTH}" y1="{y}" y2="{y}" stroke="#dddddd"/>'
        yield f'<text x="-6" y="{y + 4}" text-anchor="end">{tick:g}</text>'
    for share in (0, 10, 20, 30, 40, 50):
        text = f"{share} %" if share in (0, 50) else f"{share}"
        yield f'<text x="{_x(share)}" y="{HEIGHT + 15}" text-anchor="middle">{text}</text>'
    for what, some in lines.items():
        colour = LINES[what]
        path = " ".join(f"{_x(share)},{_y(mean)}" for share, mean, _ in some)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for share, mean, half in some:
            low, high = _y(max(0.0, mean - half)), _y(min(1.0, mean + half))
            yield (
                f'<line x1="{_x(share)}" x2="{_x(share)}" y1="{low}" y2="{high}"'
                f' stroke="{colour}" stroke-opacity="0.5"/>'
            )


def _x(share: float) -> float:
    return round(8 + share / 50 * (WIDTH - 16), 1)


def _y(value: float) -> float:
    return round(HEIGHT * (1.0 - value), 1)
