"""A pane: how many agents are in which state."""

from __future__ import annotations

import numpy as np

from sim.snapshot import AgentState, Snapshot
from tui.panes.plugin import PaneKind, Words


def _lines(snapshot: Snapshot, width: int, height: int) -> list[Words]:
    states = np.asarray(snapshot.grid.states)
    lines: list[Words] = [f"step {snapshot.step:,}"]
    for state in AgentState:
        count = int((states == state).sum())
        colour = "agent-alert" if state is AgentState.ALERT and count else "ink-dim"
        lines.append([(f"{state.name.lower():<12}", "ink-dim"), (f"{count:>6,}", colour)])
    return lines


CENSUS = PaneKind("Census", _lines)
