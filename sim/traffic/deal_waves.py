"""Dealing in waves: recorded attack kinds reach one agent after the other.

Files are rarely recorded at many places, and rarely in an order in which one place could warn the
next. Here the benign rows of a file are dealt to agents, skewed by service as hosts are, and up to
`kinds` of its recorded attacks reach the agents in turn: every `gap` steps a kind begins, over the
next `spread` steps it gets from agent to agent, and at each it replaces the share `share` of the
flows for `stay` steps. Nothing is made up but the timing. Rows may be dealt more than once, where
there are too few of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.errors import TrafficError
from sim.numerics.rng import Generator, generator
from sim.traffic.files.table import FlowTable

_PURPOSE = 0x77617665
"""Keeps the draws made here apart from all others of the same seed ('wave' in ASCII)."""
_SPARE = 0x73706172
"""The same for what is drawn only in case that the share grows ('spar')."""
LEAST_ROWS: Final = 20
"""Rows that a kind needs to come in a wave."""
REST: Final = 4
"""Quiet steps after the last wave."""
_SERVICES: Final = ("service", "l7_proto", "app", "protocol_type", "proto", "protocol")
"""Columns that tell what a flow is for, the most telling first; 0/1 features are named COLUMN=…."""
_PORTS: Final = ("destination port", "dst_port", "l4_dst_port", "id.resp_p", "dport", "dsport")

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Waves:
    """How attacks come in waves; counts are in steps unless it says otherwise."""

    quiet: int = 14
    """Before the first wave."""
    stay: int = 8
    """For which a kind stays at an agent."""
    gap: int = 10
    """From the beginning of one wave to that of the next."""
    spread: int = 20
    """In which a wave gets to all agents."""
    share: float = 0.3
    """Share of an agent's flows that are of the attack while it stays."""
    kinds: int = 5
    """Kinds of attacks at most."""

    def steps(self, kinds: int) -> int:
        """Steps of a run with this many waves."""
        return self.quiet + self.gap * max(kinds - 1, 0) + self.spread + self.stay + REST


@dataclass(frozen=True, slots=True, eq=False)
class Wave:
    """One kind of attack on its way; places count flows from the beginning of the run."""

    first: Ints
    """(A,) place at which it comes to each agent."""
    draws: NDArray[np.float64]
    """(A, L) of the flows from there on: those below the share are of the attack."""
    rows: NDArray[np.int32]
    """(A, L) row numbers of the attack that these flows are then."""

    def over(self, agents: Ints, places: Ints, rows: Ints, share: float) -> Ints:
        """(k, B) the rows at (k, B) places of these agents, where this wave passes over `rows`."""
        since = places - self.first[agents][:, None]
        there = (since >= 0) & (since < self.draws.shape[1])
        since = np.where(there, since, 0)
        hit = there & (self.draws[agents[:, None], since] < share)
        return np.where(hit, self.rows[agents[:, None], since], rows)


@dataclass(frozen=True, slots=True, eq=False)
class DealtWaves:
    """The rows of all agents, and what passes over them."""

    calm: Ints
    """(A, N) benign row numbers in the order of time."""
    waves: tuple[Wave, ...]
    """A later one takes the place of an earlier one."""

    def over(self, agents: Ints, places: Ints, rows: Ints, share: float) -> Ints:
        """(k, B) what is at (k, B) places, where there are (k, B) `rows` without waves."""
        for wave in self.waves:
            rows = wave.over(agents, places, rows, share)
        return rows

    def shares(self, share: float) -> tuple[Ints, ...]:
        """The row numbers of each agent if this share of the flows is of the attacks."""
        agents, each = self.calm.shape
        places = np.broadcast_to(np.arange(each), (agents, each))
        return tuple(self.over(np.arange(agents), places, self.calm, share))


