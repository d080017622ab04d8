"""Recorded traffic: the rows of a file, dealt to agents; labelled attacks can be injected again."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.expect import shaped, within
from sim.config.schema import TrafficSection
from sim.numerics.rng import uniforms
from sim.traffic.attacks import Attack, active
from sim.traffic.deal_waves import DealtWaves
from sim.traffic.files import FlowTable
from sim.traffic.source import Batch, Flows, Rows


class RecordedTraffic:
    """Each agent reads its own share of the rows, in the order of the file.

    Its only state is each agent's position, which moves by what the agent observed.
    """

    def __init__(
        self,
        table: FlowTable,
        shares: Sequence[Rows],
        seed: int,
        *,
        loop: bool = False,
        waves: DealtWaves | None = None,
    ) -> None:
        self.format = table.format
        self.features = table.features
        self.labelled = table.labelled
        self.attack_kinds = table.classes[1:]
        self.warnings = table.warnings
        self.agents = len(shares)
        self.loop = loop
        self.wave_share = 0.0
        """Share of the flows of an agent that are of an attack while it passes over it."""
        self._waves = waves
        self._table = table
        self._seed = seed
        self._sizes = np.array([len(share) for share in shares], dtype=np.int64)
        self._shares = np.zeros((len(shares), max(1, int(self._sizes.max(initial=0)))), np.int64)
        for row, share in enumerate(shares):
            self._shares[row, : len(share)] = share
        self._position = np.zeros(len(shares), dtype=np.int64)
        self._by_kind = [
            np.flatnonzero(table.labels == i + 1) for i in range(len(self.attack_kinds))
        ]
        self._groups = (
            [str(table.groups[share[0]]) if len(share) else "" for share in shares]
            if table.groups is not None
            else []
        )

    def observe(self, agents: Rows, step: int, size: int, attacks: Sequence[Attack]) -> Batch:
        """The next rows of these agents; fewer at the end of their share."""
        sizes = self._sizes[agents]
        start = self._position[agents]
        left = sizes if self.loop else np.maximum(sizes - start, 0)
        lengths = np.minimum(left, size)
        index = start[:, None] + np.arange(size)[None, :]
        index = index % np.maximum(sizes, 1)[:, None]
        rows = self._shares[agents[:, None], index]
        if self._waves is not None:
            rows = self._waves.over(agents, index, rows, self.wave_share)
        observed = np.arange(size)[None, :] < lengths[:, None]
        flows = np.where(observed[:, :, None], self._table.flows[rows], np.float32(0.0))
        truth = np.where(observed, self._table.labels[rows], np.int16(-1))
        self._position[agents] = start + lengths
        batch = Batch(np.ascontiguousarray(flows), lengths, truth)
        for attack in active(attacks, step):
            self._mix_in(attack, agents, step, batch)
        return batch

    def follow(self, traffic: TrafficSection) -> None:
        """Read on as the live settings say."""
        self.loop, self.wave_share = traffic.loop, traffic.wave_share

    def exhausted(self, step: int, gone: NDArray[np.bool_] | None = None) -> bool:
        """Whether every agent has read all of its rows and they are not read again."""
        done = self._position >= self._sizes
        return not self.loop and bool(np.all(done if gone is None else done | gone))

    def positions(self, agents: Rows) -> Rows:
        """(k,) rows that these agents have read."""
        return self._position[agents]

    def check_positions(self, agents: Rows, positions: Rows) -> None:
        """Refuse positions that are none.

        Raises:
            CheckpointError: they are of other agents, or before the first row.
        """
        shaped("the positions", positions, (len(agents),))
        within("a position", positions, 0, 1 << 40)

    def seek(self, agents: Rows, positions: Rows) -> None:
        """Let these agents continue after this many rows."""
        self._position[agents] = positions

    def detached(self) -> RecordedTraffic:
        """The same table and shares with positions of its own."""
        other = copy.copy(self)
        # Names of groups are objects: they would be copied to every process, and nobody asks.
        other._table, other._groups = replace(self._table, groups=None), []
        other._position = self._position.copy()
        return other

    def profile(self, agent: int) -> str:
        """The value of the dealing column, or the number of rows."""
        if self._groups:
            return self._groups[agent]
        return f"{self._sizes[agent]:,} rows"

    def _mix_in(self, attack: Attack, agents: Rows, step: int, batch: Batch) -> None:
        """Replace a share of the flows of the reached agents by recorded ones of this attack."""
        rows, drawn = attack.strikes(agents, seed=self._seed, step=step, population=self.agents)
        kind = self.attack_kinds.index(attack.kind)
        pool = self._by_kind[kind]
        if not len(rows) or not len(pool):
            return
        size = batch.flows.shape[1]
        draw = uniforms(drawn, 2 * size)
        taken = (draw[:, :size] < attack.share) & batch.observed[rows]
        chosen: Flows = self._table.flows[pool[(draw[:, size:] * len(pool)).astype(np.int64)]]
        batch.flows[rows] = np.where(taken[:, :, None], chosen, batch.flows[rows])
        batch.truth[rows] = np.where(taken, np.int16(kind + 1), batch.truth[rows])
