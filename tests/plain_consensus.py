"""The decision rules once more, from the description: plain Python, no arrays, no cache.

It knows nothing of the engine but the numbers of the configuration, and keeps every poll as a
list of ballots. Arithmetic that has to agree to the last bit is written in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.config.schema import Config

CONFIRM, REFUTE, ABSTAIN, UNIT = 1, 2, 3, 65535
HISTORY, COMMON, ALIKE = 64, 3, 0.5
Said = tuple[int, bool, bool, bool]
"""A vote; whether its voter has no model, it has just begun for it, and it finds it anomalous."""


@dataclass
class PlainPoll:
    step: int
    publisher: int
    members: list[int]
    centre: list[float] = field(default_factory=list)
    ballots: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Voter → vote, weight in units."""
    sudden: int = 0
    """Confirmations, with a weight and soon, of those to whom it has just begun to come."""

    def units(self, vote: int) -> int:
        return sum(units for said, units in self.ballots.values() if said == vote)

    def heads(self, vote: int) -> int:
        return sum(1 for said, units in self.ballots.values() if said == vote and units > 0)


class PlainConsensus:
    """Polls, trust and groups of a small population."""

    def __init__(self, agents: int, config: Config) -> None:
        self.config = config
        self.good, self.bad = [0.0] * agents, [0.0] * agents
        self.polls: dict[int, PlainPoll] = {}
        self.dissent: list[set[int]] = []
        self.vouched: list[list[float]] = []

    def trust(self, agent: int) -> float:
        good = self.good[agent] + self.config.trust.prior
        return good / (good + self.bad[agent] + self.config.trust.prior)

    def weight(self, agent: int) -> float:
        trust = self.config.trust
        if self.trust(agent) < trust.quarantine:
            return 0.0
        if self.config.consensus.rule != "weighted":
            return 1.0
        evidence = self.good[agent] + self.bad[agent]
        certainty = evidence / (evidence + 2.0 * trust.prior)
        return self.trust(agent) * (trust.newcomer + (1.0 - trust.newcomer) * certainty)

    def step(self, step: int, said: dict[int, dict[int, Said]]) -> dict[int, str]:
        """One step: signature → voter → what it said. Returns the verdicts."""
        trust = self.config.trust
        for agent in range(len(self.good)):
            self.good[agent] *= trust.forgetting
            self.bad[agent] *= trust.forgetting
        weights = [self.weight(agent) for agent in range(len(self.good))]
        over: dict[int, str] = {}
        for seq, poll in self.polls.items():
            waiting = [m for m in poll.members if m not in poll.ballots]
            votes = {m: said[seq][m] for m in waiting if m in said[seq]}
            unable = sum(1 for vote, missing, *_ in votes.values() if vote == ABSTAIN and missing)
            told = {m: (vote, True) for m, (vote, _) in poll.ballots.items()}
            told |= {m: (v, finds) for m, (v, missing, _, finds) in votes.items() if not missing}
            heard = [said for voter, said in told.items() if weights[voter] > 0]
            odd = sum(1 for v, finds in heard if v == CONFIRM or (v == ABSTAIN and finds))
            for voter, (vote, _, sudden, _) in votes.items():
                if vote != ABSTAIN:
                    units = round(weights[voter] * UNIT)
                    poll.ballots[voter] = (vote, units)
                    soon = vote == CONFIRM and sudden and step - poll.step <= 3
                    poll.sudden += soon and units > 0
            strange = odd >= self.config.consensus.odd_share * len(heard)
            verdict = self.verdict(poll, step, unable, weights, strange)
            if verdict:
                over[seq] = verdict
        right, wrong = [0.0] * len(self.good), [0.0] * len(self.good)
        for seq in over:
            poll = self.polls.pop(seq)
            if over[seq] == "ACCEPTED" and weights[poll.publisher] > 0:
                self.vouched = [*self.vouched, poll.centre][-200:]
            self.conclude(poll, weights, right, wrong)
        for agent in range(len(self.good)):
            self.good[agent] += min(right[agent], trust.growth)
            self.bad[agent] += min(wrong[agent], 1.0) * trust.penalty
        return over

    def outcome(self, poll: PlainPoll) -> str:
        rules = self.config.consensus
        confirm, refute = poll.units(CONFIRM), poll.units(REFUTE)
        total = confirm + refute
        won = []
        for vote, units, name in ((CONFIRM, confirm, "ACCEPTED"), (REFUTE, refute, "REJECTED")):
            share = units / total if total else 0.0
            enough = share > 0.5 if rules.rule == "majority" else share >= rules.quorum
            if total and enough and poll.heads(vote) >= rules.min_confirmations:
                won.append((units, name))
        if len(won) == 2 and won[0][0] == won[1][0]:
            return ""
        return max(won)[1] if won else ""

    def verdict(
        self, poll: PlainPoll, step: int, unable: int, weights: list[float], strange: bool
    ) -> str:
        rules = self.config.consensus
        outcome = self.outcome(poll)
        if outcome == "REJECTED":
            return outcome
        if outcome == "ACCEPTED":
            able = len(poll.members) - unable
            early = step - poll.step <= rules.expiry_steps // 2
            waits = early and able < rules.able_share * len(poll.members)
            vouched = any(self.alike(poll.centre, other) for other in self.vouched)
            held = weights[poll.publisher] == 0.0 and (poll.units(REFUTE) > 0 or not vouched)
            share = rules.everywhere_share
            everywhere = share < 1.0 and poll.sudden >= share * able
            if strange and not (waits or held or everywhere) and self.diverse(poll, weights):
                return outcome
        return "EXPIRED" if step - poll.step >= rules.expiry_steps else ""

    def alike(self, one: list[float], other: list[float]) -> bool:
        return all(abs(a - b) <= 1.0 for a, b in zip(one, other, strict=True))

    def diverse(self, poll: PlainPoll, weights: list[float]) -> bool:
        needed, found = self.config.consensus.min_groups, 0
        left = sorted(v for v, (vote, _) in poll.ballots.items() if vote == CONFIRM and weights[v])
        left = [voter for voter in left if not self.akin(voter, poll.publisher)]
        while left and needed > 1:
            first, found = left[0], found + 1
            left = [voter for voter in left[1:] if not self.akin(voter, first)]
        return needed == 1 or found >= needed

    def akin(self, one: int, other: int) -> bool:
        both = sum(1 for losers in self.dissent if one in losers and other in losers)
        either = sum(1 for losers in self.dissent if one in losers or other in losers)
        return both >= COMMON and both >= ALIKE * either

    def conclude(
        self, poll: PlainPoll, weights: list[float], right: list[float], wrong: list[float]
    ) -> None:
        confirm, refute = poll.units(CONFIRM), poll.units(REFUTE)
        if confirm != refute:
            lost = REFUTE if confirm > refute else CONFIRM
            losers = {voter for voter, (vote, _) in poll.ballots.items() if vote == lost}
            self.dissent = [*self.dissent, losers][-HISTORY:] if losers else self.dissent
        asked = sum(1 for member in poll.members if weights[member] > 0)
        if not asked:
            return
        confirming, refuting = poll.heads(CONFIRM), poll.heads(REFUTE)
        share = min(1.0, max(confirming, refuting) / asked)
        if share > self.config.trust.evidence_share and confirming != refuting:
            side = CONFIRM if confirming > refuting else REFUTE
            for voter, (vote, _) in poll.ballots.items():
                (right if vote == side else wrong)[voter] += share
        outcome = self.outcome(poll)
        if outcome == "ACCEPTED":
            right[poll.publisher] += min(1.0, confirming / asked)
        elif outcome == "REJECTED":
            wrong[poll.publisher] += min(1.0, refuting / asked)
