"""One agent or one signature, in detail."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.archive.entries import features_of
from sim.consensus.everywhere import AT_ONCE, NEVER
from sim.consensus.rules import Tally
from sim.consensus.ruling import Ruling, in_force, ruling_of
from sim.consensus.votes import NO_VOTE, ODD, REASONS, Reason
from sim.ledger.ballots import WEIGHT_UNIT, Vote, unpack_ballots, unpack_radii
from sim.ledger.rows import SignatureRow
from sim.numerics.arrays import Floats
from sim.run.run import Run
from sim.signatures.radii import UNMEASURED, radius_of
from sim.snapshot import (
    AgentDetail,
    AgentState,
    BallotView,
    RuleView,
    SignatureDetail,
    SignatureView,
)
from sim.steering.adversaries import name_of
from sim.traffic.attacks import grid_shape

_ODD = frozenset(REASONS[reason] for reason in ODD)
"""Reasons of those who find a signature anomalous or new themselves, in words."""


def agent_detail(run: Run, agent: int | None) -> AgentDetail | None:
    """The agent with this id; None where there is none, or before the first step."""
    simulation = run.simulation
    if agent is None or not 0 <= agent < simulation.population:
        return None
    if simulation.report is None:
        return None
    near = simulation.near(agent)
    width, _ = grid_shape(simulation.population)
    names = simulation.source.features
    figures = zip(names, near.centre, near.scale, near.mean, strict=True)
    return AgentDetail(
        id=agent,
        position=(agent % width, agent // width),
        profile=simulation.source.profile(agent),
        state=AgentState(int(simulation.states()[agent])),
        trust=float(simulation.assembly.reputation.trust(run.config.trust)[agent]),
        behaviour=name_of(int(simulation.steered.behaviour_in(simulation.now)[agent])),
        model_version=near.version,
        window=near.window,
        published=int(simulation.assembly.published_by[agent]),
        confirmed=int(simulation.assembly.votes_given[agent, 0]),
        refuted=int(simulation.assembly.votes_given[agent, 1]),
        scores=tuple(float(v) for v in near.scores),
        features=tuple((n, float(c), float(s), float(m)) for n, c, s, m in figures),
        ballots=_votes_of(run, agent),
    )


def _votes_of(run: Run, agent: int) -> tuple[tuple[int, str], ...]:
    """The definite votes of an agent in the polls that are remembered, latest first."""
    assembly = run.simulation.assembly
    polls = [*(outcome.poll for outcome in assembly.decided), *assembly.polls]
    return tuple(
        (poll.id, Vote(int(poll.cast[agent])).name)
        for poll in sorted(polls, key=lambda poll: -poll.id)
        if poll.cast[agent] != NO_VOTE
    )


def _deviations(run: Run, row: SignatureRow, centre: Floats) -> tuple[float, ...]:
    """How far a signature is from its publisher's normal of today, by feature, in scales."""
    if run.simulation.report is None:
        return ()
    near = run.simulation.near(row.publisher)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (centre - near.centre) / near.scale
    return tuple(float(value) for value in found)


def rule_view(ruling: Ruling) -> RuleView:
    """A rule with its numbers, for a screen."""
    return RuleView(ruling.rule, ruling.quorum, ruling.agents, ruling.groups, ruling.held)


def signature_detail(run: Run, seq: int | None) -> SignatureDetail | None:
    """The signature with this seq as the ledger has it; None where there is none."""
    row = run.reader.signature(seq) if seq is not None else None
    if seq is None or row is None:
        return None
    ballots, ruling = _ballots(run, seq, row), _ruling(run, seq, row)
    tally = _tally(ballots)
    centre = np.frombuffer(row.centre, dtype="<f4")
    spread = np.frombuffer(row.spread, dtype="<f4")
    names = run.simulation.source.features
    return SignatureDetail(
        view=_view(run, seq, row, ruling, tally, ballots),
        fingerprint=row.fingerprint.hex(),
        centre=tuple(
            (name, float(c), float(s)) for name, c, s in zip(names, centre, spread, strict=True)
        ),
        ballots=ballots,
        rule=ruling.describe(tally)
        + _witnesses(run, ballots)
        + _everywhere(run, seq, row, ballots),
        life=_life(run, seq),
        deviations=_deviations(run, row, centre),
    )


def _witnesses(run: Run, ballots: tuple[BallotView, ...]) -> str:
    """How many find it anomalous or new themselves, without whom no majority accepts it."""
    able = [b for b in ballots if b.weight > 0 and b.reason != REASONS[Reason.NO_MODEL]]
    if not run.config.consensus.odd_share or not able:
        return ""
    odd = sum(ballot.reason in _ODD for ballot in able)
    return (
        f"; {odd} of {len(able)} in good standing who could judge find it anomalous or new"
        " themselves (an acceptance needs enough of them: consensus.odd_share)"
    )


