"""What the symbols of the agent grid mean, and how many agents each stands for."""

from __future__ import annotations

from math import isnan
from typing import Literal

import numpy as np

from sim.snapshot import AgentState, AttackView, Grid, Snapshot
from tui.glyphs import Glyphs
from tui.widgets.field import Field, Geometry
from tui.widgets.ink import Ink
from tui.widgets.line import Line, clean, fit
from tui.widgets.quantity import percent

Heat = Literal["state", "score", "trust", "cache hit rate"]
_STATES = (
    AgentState.NORMAL,
    AgentState.ALERT,
    AgentState.LEARNING,
    AgentState.QUARANTINED,
    AgentState.STOPPED,
)


def legend(
    snapshot: Snapshot, heat: Heat, truth: bool, ink: Ink, glyphs: Glyphs, width: int
) -> list[Line]:
    """The lines below the field.

    Args:
        snapshot: with the population.
        heat: what colours the agents.
        truth: whether ground truth is shown.
        ink: styles.
        glyphs: symbols.
        width: cells of a line.
    """
    first = (
        _states(snapshot.grid, ink, glyphs, width)
        if heat == "state"
        else _scale(heat, ink, glyphs)
    )
    lines = [Line().add("", ink()), first, _truth(snapshot.grid, truth, ink, glyphs)]
    if truth and snapshot.attacks:
        lines.append(_attacks(snapshot.attacks, ink, glyphs, width))
    return lines


def _states(grid: Grid, ink: Ink, glyphs: Glyphs, width: int) -> Line:
    counts = np.bincount(np.minimum(grid.states, AgentState.STOPPED), minlength=len(AgentState))
    named = [(s, f"{s.name.lower()} {counts[s]}") for s in _STATES]
    if sum(len(words) + 4 for _, words in named) > width:
        named = [(s, f"{s.name.lower()[:5]} {counts[s]}") for s in _STATES]
    line = Line()
    for state, words in named:
        style = ink(f"agent-{state.name.lower()}")
        line.add(f"{glyphs.agent[state]} ", style)
        line.add(f"{words}  ", style if counts[state] else ink("ink-dim"))
    return line


def _scale(heat: Heat, ink: Ink, glyphs: Glyphs) -> Line:
    line = Line().add(f"{heat}  0 ", ink("ink-dim"))
    styles = ink.heat()[::-1] if heat == "trust" else ink.heat()
    for glyph, style in zip(glyphs.levels, styles, strict=True):
        line.add(glyph, style)
    return line.add(f" 1   {glyphs.none} none", ink("ink-dim"))


def _truth(grid: Grid, shown: bool, ink: Ink, glyphs: Glyphs) -> Line:
    line = Line().add("ground truth  ", ink("ink-dim"))
    if not shown:
        return line.add("hidden (g shows it)", ink("ink-dim"))
    attacked, adversary = int(grid.attacked.sum()), int(grid.adversary.sum())
    both = int((grid.attacked & grid.adversary).sum())
    dim = ink("ink-dim")
    line.add(f"{glyphs.attacked} ", ink("truth-attack"))
    line.add(f"attacked {attacked}  ", ink("truth-attack") if attacked else dim)
    line.add(f"{glyphs.adversary} ", ink("truth-adversary"))
    line.add(f"adversary {adversary}  ", ink("truth-adversary") if adversary else dim)
    if both:
        line.add(f"{glyphs.both} both {both}", ink("truth-adversary"))
    return line


def _attacks(attacks: tuple[AttackView, ...], ink: Ink, glyphs: Glyphs, width: int) -> Line:
    words = [
        f"{clean(a.kind)} {a.reached} agents until s{a.until}" for a in attacks
    ]
    text = glyphs.plain(f"under way  {f'  {glyphs.dot}  '.join(words)}")
    return Line().add(fit(text, width, ellipsis=glyphs.ellipsis), ink("truth-attack"))


def describe_agent(grid: Grid, agent: int, truth: bool) -> str:
    """One agent in a few words."""
    column, row = agent % grid.width, agent // grid.width
    state = AgentState(min(int(grid.states[agent]), AgentState.STOPPED)).name.lower()
    score, rate = float(grid.scores[agent]), float(grid.hit_rate[agent])
    words = [
        f"agent {agent} ({column},{row}) {state}",
        "no score" if isnan(score) else f"score {score:.2f}",
        f"trust {grid.trust[agent]:.2f}",
    ]
    if not isnan(rate):
        words.append(f"cache {percent(rate)}")
    if truth and grid.attacked[agent]:
        words.append("attacked")
    if truth and grid.adversary[agent]:
        words.append("adversary")
    return " · ".join(words)


def describe_block(field: Field, shape: Geometry, column: int, row: int, truth: bool) -> str:
    """A block of agents in a few words."""
    counts = field.counts[row, column]
    words = [
        f"block {column},{row} of {shape.across}×{shape.down}",
        *(f"{counts[s]} {s.name.lower()}" for s in _STATES if counts[s]),
    ]
    if truth and field.attacked[row, column]:
        words.append(f"{field.attacked[row, column]} attacked")
    if truth and field.adversary[row, column]:
        words.append(f"{field.adversary[row, column]} adversary")
    return " · ".join(words)
