"""The rules of the vote once more, in plain Python, from what the ledger holds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from sim.config.schema import ConsensusSection
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


def ruling(story: Story, step: int, settings: ConsensusSection) -> str | None:
    """The verdict that the ballots up to `step` give in this step, by the rules of section 5."""
    weight = dict.fromkeys((Vote.CONFIRM, Vote.REFUTE), 0)
    heads = dict.fromkeys((Vote.CONFIRM, Vote.REFUTE), 0)
    for cast, _, vote, _, units in story.ballots:
        if cast <= step and vote != Vote.ABSTAIN:
            weight[Vote(vote)] += units
            heads[Vote(vote)] += units > 0
    total = weight[Vote.CONFIRM] + weight[Vote.REFUTE]
    won = []
    for side, verdict in ((Vote.CONFIRM, "ACCEPTED"), (Vote.REFUTE, "REJECTED")):
        share = weight[side] / total if total else 0.0
        enough = share > 0.5 if settings.rule == "majority" else share >= settings.quorum
        if total and heads[side] >= settings.min_confirmations and enough:
            won.append((weight[side], verdict))
    if len(won) == 1:
        return won[0][1]
    if len(won) == 2 and won[0][0] != won[1][0]:
        return max(won)[1]
    return "EXPIRED" if step - story.row.step >= settings.expiry_steps else None


def check(reader: LedgerReader, settings: ConsensusSection, population: int) -> None:
    """Assert what must hold of a ledger whose consensus settings never changed."""
    last = max((step for step, _ in reader.heads()), default=0)
    for story in stories(reader).values():
        check_ballots(story, population)
        first = next(
            (s for s in range(story.row.step + 1, last + 1) if ruling(story, s, settings)), None
        )
        if first is None:
            assert not story.verdicts
        else:
            assert [(v.step, v.verdict) for v in story.verdicts] == [
                (first, ruling(story, first, settings))
            ]


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
