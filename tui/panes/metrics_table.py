"""The metrics of the run in columns."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap

from rich.cells import cell_len

from sim.metrics.catalogue import split
from sim.text import clean
from tui.theme.glyphs import Glyphs
from tui.theme.ink import Ink
from tui.widgets.line import Line, fit
from tui.widgets.quantity import brief, percent, seconds

_COLUMN = 36
"""Fewest cells of one metric, where there are so many."""
_NUMBER = 9
_GAP = 2
_ELSEWHERE = ("decsim_phase_seconds_total", "decsim_healthy", "decsim_step_seconds")
"""Drawn by the pane itself."""


def metrics_table(metrics: Mapping[str, float], width: int, glyphs: Glyphs, ink: Ink) -> list[Line]:
    """Names and values in the order of the catalogue, down the columns; all of them.

    Args:
        metrics: `Snapshot.metrics`.
        width: cells.
        glyphs: those of the app.
        ink: styles of the pane.
    """
    names = [name for name in metrics if split(name)[0] not in _ELSEWHERE]
    if not names:
        return []
    said = {name: _said(name, glyphs) for name in names}
    longest = max(cell_len(words) for words in said.values())
    column = min(max(longest + _NUMBER + _GAP, _COLUMN), width)
    columns = max(1, width // column)
    if columns == 1:
        return [Line().add("metrics", ink("ink-dim", bold=True))] + [
            line
            for name in names
            for line in _narrow(said[name], _value(name, metrics, glyphs), width, ink)
        ]
    rows = -(-len(names) // columns)
    lines = [Line().add("metrics", ink("ink-dim", bold=True)), *(Line() for _ in range(rows))]
    for place, name in enumerate(names):
        across, row = divmod(place, rows)
        line = lines[1 + row].to(across * column, ink())
        line.add(fit(said[name], column - _NUMBER - _GAP), ink("ink-dim"))
        line.add(f"{_value(name, metrics, glyphs):>{_NUMBER}}{' ' * _GAP}", ink())
    return lines


def _narrow(said: str, value: str, width: int, ink: Ink) -> list[Line]:
    """A name folded between its words, and its value at the right of the last of them."""
    lines = [Line().add(part, ink("ink-dim")) for part in wrap(said, max(width - _NUMBER, 8))]
    lines[-1].to(width - len(value), ink()).add(value, ink())
    return lines


def _value(name: str, metrics: Mapping[str, float], glyphs: Glyphs) -> str:
    return glyphs.plain(written(name, metrics[name]))


def _said(name: str, glyphs: Glyphs) -> str:
    """A name as a person reads it: `verdicts accepted`."""
    family, label = split(name)
    words = family.removeprefix("decsim_").removesuffix("_total").replace("_", " ")
    return glyphs.plain(clean(f"{words} {label.replace('_', ' ')}".strip()))


def written(name: str, value: float) -> str:
    """A value in its unit."""
    family, _ = split(name)
    if family.endswith("_ratio"):
        return percent(value)
    if "seconds" in family:
        return seconds(value)
    return brief(value)
