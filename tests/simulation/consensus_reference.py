"""What the ledger holds about every signature, checked against the plain rules."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from plain_consensus import PlainConsensus, PlainPoll

from sim.config.schema import Config
from sim.consensus.ballot_box import BallotBox
from sim.ledger.ballots import WEIGHT_UNIT, Vote, unpack_ballots
from sim.ledger.reader import LedgerReader
from sim.ledger.rows import SignatureRow, StepRow, TallyRow, VerdictRow


@dataclass
class Story:
    """All that happened to one signature."""

    row: SignatureRow
    ballots: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    """step, voter, vote, reason, weight in ballot units."""
    verdicts: list[VerdictRow] = field(default_factory=list)


def stories(reader: LedgerReader) -> dict[int, Story]:
    """Signature → what the ledger says about it."""
    found = {seq: Story(row) for seq, row in reader.rows(SignatureRow)}
    for _, tally in reader.rows(TallyRow):
        for voter, vote, reason, weight in unpack_ballots(tally.ballots).tolist():
            found[tally.signature].ballots.append((tally.step, voter, vote, reason, weight))
    for _, verdict in reader.rows(VerdictRow):
        found[verdict.signature].verdicts.append(verdict)
    return found


def check(reader: LedgerReader, config: Config, population: int) -> None:
    """Assert what must hold of a ledger whose consensus and trust settings never changed.

    Trust, weights, groups and verdicts are computed once more from the ballots alone. Who had no
    model yet, or finds something anomalous without a vote, is not in the ledger before the vote
    ends, so `consensus.able_share` and `consensus.odd_share` have to be 0, and
    `consensus.everywhere_share`, which is one of those with a model, 1.
    """
    assert config.consensus.odd_share == 0.0
    assert config.consensus.able_share == 0.0
    assert config.consensus.everywhere_share == 1.0
    last = max((step for step, _ in reader.heads()), default=0)
    told = stories(reader)
    plain = PlainConsensus(population, config)
    box = BallotBox(population, config.simulation.seed)
    for story in told.values():
        check_ballots(story, population)
    for step in range(1, last + 1):
        cast = {
            seq: {b[1]: (b[2], False, False, False) for b in told[seq].ballots if b[0] == step}
            for seq in plain.polls
        }
        weights = [
            (seq, voter, units)
            for seq in plain.polls
            for at, voter, vote, _, units in told[seq].ballots
            if at == step and vote != Vote.ABSTAIN
        ]
        polls = dict(plain.polls)
        verdicts = plain.step(step, cast)
        assert verdicts == {
            seq: v.verdict for seq, s in told.items() for v in s.verdicts if v.step == step
        }
        for seq, voter, units in weights:
            assert polls[seq].ballots[voter][1] == units
        for seq, story in told.items():
            if story.row.step == step:
                members = box._committee(seq, config.consensus.committee, story.row.publisher)
                centre = np.frombuffer(story.row.centre, dtype="<f4").tolist()
                plain.polls[seq] = PlainPoll(
                    step, story.row.publisher, np.flatnonzero(members).tolist(), centre
                )


def check_ballots(story: Story, population: int) -> None:
    """Assert that nobody voted twice, out of time, or on a signature of its own."""
    cast: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for step, voter, vote, _, weight in story.ballots:
        assert 0 <= voter < population and voter != story.row.publisher
        assert step > story.row.step and 0 <= weight <= WEIGHT_UNIT
        cast[voter].append((step, vote))
    assert all(len(votes) == 1 for votes in cast.values())
    assert len(story.verdicts) <= 1
    for verdict in story.verdicts:
        assert all(step <= verdict.step for step, *_ in story.ballots)
        definite = [vote for (vote,) in cast.values() if vote[1] != Vote.ABSTAIN]
        assert verdict.voters == len(definite)


def active(reader: LedgerReader) -> dict[int, int]:
    """Step → agents that took part."""
    return {row.step: row.active for _, row in reader.rows(StepRow)}
