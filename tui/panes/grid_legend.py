"""What the symbols of the map mean, and the card of the agent under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import Literal

import numpy as np

from sim.snapshot import AgentDetail, AgentState, Grid
from sim.text import clean
from tui.screens.strips import scales
from tui.theme.glyphs import Glyphs
from tui.theme.ink import Ink
from tui.widgets.field import SEVERITY, Field, Geometry, missed
from tui.widgets.line import Line
from tui.widgets.quantity import percent, share

CARD = 4
"""Lines of the card."""
Heat = Literal["state", "score", "trust", "cache hit rate"]
_STATES = (
    AgentState.NORMAL,
    AgentState.ALERT,
    AgentState.LEARNING,
    AgentState.QUARANTINED,
    AgentState.STOPPED,
)


def legend(
    grid: Grid,
    heat: Heat,
    truth: bool,
    values: Sequence[float],
    width: int,
    ink: Ink,
    glyphs: Glyphs,
) -> Line:
    """One line that never moves: how many agents are in each state, and ground truth.

    Args:
        grid: the population.
        heat: what colours the agents.
        truth: whether ground truth is shown.
        values: least and greatest of what the heat shows.
        width: cells.
        ink: styles.
        glyphs: symbols.
    """
    parts = _truth(grid, glyphs) if truth else [(" truth hidden", "ink-dim", 0)]
    if heat == "state":
        line, parts = Line(), [*_states(grid, glyphs), *parts]
    else:
        line = _scale(heat, values, ink, glyphs)
    for text, colour, _ in _fitting(parts, width - line.width):
        line.add(text, ink(colour))
    return line


_Part = tuple[str, str, int]
"""Text, ink, and how soon it is left out where there is no room: the greatest first."""


def _fitting(parts: list[_Part], width: int) -> list[_Part]:
    """The parts without those that have to be left out; none is ever cut."""
    left = list(parts)
    while left and sum(len(text) for text, *_ in left) > width:
        left.remove(max(left, key=lambda part: part[2]))
    return left


def _truth(grid: Grid, glyphs: Glyphs) -> list[_Part]:
    attacked, adversary = int(grid.attacked.sum()), int(grid.adversary.sum())
    unseen = int(missed(grid).sum())
    return [
        (" truth", "ink-dim", 9),
        (f" {glyphs.attacked}{attacked}", "truth-attack" if unseen else "ink-dim", 2),
        (f" {glyphs.adversary}{adversary}", "truth-adversary" if adversary else "ink-dim", 3),
        (f"  {unseen} missed" if unseen else "", "truth-attack", 8),
    ]


def _states(grid: Grid, glyphs: Glyphs) -> list[_Part]:
    counts = np.bincount(np.minimum(grid.states, AgentState.STOPPED), minlength=len(AgentState))
    return [
        (
            f"{glyphs.agent[state]}{counts[state]} ",
            f"agent-{state.name.lower()}" if counts[state] else "ink-dim",
            number + (4 if counts[state] == 0 else 0),
        )
        for number, state in enumerate(_STATES)
    ]


def _scale(heat: Heat, values: Sequence[float], ink: Ink, glyphs: Glyphs) -> Line:
    low, high = (glyphs.plain(share(v)) for v in values)
    name = "cache" if heat == "cache hit rate" else heat
    line = Line().add(f"{name} {low} ", ink("ink-dim"))
    styles = ink.heat()[::-1] if heat == "trust" else ink.heat()
    for glyph, style in zip(glyphs.levels, styles, strict=True):
        line.add(glyph, style)
    return line.add(f" {high}", ink("ink-dim"))


def card(
    grid: Grid,
    agent: int,
    truth: bool,
    detail: AgentDetail | None,
    scores: Sequence[float],
    width: int,
    ink: Ink,
    glyphs: Glyphs,
) -> list[Line]:
    """The agent under the cursor in `CARD` lines.

    Args:
        grid: the population.
        agent: its id.
        truth: whether ground truth is shown.
        detail: what the engine said about it, if it has yet.
        scores: its last scores, oldest first.
        width: cells.
        ink: styles.
        glyphs: symbols.
    """
    state = AgentState(min(int(grid.states[agent]), AgentState.STOPPED))
    name = f"agent-{state.name.lower()}"
    first = Line().add(f"{glyphs.track} ", ink("ink-faint"))
    first.add(f"agent {agent}", ink(bold=True))
    _add(first, width, ink, (f"  {glyphs.agent[state]} {state.name.lower()}", name))
    if truth and grid.attacked[agent]:
        told = ("missed", "truth-attack") if missed(grid)[agent] else ("attacked", "ink-dim")
        _add(first, width, ink, (f"  {glyphs.attacked} {told[0]}", told[1]))
    if truth and grid.adversary[agent]:
        behaviour = clean(detail.behaviour) if detail is not None else "adversary"
        _add(first, width, ink, (f"  {glyphs.adversary} {behaviour}", "truth-adversary"))
    if first.width < width - 1:
        first.add(" " + glyphs.track * (width - first.width - 1), ink("ink-faint"))
    score, rate = float(grid.scores[agent]), float(grid.hit_rate[agent])
    strip = _strip(scores, 10 if width >= 34 else 6, glyphs)
    second = Line()
    parts = [
        ("score ", "ink-dim"),
        (glyphs.plain(share(score)), "foreground"),
        (f" {strip}", "chart-pace"),
    ]
    _add(second, width, ink, *parts)
    trust = glyphs.plain(share(float(grid.trust[agent])))
    _add(second, width, ink, ("  trust ", "ink-dim"), (trust, "foreground"))
    if not isnan(rate):
        cached = percent(rate).replace(" ", "")
        _add(second, width, ink, ("  cache ", "ink-dim"), (cached, "foreground"))
    return [first, second, *_deviations(detail, width, ink, glyphs)]


def _add(line: Line, width: int, ink: Ink, *parts: tuple[str, str]) -> None:
    """Add pieces (text, ink) where all of them fit."""
    if line.width + sum(len(text) for text, _ in parts) <= width:
        for text, style in parts:
            line.add(text, ink(style))


def _strip(scores: Sequence[float], width: int, glyphs: Glyphs) -> str:
    """Scores as bars of one line."""
    last = [s for s in scores if not isnan(s)][-width:]
    top = len(glyphs.levels) - 1
    return "".join(glyphs.levels[min(int(s * len(glyphs.levels)), top)] for s in last).rjust(width)


def _deviations(detail: AgentDetail | None, width: int, ink: Ink, glyphs: Glyphs) -> list[Line]:
    """The two features that are furthest from the agent's own normal."""
    if detail is None:
        return [Line(), Line()]
    found = [
        (name, (mean - median) / scale)
        for name, median, scale, mean in detail.features
        if scale > 0
    ]
    found.sort(key=lambda item: -abs(item[1]))
    lines = []
    for name, deviation in found[:2]:
        far = abs(deviation) >= 3
        line = Line().add(f"{clean(name)[:16]:<16} ", ink("ink-dim"))
        length = min(round(abs(deviation)), max(width - 27, 0))
        line.add(glyphs.full * length, ink("agent-alert" if far else "ink-dim"))
        lines.append(line.add(f" {scales(deviation, glyphs.sigma)}", ink()))
    return [*lines, Line(), Line()][:2]


def describe_block(field: Field, shape: Geometry, column: int, row: int, truth: bool) -> str:
    """A block of agents in a few words."""
    counts = field.counts[row, column]
    # What there is no room for is left out at the end.
    worst = sorted(_STATES, key=lambda state: -SEVERITY[state])
    words = [
        f"block {column},{row} of {shape.across}×{shape.down}",
        *(f"{counts[s]} {s.name.lower()}" for s in worst if counts[s]),
    ]
    if truth and field.attacked[row, column]:
        words.append(f"{field.attacked[row, column]} attacked")
    if truth and field.missed[row, column]:
        words.append(f"{field.missed[row, column]} of them missed")
    if truth and field.adversary[row, column]:
        words.append(f"{field.adversary[row, column]} adversary")
    return " · ".join(words)
