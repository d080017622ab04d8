"""Detection quality against ground truth: for the screen and the summary, never for agents."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.memory import Memory
from sim.detection.attack_record import AttackRecord
from sim.numerics.arrays import Flags
from sim.snapshot import Confusion, Quality

Counts = tuple[int, int, int, int]
"""True positives, false positives, false negatives, true negatives."""
RECENT = 20
"""Steps that count as recent."""
TRUTHS = ("attack", "false_alarm", "poison")


def confusion(flagged: Flags, truth: NDArray[np.int16], judged: Flags) -> Counts:
    """Count flows by what they were taken for and what they were.

    Args:
        flagged: what was taken for an attack; any shape.
        truth: 0 benign, > 0 attack, -1 unknown.
        judged: which flows were judged at all.
    """
    attack, benign = judged & (truth > 0), judged & (truth == 0)
    return (
        int((flagged & attack).sum()),
        int((flagged & benign).sum()),
        int((~flagged & attack).sum()),
        int((~flagged & benign).sum()),
    )


@dataclass(frozen=True, slots=True)
class StepQuality:
    """The flows of one step, by what flagged them."""

    solo: Counts
    """The own model."""
    second: Counts
    """The own model and the peers."""
    signatures: Counts
    """Accepted signatures."""
    collective: Counts
    """All of these."""


def judged(
    truth: NDArray[np.int16], among: Flags, solo: Flags, suspected: Flags, blocked: Flags
) -> StepQuality:
    """Count the flows `among` which anybody judged, by what flagged them."""
    causes = (solo, suspected, blocked, suspected | blocked)
    return StepQuality(*(confusion(flags, truth, among) for flags in causes))


def summed(parts: Iterable[StepQuality]) -> StepQuality:
    """Several counts as one."""
    parts = tuple(parts)
    names = (f.name for f in fields(StepQuality))
    return StepQuality(*(total(getattr(p, name) for p in parts) for name in names))


class QualityRecord:
    """Totals since the start and the latest steps."""

    memory: ClassVar = Memory(without=("_labelled",), values=(StepQuality,))

    def __init__(
        self, labelled: bool, history: int, kinds: Sequence[str] = (), agents: int = 0
    ) -> None:
        self._labelled = labelled
        self.attacks = AttackRecord(kinds, agents)
        self._whole = summed(())
        self._recent: deque[StepQuality] = deque(maxlen=RECENT)
        self._solo_f1: deque[float] = deque(maxlen=history)
        self._collective_f1: deque[float] = deque(maxlen=history)
        self._acceptance = dict.fromkeys(TRUTHS, (0, 0))

    @property
    def whole(self) -> StepQuality:
        """Totals since the start."""
        return self._whole

    @property
    def acceptance(self) -> dict[str, tuple[int, int]]:
        """Truth of signatures → (accepted, decided)."""
        return dict(self._acceptance)

    def add(self, step: StepQuality) -> None:
        """Count one step."""
        self._whole = summed((self._whole, step))
        self._recent.append(step)
        recent = summed(self._recent)
        self._solo_f1.append(_f1(recent.solo))
        self._collective_f1.append(_f1(recent.collective))

    def decided(self, truth: str, verdict: str) -> None:
        """Count one verdict by what the signature really was; an expiry is no acceptance."""
        if truth in self._acceptance:
            accepted, decided = self._acceptance[truth]
            self._acceptance[truth] = (accepted + (verdict == "ACCEPTED"), decided + 1)

    def view(self) -> Quality:
        """The frozen picture."""
        if not self._labelled:
            return Quality()
        whole, recent = self._whole, summed(self._recent)
        return Quality(
            labelled=True,
            solo=Confusion(*whole.solo),
            second_opinion=Confusion(*whole.second),
            by_signatures=Confusion(*whole.signatures),
            collective=Confusion(*whole.collective),
            solo_recent=Confusion(*recent.solo),
            second_opinion_recent=Confusion(*recent.second),
            by_signatures_recent=Confusion(*recent.signatures),
            collective_recent=Confusion(*recent.collective),
            first_contact=self.attacks.first_contact,
            protection=self.attacks.protection,
            attacks=self.attacks.outcomes,
            acceptance=dict(self._acceptance),
            solo_f1=tuple(self._solo_f1),
            collective_f1=tuple(self._collective_f1),
        )


def total(counts: Iterable[Counts]) -> Counts:
    """The sum of several counts."""
    tp = fp = fn = tn = 0
    for some in counts:
        tp, fp, fn, tn = tp + some[0], fp + some[1], fn + some[2], tn + some[3]
    return tp, fp, fn, tn


def _f1(counts: Counts) -> float:
    value = Confusion(*counts).f1
    return float("nan") if value is None else value