def _everywhere(run: Run, seq: int, row: SignatureRow, ballots: tuple[BallotView, ...]) -> str:
    """Whether it was not accepted because it began for too many at once; see `everywhere.py`."""
    share, verdict = run.config.consensus.everywhere_share, run.reader.verdict(seq)
    able = sum(b.reason != REASONS[Reason.NO_MODEL] for b in ballots)
    sudden = sum(
        b.reason == REASONS[Reason.SUDDEN]
        and b.vote == "CONFIRM"
        and b.weight > 0
        and b.step - row.step <= AT_ONCE
        for b in ballots
    )
    accepted = verdict is not None and verdict.verdict == "ACCEPTED"
    if accepted or share >= NEVER or not sudden or sudden < share * able:
        return ""
    return (
        f"; it has just begun for {sudden} of {able}: what begins for so many at once is taken"
        " for a change of everybody's traffic (consensus.everywhere_share)"
    )


def _life(run: Run, seq: int) -> str:
    """What an accepted signature is worth now; empty for others."""
    verdict = run.reader.verdict(seq)
    if verdict is None or verdict.verdict != "ACCEPTED":
        return ""
    simulation, settings = run.simulation, run.config.signature
    lifetimes = simulation.assembly.lifetimes
    gone = run.reader.withdrawals().get(seq)
    if gone is not None and gone.step <= simulation.now:
        return (
            f"withdrawn at step {gone.step:,}: right after its acceptance it flagged traffic of"
            f" {gone.share:.0%} of the agents in good standing"
        )
    if seq not in lifetimes.renewed:
        return "not on the blocklist: like another one, or decayed, or forgotten"
    renewed = lifetimes.renewed[seq]
    if not settings.lifetime:
        return f"sighted last at step {renewed:,}; nothing decays"
    worth = lifetimes.worth(seq, simulation.now, settings)
    return f"worth {worth:.2f}, sighted last at step {renewed:,}, leaves at {settings.cutoff:g}"


def _ruling(run: Run, seq: int, row: SignatureRow) -> Ruling:
    """The rule of the verdict's day; the present one while there is no verdict."""
    verdict = run.reader.verdict(seq)
    then = ruling_of(verdict.rule) if verdict else None
    if then is not None:
        return then
    assembly, trust = run.simulation.assembly, run.config.trust
    held = bool(assembly.reputation.quarantined(trust)[row.publisher])
    return in_force(run.config.consensus, held=held)


def _ballots(run: Run, seq: int, signature: SignatureRow) -> tuple[BallotView, ...]:
    """All ballots in the order of the ledger."""
    cached = run.simulation.cached(signature.fingerprint)
    return tuple(
        BallotView(
            voter=voter,
            vote=Vote(vote).name,
            reason=REASONS[reason] if reason < len(REASONS) else f"reason {reason}",
            weight=weight / WEIGHT_UNIT,
            step=row.step,
            radius=float(radius) if code != UNMEASURED else None,
            cached=bool(cached[voter]),
        )
        for _, row in run.reader.tallies(seq)
        for (voter, vote, reason, weight), code, radius in _opened(row.ballots)
    )


def _opened(data: bytes) -> Iterator[tuple[tuple[int, int, int, int], int, float]]:
    """The ballots of a tally, each with the code of its radius and the radius."""
    codes = unpack_radii(data)
    return zip(unpack_ballots(data).tolist(), codes.tolist(), radius_of(codes, 0.0), strict=True)


def _tally(ballots: tuple[BallotView, ...]) -> Tally:
    confirm = [b.weight for b in ballots if b.vote == "CONFIRM"]
    refute = [b.weight for b in ballots if b.vote == "REFUTE"]
    return Tally(
        confirm=sum(confirm),
        refute=sum(refute),
        confirmations=sum(1 for weight in confirm if weight > 0),
        refutations=sum(1 for weight in refute if weight > 0),
    )


def _view(
    run: Run,
    seq: int,
    row: SignatureRow,
    ruling: Ruling,
    tally: Tally,
    ballots: tuple[BallotView, ...],
) -> SignatureView:
    verdict, truth = run.reader.verdict(seq), run.reader.truth(seq)
    pending = next((p for p in run.simulation.assembly.polls if p.id == seq), None)
    abstained = sum(1 for b in ballots if b.vote == "ABSTAIN")
    return SignatureView(
        id=seq,
        step=row.step,
        publisher=row.publisher,
        flows=row.flows,
        confidence=row.score,
        features=features_of(row),
        confirm=tally.confirm,
        refute=tally.refute,
        confirmations=tally.confirmations,
        refutations=tally.refutations,
        abstentions=pending.abstaining if pending else abstained,
        verdict=verdict.verdict if verdict else "PENDING",
        decided=verdict.step if verdict else None,
        expires=row.step + run.config.consensus.expiry_steps,
        truth=truth.truth if truth else "",
        attack=truth.attack if truth else "",
        rule=rule_view(ruling),
    )
