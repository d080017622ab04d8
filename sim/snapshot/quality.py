"""How good the detection is, against ground truth that the agents never see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType


@dataclass(frozen=True, slots=True, eq=False)
class Confusion:
    """Flows by what they were and what they were taken for."""

    tp: int = 0
    fp: int = 0
    fn: int = 0
    tn: int = 0

    @property
    def precision(self) -> float | None:
        """Tp / (tp + fp), None where there was no attack or nothing was flagged."""
        judged = self.tp + self.fn and self.tp + self.fp
        return self.tp / (self.tp + self.fp) if judged else None

    @property
    def recall(self) -> float | None:
        """Tp / (tp + fn), None where there was no attack."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else None

    @property
    def f1(self) -> float | None:
        """2 tp / (2 tp + fp + fn), None where there was no attack."""
        total = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / total if self.tp + self.fn else None

    @property
    def false_positive_rate(self) -> float | None:
        """Fp / (fp + tn), None where there was no benign flow."""
        return self.fp / (self.fp + self.tn) if self.fp + self.tn else None


@dataclass(frozen=True, slots=True)
class FirstContact:
    """Attack flows in the first step of a kind at agents that it reached late.

    Well after the first one, when the others could have warned them.
    """

    flows: int = 0
    solo: int = 0
    """How many of them the agents' own models flagged."""
    collective: int = 0
    """How many were flagged by whatever."""
    by_signatures: int = 0
    """How many accepted signatures flagged."""

    def recall(self, caught: int) -> float | None:
        """A count as a share of the flows; None where there are none."""
        return caught / self.flows if self.flows else None


@dataclass(frozen=True, slots=True)
class Protection:
    """How soon kinds of attacks get an accepted signature."""

    kinds: int = 0
    """Kinds met."""
    protected: int = 0
    """Kinds with an accepted signature."""
    steps: float | None = None
    """Median steps from the first flow of a kind anywhere to the acceptance."""
    not_reached: float | None = None
    """Median share of the agents that the kind had not reached by then."""


@dataclass(frozen=True, slots=True)
class AttackOutcome:
    """What became of one kind of attack. Steps count from its beginning; None is never."""

    kind: str
    began: int
    """Step of its first flow anywhere."""
    reached: int
    """Agents that have had a flow of it."""
    first_flag: int | None
    """Until a flow of it was flagged."""
    first_signature: int | None
    """Until a signature of it was published."""
    accepted: int | None
    """Until a signature of it was accepted."""
    known_by_all: int | None
    """Until every agent had an accepted signature of it."""
    missed_flows: int
    """Flows of it that nothing flagged."""
    false_alarms: int
    """Benign flows flagged anywhere in the steps in which it was there."""

    def figures(self) -> tuple[tuple[str, int | None], ...]:
        """All but the name, as (field, value)."""
        return tuple((f.name, getattr(self, f.name)) for f in fields(self) if f.name != "kind")


@dataclass(frozen=True, slots=True, eq=False)
class Quality:
    """How good the detection is, against ground truth that the agents never see."""

    labelled: bool = False
    """False where the traffic has no ground truth: then all the rest is empty."""
    solo: Confusion = Confusion()
    """Each agent by its own model, since the start."""
    second_opinion: Confusion = Confusion()
    """Own model and the trees that peers lend, without signatures, since the start."""
    by_signatures: Confusion = Confusion()
    """Accepted signatures alone, since the start."""
    collective: Confusion = Confusion()
    """Own model, peers and accepted signatures, since the start."""
    solo_recent: Confusion = Confusion()
    """The same over the last steps."""
    second_opinion_recent: Confusion = Confusion()
    by_signatures_recent: Confusion = Confusion()
    collective_recent: Confusion = Confusion()
    first_contact: FirstContact = FirstContact()
    protection: Protection = Protection()
    attacks: tuple[AttackOutcome, ...] = ()
    """Kinds of attacks that have begun, the earliest first."""
    acceptance: Mapping[str, tuple[int, int]] = field(
        default_factory=lambda: MappingProxyType(
            {"attack": (0, 0), "false_alarm": (0, 0), "poison": (0, 0)}
        )
    )
    """Truth class → (accepted, decided)."""
    solo_f1: tuple[float, ...] = ()
    """F1 over the last steps, one value per step, oldest first; NaN where there is none."""
    collective_f1: tuple[float, ...] = ()
