"""The metrics of the run in columns."""

from __future__ import annotations

from collections.abc import Mapping

from sim.metrics.catalogue import split
from sim.text import clean
from tui.theme.glyphs import Glyphs
from tui.theme.ink import Ink
from tui.widgets.line import Line, fit
from tui.widgets.quantity import brief, percent, seconds

COLUMN = 36
"""Cells of one metric."""
_NUMBER = 9
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
    columns = max(1, width // COLUMN)
    names = [name for name in metrics if split(name)[0] not in _ELSEWHERE]
    if not names:
        return []
    rows = -(-len(names) // columns)
    lines = [Line().add("metrics", ink("ink-dim", bold=True)), *(Line() for _ in range(rows))]
    for place, name in enumerate(names):
        column, row = divmod(place, rows)
        line = lines[1 + row].to(column * COLUMN, ink())
        said = fit(_said(name, glyphs), COLUMN - _NUMBER - 2, ellipsis=glyphs.ellipsis)
        line.add(said, ink("ink-dim"))
        line.add(f"{glyphs.plain(written(name, metrics[name])):>{_NUMBER}}  ", ink())
    return lines


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
