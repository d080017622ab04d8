"""Dealings in which no attack can get a signature accepted, whatever the agents make of it.

A signature needs a publisher with `flows` flows of a kind within `horizon` steps, and `others`
agents that confirm it while it is open, each by `WITNESSES` flows of its own within as many steps.
What an agent reads before its first model is judged by nobody. Rows dealt by host or by service
rarely give all that: one agent has a kind of attack for itself, or from its first flow on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.traffic.files.table import FlowTable

Ints = NDArray[np.int64]
WITNESSES: Final = 2
"""Recent flows that make an agent a witness; see `sim.consensus.votes`."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What it takes to get a signature accepted."""

    flows: int
    """`signature.min_flows`."""
    others: int
    """`consensus.min_confirmations`."""
    batch: int
    """`traffic.batch_size`."""
    horizon: int
    """`signature.sighting_steps`."""
    open: int
    """`consensus.expiry_steps`."""
    before: int
    """`detection.min_window`: flows that an agent reads before its first model."""


@dataclass(frozen=True, slots=True)
class _Reach:
    kind: int
    witnesses: int
    """Agents that have flows of it while a signature of it could be open."""
    publisher: bool
    """Whether anybody has enough of them to publish it; else the witnesses are of any time."""


def scarce_attacks(table: FlowTable, shares: tuple[Ints, ...], needs: Needs) -> str:
    """Return why no kind of attack can be agreed on in this dealing; empty where one can.

    Args:
        table: The flows; without attacks there is nothing to say.
        shares: Row numbers of each agent, in the order in which it reads them.
        needs: What it takes.
    """
    agent, step, kind = _met(table, shares, needs)
    best: _Reach | None = None
    for some in np.unique(kind).tolist():
        of = kind == some
        reach = _reach(some, agent[of], step[of], needs)
        if reach.publisher and reach.witnesses > needs.others:
            return ""
        if best is None or (reach.publisher, reach.witnesses) > (best.publisher, best.witnesses):
            best = reach
    if best is None and not any((table.labels[share] > 0).any() for share in shares):
        return ""
    return _said(best, table, len(shares), needs)


def _met(table: FlowTable, shares: tuple[Ints, ...], needs: Needs) -> tuple[Ints, Ints, Ints]:
    """Agent, step from 0 and class of every attack flow that an agent with a model reads."""
    begin = -(-needs.before // needs.batch) * needs.batch
    agents, steps, kinds = [], [], []
    for agent, share in enumerate(shares):
        label = table.labels[share]
        place = np.flatnonzero(label[begin:] > 0) + begin
        agents.append(np.full(len(place), agent, dtype=np.int64))
        steps.append(place // needs.batch)
        kinds.append(label[place].astype(np.int64))
    return np.concatenate(agents), np.concatenate(steps), np.concatenate(kinds)


def _reach(kind: int, agent: Ints, step: Ints, needs: Needs) -> _Reach:
    """How many agents can see one kind at about the same time."""
    names, row = np.unique(agent, return_inverse=True)
    steps = int(step.max()) + 1 + needs.horizon
    counts = np.bincount(row * steps + step, minlength=len(names) * steps)
    recent = _within(counts.reshape(len(names), steps), needs.horizon)
    witness, publisher = recent >= WITNESSES, recent >= needs.flows
    if not publisher.any():
        return _Reach(kind, int(witness.any(axis=1).sum()), publisher=False)
    # Who is a witness at any time while a signature published now is open.
    later = _within(witness[:, ::-1].astype(np.int64), needs.open + 1)[:, ::-1] > 0
    there = (later | publisher).sum(axis=0)
    return _Reach(kind, int(there[publisher.any(axis=0)].max()), publisher=True)


def _within(counts: Ints, steps: int) -> Ints:
    """(a, T) sums over so many steps up to each."""
    total = np.cumsum(counts, axis=1)
    total[:, steps:] -= total[:, :-steps].copy()
    return total


def _said(best: _Reach | None, table: FlowTable, agents: int, needs: Needs) -> str:
    if best is None:
        why = f"all of them come before {needs.before} flows are read (detection.min_window)"
    elif not best.publisher:
        why = (
            f"nobody with a model reads {needs.flows} flows of a kind within {needs.horizon} steps"
            " (signature.min_flows, signature.sighting_steps)"
        )
    else:
        have = "has" if best.witnesses == 1 else "have"
        why = (
            f"of {table.classes[best.kind]}, which reaches most, {best.witnesses} of {agents}"
            f" {have} flows at about the same time; its publisher and {needs.others} others have to"
            " see it (consensus.min_confirmations, signature.sighting_steps)"
        )
    return f"no kind of attack can get a signature accepted: {why}"