def deal_waves(
    table: FlowTable, agents: int, waves: Waves, *, batch: int, concentration: float, seed: int
) -> DealtWaves:
    """Deal the rows of a labelled table in waves.

    Args:
        table: The flows; `groups`, or else their service, is what the benign ones are skewed by.
        agents: How many agents, at least 1.
        waves: The timing.
        batch: Flows of an agent in one step.
        concentration: Of the Dirichlet distribution by which a service is shared out.
        seed: Seed of the run.

    Returns:
        For each agent as many row numbers as flows in all steps, and the waves.

    Raises:
        TrafficError: The table has no benign rows or no attack with at least `LEAST_ROWS` rows.
    """
    rng, spare = generator(seed, _PURPOSE), generator(seed, _SPARE)
    kinds = _kinds(table, waves.kinds, rng)
    each = waves.steps(len(kinds)) * batch
    calm = _benign(table, agents, each, concentration, rng)
    found = []
    for number, kind in enumerate(kinds):
        rows = np.flatnonzero(table.labels == kind)
        start = waves.quiet + waves.gap * number
        first = np.empty(agents, dtype=np.int64)
        draws = np.empty((agents, waves.stay * batch))
        some = np.empty(draws.shape, dtype=np.int32)
        for turn, agent in enumerate(rng.permutation(agents).tolist()):
            first[agent] = (start + turn * waves.spread // agents) * batch
            draws[agent] = rng.random(draws.shape[1])
            hit = draws[agent] < waves.share
            some[agent, hit] = rng.choice(rows, int(hit.sum()))
            # Drawn apart, for when the share is changed later.
            some[agent, ~hit] = spare.choice(rows, int((~hit).sum()))
        found.append(Wave(first, draws, some))
    return DealtWaves(calm, tuple(found))


def _kinds(table: FlowTable, limit: int, rng: Generator) -> list[int]:
    """Drawn among the attacks with enough rows."""
    counts = np.bincount(table.labels[table.labels > 0], minlength=1)
    able = np.flatnonzero(counts >= LEAST_ROWS)
    if not len(able):
        most = max(1, int(counts.argmax()))
        best = f"; {table.classes[most]} has {counts[most]}" if counts.any() else ""
        raise TrafficError(
            f"{table.path}: no attack has {LEAST_ROWS} rows to come in a wave{best}, expected a"
            " labelled file, or another traffic.deal"
        )
    kinds: list[int] = rng.permutation(able)[:limit].tolist()
    return kinds


def _benign(table: FlowTable, agents: int, each: int, concentration: float, rng: Generator) -> Ints:
    """(agents, each) benign rows, every service shared out unevenly, agents filled up equally."""
    rows = rng.permutation(np.flatnonzero(table.labels == 0)).astype(np.int64)
    need = agents * each
    if not len(rows):
        raise TrafficError(f"{table.path}: has no benign rows to deal in waves")
    if len(rows) < need:
        rows = np.concatenate([rows, rng.choice(rows, need - len(rows))])
    rows = rows[:need]
    service = services(table)[rows]
    owner = np.empty(need, dtype=np.int64)
    for value in np.unique(service):
        some = np.flatnonzero(service == value)
        shares = rng.dirichlet(np.full(agents, concentration))
        owner[some] = rng.choice(agents, len(some), p=shares)
    return _filled(rows, owner, agents, each, rng)


def _filled(rows: Ints, owner: Ints, agents: int, each: int, rng: Generator) -> Ints:
    """Rows by owner; what is too many for one agent fills up those who have too few."""
    own = [rows[owner == agent] for agent in range(agents)]
    spare = rng.permutation(np.concatenate([some[each:] for some in own]))
    dealt = np.empty((agents, each), dtype=np.int64)
    for agent, some in enumerate(own):
        lack = each - min(len(some), each)
        dealt[agent] = rng.permutation(np.concatenate([some[:each], spare[:lack]]))
        spare = spare[lack:]
    return dealt


def services(table: FlowTable) -> Ints:
    """(N,) what each flow is for, as far as the file tells: by group, service or port."""
    names = [name.casefold() for name in table.features]
    if table.groups is not None:
        return _numbered(table.groups.astype(np.str_))
    for service in _SERVICES:
        columns = [i for i, name in enumerate(names) if name.startswith(f"{service}=")]
        if columns:
            return _numbered(table.flows[:, columns].argmax(axis=1))
    for port in _PORTS:
        if port in names:
            return _numbered(table.flows[:, names.index(port)])
    return np.zeros(len(table.flows), dtype=np.int64)


def _numbered(values: NDArray[Any]) -> Ints:
    """The number of each value among the distinct ones."""
    numbers: Ints = np.unique(values, return_inverse=True)[1].reshape(-1).astype(np.int64)
    return numbers
