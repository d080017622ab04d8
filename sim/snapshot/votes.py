"""Signatures with their votes and verdicts, and one of them in detail."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Margin:
    """What the rule in force tolerates, and what there is."""

    adversaries: int
    """Ground truth: agents that misbehave now."""
    quarantined: int
    """How many of these are in quarantine."""
    asked: int
    """Agents that are asked about one signature and whose vote weighs something."""
    tolerates_liars: int
    """Most liars among these that cannot get a lie accepted if all others refute it."""
    turnout: float | None
    """Share of the honest who were asked lately that confirmed or refuted; None before there is."""
    tolerates_at_turnout: int | None
    """The same bound if only this share of the others refutes."""
    tolerates_deniers: int
    """Most liars among these that cannot keep a truth from being accepted if all others confirm."""
    risk: float
    """Probability that a committee has more liars than that; 0 or 1 without a draw."""

    @property
    def liars(self) -> int:
        """Adversaries whose votes weigh something."""
        return self.adversaries - self.quarantined


@dataclass(frozen=True, slots=True)
class RuleView:
    """A consensus rule with its numbers: of a verdict's own day, or the present one."""

    name: str
    quorum: float
    """Share of the weight of those who judged that has to agree, 0..1."""
    agents: int
    """Distinct agents that a verdict needs."""
    groups: int
    """Distinct groups of confirming agents that an acceptance needs."""
    held: bool
    """Whether the publisher is in quarantine, so that an acceptance needs unanimity."""


@dataclass(frozen=True, slots=True, eq=False)
class SignatureView:
    """A signature with the present state of its vote."""

    id: int
    step: int
    publisher: int
    flows: int
    confidence: float
    """Mean score of its flows under the publisher's model."""
    features: tuple[str, ...]
    """Features that stand out, strongest first, each with ↑ or ↓."""
    confirm: float
    """Weight of the confirmations."""
    refute: float
    """Weight of the refutations."""
    confirmations: int
    refutations: int
    abstentions: int
    verdict: str
    """`PENDING`, `ACCEPTED`, `REJECTED` or `EXPIRED`."""
    decided: int | None
    """Step of the verdict."""
    expires: int
    """Step at which it expires if nothing is decided."""
    truth: str
    """Ground truth: `attack`, `false_alarm` or `poison`. Agents never see it."""
    attack: str
    """Ground truth: kind of the attack, or empty."""
    rule: RuleView | None = None
    """What it was decided by; while it is pending, the rule in force."""


@dataclass(frozen=True, slots=True, eq=False)
class Consensus:
    """The votes under way and the latest verdicts."""

    pending: tuple[SignatureView, ...] = ()
    """Oldest first."""
    decided: tuple[SignatureView, ...] = ()
    """Latest first."""
    published: int = 0
    accepted: int = 0
    rejected: int = 0
    expired: int = 0
    margin: Margin | None = None
    """How many liars the rule in force tolerates, against how many there are (ground truth)."""


@dataclass(frozen=True, slots=True, eq=False)
class BallotView:
    """One agent's vote with its reason."""

    voter: int
    vote: str
    reason: str
    weight: float
    step: int
    radius: float | None = None
    """Relative distance within which the voter found the signature harmless, 0 where nowhere; None
    where it measured none."""
    cached: bool = False
    """Whether the voter's present judgement of it is in the cache: nothing would be computed."""


@dataclass(frozen=True, slots=True, eq=False)
class SignatureDetail:
    """One signature, in detail."""

    view: SignatureView
    fingerprint: str
    """Hex."""
    centre: tuple[tuple[str, float, float], ...]
    """Feature, centre and spread (in the units of the model)."""
    ballots: tuple[BallotView, ...]
    rule: str
    """How the verdict came about, or what it still needs."""
    life: str = ""
    """What an accepted signature is worth now, and since when it decays; empty for others."""
    deviations: tuple[float, ...] = ()
    """By feature, how far the centre is from the publisher's present normal, in its scales."""
