"""What the symbols of the agent grid mean, and how many agents each stands for."""

from __future__ import annotations

from math import isnan
from typing import Literal

import numpy as np

from sim.snapshot import AgentState, AttackView, Grid, Snapshot
from sim.text import clean
from tui.theme.glyphs import Glyphs
from tui.theme.ink import Ink
from tui.widgets.field import Field, Geometry
from tui.widgets.line import Line, fit
from tui.widgets.quantity import percent

LEGEND = 2
"""Lines of the legend."""
Heat = Literal["state", "score", "trust", "cache hit rate"]
_STATES = (
    AgentState.NORMAL,
    AgentState.ALERT,
    AgentState.LEARNING,
    AgentState.QUARANTINED,
    AgentState.STOPPED,
)
_SHORT = dict(zip(_STATES, ("normal", "alert", "learn", "quar.", "stop"), strict=True))


def legend(
    snapshot: Snapshot, heat: Heat, truth: bool, ink: Ink, glyphs: Glyphs, width: int, single: bool
) -> list[Line]:
    """The lines below the field.

    Args:
        snapshot: with the population.
        heat: what colours the agents.
        truth: whether ground truth is shown.
        ink: styles.
        glyphs: symbols.
        width: cells of a line.
        single: whether each cell of the field is one agent.
    """
    if heat == "state":
        first = _states(snapshot.grid, ink, glyphs, width, single)
    else:
        first = _scale(heat, ink, glyphs)
    return [first, _truth(snapshot.grid, truth, ink, glyphs, width)]


def _states(grid: Grid, ink: Ink, glyphs: Glyphs, width: int, single: bool) -> Line:
    """How many agents are in each state, in the longest form that fits."""
    counts = np.bincount(np.minimum(grid.states, AgentState.STOPPED), minlength=len(AgentState))
    symbols = dict(zip(AgentState, glyphs.agent, strict=True))
    if not single:
        symbols[AgentState.ALERT] = "".join(glyphs.shades)
    long = [(s, f"{symbols[s]} {s.name.lower()} {counts[s]}") for s in _STATES]
    short = [(s, f"{symbols[s][-2:][:1]} {_SHORT[s]} {counts[s]}") for s in _STATES]
    tight = [(s, f"{symbols[s][-2:][:1]}{counts[s]} {_SHORT[s]}") for s in _STATES]
    for named, gap in ((long, "  "), (short, " "), (tight, " ")):
        if len(gap.join(words for _, words in named)) <= width:
            break
    line = Line()
    for state, words in named:
        name = f"agent-{state.name.lower()}" if counts[state] else "ink-dim"
        line.add(words, ink(name)).add(gap, ink())
    return line


def _scale(heat: Heat, ink: Ink, glyphs: Glyphs) -> Line:
    line = Line().add(f"{heat}  0 ", ink("ink-dim"))
    styles = ink.heat()[::-1] if heat == "trust" else ink.heat()
    for glyph, style in zip(glyphs.levels, styles, strict=True):
        line.add(glyph, style)
    return line.add(f" 1   {glyphs.none} none", ink("ink-dim"))


def _truth(grid: Grid, shown: bool, ink: Ink, glyphs: Glyphs, width: int) -> Line:
    line = Line().add("ground truth ", ink("ink-dim"))
    if not shown:
        return line.add("hidden (g shows it)", ink("ink-dim"))
    attacked, adversary = int(grid.attacked.sum()), int(grid.adversary.sum())
    both = int((grid.attacked & grid.adversary).sum())
    marks = [
        (f"{glyphs.attacked} attacked {attacked}", "truth-attack" if attacked else "ink-dim"),
        (
            f"{glyphs.adversary} adversary {adversary}",
            "truth-adversary" if adversary else "ink-dim",
        ),
    ]
    if both:
        marks.append((f"{glyphs.both} both {both}", "truth-adversary"))
    roomy = line.width + len("  ".join(words for words, _ in marks)) <= width
    for words, name in marks:
        line.add(words, ink(name)).add("  " if roomy else " ", ink())
    return line


def under_way(attacks: tuple[AttackView, ...], ink: Ink, glyphs: Glyphs, width: int) -> Line:
    """The attacks in one line: ground truth too."""
    words = [f"{clean(a.kind)} on {a.reached} until s{a.until}" for a in attacks]
    text = glyphs.plain(f"attacks      {', '.join(words)}")
    return Line().add(fit(text, width, ellipsis=glyphs.ellipsis), ink("truth-attack"))


def describe_agent(grid: Grid, agent: int, truth: bool, width: int) -> str:
    """One agent in as many words as fit into `width` cells, weightiest first."""
    column, row = agent % grid.width, agent // grid.width
    state = AgentState(min(int(grid.states[agent]), AgentState.STOPPED)).name.lower()
    score, rate = float(grid.scores[agent]), float(grid.hit_rate[agent])
    words = [f"agent {agent} at {column},{row} {state}"]
    if truth and grid.attacked[agent]:
        words.append("attacked")
    if truth and grid.adversary[agent]:
        words.append("adversary")
    words.append("no score" if isnan(score) else f"score {score:.2f}")
    words.append(f"trust {grid.trust[agent]:.2f}")
    if not isnan(rate):
        words.append(f"cache {percent(rate)}")
    while len(" · ".join(words)) > width and len(words) > 1:
        words.pop()
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
