"""The figures of a step that Mesa's data collector keeps: those that the panes show, too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import nan
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.config.schema import Config
from sim.consensus.assembly import Assembly
from sim.detection.quality import QualityRecord
from sim.model.error_log import ErrorLog
from sim.shard.report import Report
from sim.signatures.signature_set import SignatureSet
from sim.snapshot import AgentState, Confusion

Figure = int | float | None
_VERDICTS = {"accepted": "ACCEPTED", "rejected": "REJECTED", "expired": "EXPIRED"}


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures after one step, computed together: every agent asks for its own."""

    values: dict[str, Figure]
    """Of the population, by name."""
    states: NDArray[np.uint8]
    """(A,) `AgentState`."""
    trusts: NDArray[np.float64]
    """(A,) reputation."""


class Measured(Protocol):
    """What figures are taken of; see `sim.model.model.Population`."""

    now: int
    config: Config
    assembly: Assembly
    quality: QualityRecord
    errors: ErrorLog
    blocklist: SignatureSet
    report: Report | None

    def states(self) -> NDArray[np.uint8]:
        """(A,) `AgentState` after the last step."""

    def cache_counts(self) -> dict[str, int]:
        """Events and size of the caches of judgements."""


def figures_of(model: Measured) -> Figures:
    """The figures after the last step; None where something is undefined."""
    counts, states = model.assembly.counts, model.states()
    report, cache = model.report, model.cache_counts()
    values: dict[str, Figure] = {
        "step": model.now,
        "flows": report.flows if report else 0,
        "anomalies": int(report.flagged.sum()) if report else 0,
        "pending": len(model.assembly.polls),
        "published": counts["published"],
        **{name: counts[verdict] for name, verdict in _VERDICTS.items()},
        "blocklist": len(model.blocklist),
    }
    for state in (AgentState.ALERT, AgentState.QUARANTINED, AgentState.STOPPED):
        values[_PLURAL[state]] = int(np.count_nonzero(states == state))
    for name, (accepted, decided) in model.quality.acceptance.items():
        values[f"{name}_accepted"] = accepted / decided if decided else None
    whole = model.quality.whole
    for name, tally in (("solo", whole.solo), ("collective", whole.collective)):
        confusion = Confusion(*tally)
        values[f"{name}_precision"] = confusion.precision
        values[f"{name}_recall"] = confusion.recall
        values[f"{name}_f1"] = confusion.f1
    looked_up = cache["hits"] + cache["misses"]
    values["hit_rate"] = cache["hits"] / looked_up if looked_up else None
    values["errors"] = sum(model.errors.counts().values())
    trusts = model.assembly.reputation.trust(model.config.trust)
    return Figures(values, states, trusts)


_PLURAL = {
    AgentState.ALERT: "alerts",
    AgentState.QUARANTINED: "quarantined",
    AgentState.STOPPED: "stopped",
}
NAMES = (
    "step",
    "flows",
    "anomalies",
    "pending",
    "published",
    *_VERDICTS,
    "blocklist",
    *_PLURAL.values(),
    "attack_accepted",
    "false_alarm_accepted",
    "poison_accepted",
    *(f"{who}_{what}" for who in ("solo", "collective") for what in ("precision", "recall", "f1")),
    "hit_rate",
    "errors",
)
"""Columns of the data frame."""


def reporters() -> dict[str, Callable[[Any], int | float]]:
    """A reporter for each figure, as Mesa's data collector wants them: NaN where undefined."""
    return {name: _reporter(name) for name in NAMES}


def _reporter(name: str) -> Callable[[Any], int | float]:
    def report(model: Any) -> int | float:
        value: Figure = model.figures.values[name]
        return nan if value is None else value

    return report
