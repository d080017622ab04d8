"""Detection quality against ground truth: for the screen and the summary, never for agents."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.memory import Memory
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
    """The flows of one step."""

    solo: Counts
    collective: Counts


class QualityRecord:
    """Totals since the start and the latest steps."""

    memory: ClassVar = Memory(without=("_labelled",), values=(StepQuality,))

    def __init__(self, labelled: bool, history: int) -> None:
        self._labelled = labelled
        self._solo: Counts = (0, 0, 0, 0)
        self._collective: Counts = (0, 0, 0, 0)
        self._recent: deque[StepQuality] = deque(maxlen=RECENT)
        self._solo_f1: deque[float] = deque(maxlen=history)
        self._collective_f1: deque[float] = deque(maxlen=history)
        self._acceptance = dict.fromkeys(TRUTHS, (0, 0))

    def add(self, solo: Counts, collective: Counts) -> None:
        """Count one step."""
        self._solo = total((self._solo, solo))
        self._collective = total((self._collective, collective))
        self._recent.append(StepQuality(solo, collective))
        self._solo_f1.append(_f1(self._total("solo")))
        self._collective_f1.append(_f1(self._total("collective")))

    def decided(self, truth: str, verdict: str) -> None:
        """Count one verdict by what the signature really was; an expiry is no acceptance."""
        if truth in self._acceptance:
            accepted, decided = self._acceptance[truth]
            self._acceptance[truth] = (accepted + (verdict == "ACCEPTED"), decided + 1)

    def view(self) -> Quality:
        """The frozen picture."""
        if not self._labelled:
            return Quality()
        return Quality(
            labelled=True,
            solo=Confusion(*self._solo),
            collective=Confusion(*self._collective),
            solo_recent=Confusion(*self._total("solo")),
            collective_recent=Confusion(*self._total("collective")),
            acceptance=dict(self._acceptance),
            solo_f1=tuple(self._solo_f1),
            collective_f1=tuple(self._collective_f1),
        )

    def _total(self, which: str) -> Counts:
        return total(getattr(step, which) for step in self._recent)


def total(counts: Iterable[Counts]) -> Counts:
    """The sum of several counts."""
    tp = fp = fn = tn = 0
    for some in counts:
        tp, fp, fn, tn = tp + some[0], fp + some[1], fn + some[2], tn + some[3]
    return tp, fp, fn, tn


def _f1(counts: Counts) -> float:
    value = Confusion(*counts).f1
    return float("nan") if value is None else value
