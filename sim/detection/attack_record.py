"""What became of each kind of attack, against ground truth: reached, flagged, signed, accepted.

A kind begins with its first flow anywhere. *First contact* is the step in which it reaches an
agent; where that is `LATE` steps or more after it began, the others could have warned the agent,
and how much of it is flagged then measures what sharing is worth. Agents never see any of this.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.memory import Memory
from sim.snapshot import AttackOutcome, FirstContact, Protection

Ints = NDArray[np.int64]
LATE = 4
"""Steps after a kind has begun from which a warning could have come in time."""
_NEVER = -1


class AttackRecord:
    """Counts by kind for a population of `agents`."""

    memory: ClassVar = Memory(without=("_kinds",))

    def __init__(self, kinds: Sequence[str], agents: int) -> None:
        self._kinds = tuple(kinds)
        count = len(self._kinds)
        self.began: Ints = np.full(count, _NEVER, dtype=np.int64)
        """(K,) step of the first flow anywhere; -1 is never, as below."""
        self.met: NDArray[np.bool_] = np.zeros((count, agents), dtype=np.bool_)
        """(K, A) who has had a flow of it."""
        self.flagged: Ints = np.full(count, _NEVER, dtype=np.int64)
        """(K,) step in which a flow of it was flagged first, by whatever."""
        self.signed: Ints = np.full(count, _NEVER, dtype=np.int64)
        """(K,) step in which a signature of it was published first."""
        self.accepted: Ints = np.full(count, _NEVER, dtype=np.int64)
        self.known: Ints = np.full(count, _NEVER, dtype=np.int64)
        """(K,) step from which every agent has had an accepted signature of it."""
        self.spared: NDArray[np.float64] = np.full(count, np.nan)
        """(K,) share of the agents that it had not reached when it was accepted."""
        self.missed: Ints = np.zeros(count, dtype=np.int64)
        """(K,) flows of it that nothing flagged."""
        self.alarms: Ints = np.zeros(count, dtype=np.int64)
        """(K,) benign flows flagged anywhere in the steps in which it was there."""
        self.contact: Ints = np.zeros(4, dtype=np.int64)
        """Flows at late first contacts; flagged by the own model, by all, by signatures alone."""
        self._told: dict[str, int] = {}

    def add(self, step: int, contacts: Ints, alarms: int, stopped: bool) -> None:
        """Count one step.

        Args:
            step: now.
            contacts: see `sim.shard.report.Report.contacts`.
            alarms: benign flows flagged in this step.
            stopped: whether an agent is out of order, and hears of nothing.
        """
        if not stopped:
            self.known[(self.known == _NEVER) & (self.accepted != _NEVER)] = step
        kinds = contacts[:, 1]
        here = np.unique(kinds)
        self.began[here] = np.where(self.began[here] == _NEVER, step, self.began[here])
        self._count_first_contacts(step, contacts)
        self.met[kinds, contacts[:, 0]] = True
        caught = np.unique(kinds[contacts[:, 4] > 0])
        self.flagged[caught] = np.where(self.flagged[caught] == _NEVER, step, self.flagged[caught])
        np.add.at(self.missed, kinds, contacts[:, 2] - contacts[:, 4])
        self.alarms[here] += alarms

    def published(self, kind: str, step: int) -> None:
        """A signature of this kind has been published."""
        if kind in self._kinds and self.signed[self._kinds.index(kind)] == _NEVER:
            self.signed[self._kinds.index(kind)] = step

    def accept(self, kind: str, step: int) -> None:
        """A signature of this kind has been accepted."""
        if kind not in self._kinds or self.accepted[self._kinds.index(kind)] != _NEVER:
            return
        place = self._kinds.index(kind)
        self.accepted[place] = step
        self.spared[place] = 1.0 - float(self.met[place].mean())

    @property
    def outcomes(self) -> tuple[AttackOutcome, ...]:
        """The kinds that have begun, the earliest first."""
        order = np.argsort(self.began, kind="stable")
        return tuple(self._outcome(int(k)) for k in order if self.began[k] != _NEVER)

    @property
    def first_contact(self) -> FirstContact:
        """All late first contacts together."""
        return FirstContact(*self.contact.tolist())

    @property
    def protection(self) -> Protection:
        """How soon accepted signatures came."""
        met = self.began != _NEVER
        saved = met & (self.accepted != _NEVER)
        steps = (self.accepted - self.began)[saved].tolist()
        spared = self.spared[saved].tolist()
        return Protection(
            kinds=int(met.sum()),
            protected=int(saved.sum()),
            steps=median(steps) if steps else None,
            not_reached=median(spared) if spared else None,
        )

    def news(self) -> Iterator[tuple[str, int]]:
        """(name, value) of the figures that have changed since this was asked last."""
        for outcome in self.outcomes:
            for field, value in outcome.figures():
                name = f"attack.{outcome.kind}.{field}"
                if value is not None and self._told.get(name) != value:
                    self._told[name] = value
                    yield name, value

    def _count_first_contacts(self, step: int, contacts: Ints) -> None:
        kinds = contacts[:, 1]
        late = ~self.met[kinds, contacts[:, 0]] & (step >= self.began[kinds] + LATE)
        self.contact += contacts[late][:, [2, 3, 4, 5]].sum(axis=0)

    def _outcome(self, place: int) -> AttackOutcome:
        def since(steps: Ints) -> int | None:
            found = int(steps[place])
            return None if found == _NEVER else found - int(self.began[place])

        return AttackOutcome(
            kind=self._kinds[place],
            began=int(self.began[place]),
            reached=int(self.met[place].sum()),
            first_flag=since(self.flagged),
            first_signature=since(self.signed),
            accepted=since(self.accepted),
            known_by_all=since(self.known),
            missed_flows=int(self.missed[place]),
            false_alarms=int(self.alarms[place]),
        )
