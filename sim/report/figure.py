"""Figures as SVG: lines over steps, and means with their intervals. No script, nothing to load."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sim.text import clean, cut

WIDTH: Final = 720
_HEIGHT: Final = 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 34, 34
_ROW: Final = 24
_LABEL: Final = 230
_MOST_POINTS: Final = 360
_STYLE: Final = (
    "svg{--ink:#222;--dim:#666;--line:#ccc;--band:#f3dcdc;--a:#0072b2;--b:#d55e00;--c:#00805c}"
    "@media(prefers-color-scheme:dark){svg{--ink:#ddd;--dim:#999;--line:#444;--band:#4a2a2a;"
    "--a:#56b4e9;--b:#e69f00;--c:#2fc08f}}"
    "text{font:12px system-ui,sans-serif;fill:var(--ink)}.dim{fill:var(--dim)}"
    ".axis{stroke:var(--line);stroke-width:1}.band{fill:var(--band)}"
    "polyline,path{fill:none;stroke-width:1.8}"
    ".a{stroke:var(--a)}.b{stroke:var(--b);stroke-dasharray:6 3}"
    ".c{stroke:var(--c);stroke-dasharray:2 3}"
    "circle.a{fill:var(--a)}circle.b{fill:var(--b);stroke-dasharray:none}"
)
_CLASSES: Final = "abc"

Values = Sequence[float | None]


class Scale:
    """A straight map from values to pixels."""

    def __init__(self, low: float, high: float, first: float, last: float) -> None:
        self._low, self._first = low, first
        self._factor = (last - first) / (high - low)

    def __call__(self, value: float) -> float:
        """The pixel of a value."""
        return self._first + (value - self._low) * self._factor


@dataclass(frozen=True, slots=True)
class Line:
    """One value for each step; None where it is undefined."""

    label: str
    values: Values


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean and half of its interval; None where there are too few values for one."""

    mean: float | None
    half: float | None
    count: int


def line_figure(
    title: str,
    lines: Sequence[Line],
    *,
    high: float | None = None,
    bands: Iterable[tuple[int, int]] = (),
) -> str:
    """Draw lines over the steps, which are counted from 1.

    Args:
        title: above it.
        lines: three at most, of the same length.
        high: the upper end of the scale; by default the largest value.
        bands: first and last steps that are shaded.
    """
    steps = max((len(line.values) for line in lines), default=0)
    top = high if high is not None else _round_up(max(_defined(lines), default=1.0))
    x = Scale(1, max(steps, 2), _LEFT, WIDTH - _RIGHT)
    y = Scale(0, top, _HEIGHT - _BOTTOM, _TOP)
    parts = [
        f'<rect class="band" x="{x(first - 0.5):.1f}" y="{_TOP}"'
        f' width="{max(x(last + 0.5) - x(first - 0.5), 1):.1f}"'
        f' height="{_HEIGHT - _TOP - _BOTTOM}"/>'
        for first, last in bands
    ]
    parts += [
        _rule(y(value)) + _text(_LEFT - 6, y(value) + 4, f"{value:g}", "end")
        for value in _ticks(top)
    ]
    marked = sorted({round(1 + (max(steps, 1) - 1) * k / 4) for k in range(5)})
    parts += [_text(x(n), _HEIGHT - _BOTTOM + 16, f"{n:,}", "middle") for n in marked]
    parts.append(_text(WIDTH - _RIGHT, _HEIGHT - 4, "step", "end", "dim"))
    for kind, line in zip(_CLASSES, lines, strict=False):
        for piece in _pieces(_thinned(line.values)):
            points = " ".join(f"{x(step):.1f},{y(min(value, top)):.1f}" for step, value in piece)
            parts.append(f'<polyline class="{kind}" points="{points}"/>')
    return _svg(title, _HEIGHT, parts, [line.label for line in lines])


def mean_figure(
    title: str, labels: Sequence[str], series: Sequence[tuple[str, Sequence[Mean]]]
) -> str:
    """Means with intervals on a scale from 0 to 1, a row for each label.

    Args:
        title: above it.
        labels: of the rows.
        series: two at most: a label, and a mean for each row.
    """
    height = _TOP + _ROW * len(labels) + _BOTTOM
    x = Scale(0, 1, _LABEL, WIDTH - _RIGHT)
    parts = [
        f'<path class="axis" d="M{x(value):.1f} {_TOP}V{height - _BOTTOM}"/>'
        + _text(x(value), height - _BOTTOM + 16, f"{value:g}", "middle")
        for value in _ticks(1.0)
    ]
    for row, label in enumerate(labels):
        middle = _TOP + _ROW * (row + 0.5)
        parts.append(_text(_LABEL - 10, middle + 4, cut(label, 34), "end"))
        for shift, (kind, (_, means)) in enumerate(zip(_CLASSES, series, strict=False)):
            parts.append(_interval(means[row], x, middle + 6 * shift - 3, kind))
    return _svg(title, height, parts, [label for label, _ in series])


def _interval(mean: Mean, x: Scale, y: float, kind: str) -> str:
    if mean.mean is None:
        return ""
    dot = f'<circle class="{kind}" cx="{x(mean.mean):.1f}" cy="{y:.1f}" r="3.2"/>'
    if mean.half is None:
        return dot
    low, high = max(mean.mean - mean.half, 0.0), min(mean.mean + mean.half, 1.0)
    return f'<path class="{kind}" d="M{x(low):.1f} {y:.1f}H{x(high):.1f}"/>{dot}'


def _svg(title: str, height: int, parts: Iterable[str], legend: Sequence[str]) -> str:
    name = html.escape(clean(title))
    keys, at = [], WIDTH - _RIGHT
    for kind, label in reversed(list(zip(_CLASSES, legend, strict=False))):
        at -= 7 * len(label) + 34
        keys.append(f'<path class="{kind}" d="M{at} 15h22"/>' + _text(at + 27, 19, label, "start"))
    body = "".join(parts) + "".join(keys)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        f' aria-label="{name}"><style>{_STYLE}</style>'
        f"{_text(0, 19, title, 'start')}{body}</svg>"
    )


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    styled = f' class="{kind}"' if kind else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{styled}>'
        f"{html.escape(clean(text))}</text>"
    )


def _rule(y: float) -> str:
    return f'<path class="axis" d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}"/>'


def _defined(lines: Iterable[Line]) -> Iterable[float]:
    return (value for line in lines for value in line.values if value is not None)


def _round_up(value: float) -> float:
    """The next number of the form 1, 2 or 5 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in (1, 2, 5, 10) if value <= factor * power * (1 + 1e-9))


def _ticks(high: float) -> list[float]:
    return [high * k / 4 for k in range(5)]


def _thinned(values: Values) -> list[tuple[float, float | None]]:
    """Step and value, means of neighbours where there are more than can be seen."""
    size = max(1, math.ceil(len(values) / _MOST_POINTS))
    thinned: list[tuple[float, float | None]] = []
    for start in range(0, len(values), size):
        part = [value for value in values[start : start + size] if value is not None]
        middle = start + (min(start + size, len(values)) - start + 1) / 2
        thinned.append((middle, sum(part) / len(part) if part else None))
    return thinned


def _pieces(points: Iterable[tuple[float, float | None]]) -> list[list[tuple[float, float]]]:
    """Runs of defined points; a single one gets a little length, so that it is seen."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for step, value in points:
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append((step, value))
    return [
        piece if len(piece) > 1 else [piece[0], (piece[0][0] + 0.4, piece[0][1])]
        for piece in pieces
        if piece
    ]
