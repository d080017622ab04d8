"""The engine and the plain rules agree on any history of votes."""

from __future__ import annotations

import numpy as np
import pytest
from plain_consensus import PlainConsensus, PlainPoll

from sim.config.schema import Config
from sim.consensus.assembly import Assembly
from sim.consensus.votes import ODD, Reason
from sim.ledger.ballots import Vote
from sim.ledger.rows import Row, SignatureRow, TallyRow, VerdictRow

FEATURES = 2
PLACES = (0.0, 0.75, 1.5)
"""Of signatures in the first feature: neighbours are alike, the first and the last are not."""


class Notebook:
    """Takes rows where a ledger would."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def append(self, row: Row) -> int:
        self.rows.append(row)
        return len(self.rows)


def drawn_config(rng: np.random.Generator, agents: int) -> Config:
    """Some numbers of the rules, drawn so that equal shares and the bounds come up."""
    return Config.model_validate(
        {
            "simulation": {"agents": agents, "seed": int(rng.integers(1, 1000))},
            "consensus": {
                "rule": str(rng.choice(["majority", "quorum", "weighted"])),
                "quorum": float(rng.choice([0.3, 0.5, 0.6, 0.75, 1.0])),
                "min_confirmations": int(rng.integers(1, 4)),
                "min_groups": int(rng.integers(1, 4)),
                "odd_share": float(rng.choice([0.0, 0.3, 0.6])),
                "everywhere_share": float(rng.choice([0.2, 0.5, 1.0])),
                "able_share": float(rng.choice([0.0, 0.5, 1.0])),
                "expiry_steps": int(rng.integers(1, 6)),
                "committee": int(rng.choice([0, agents // 2])),
            },
            "trust": {
                "prior": float(rng.choice([0.5, 2.0])),
                "forgetting": float(rng.choice([0.7, 0.98, 1.0])),
                "penalty": float(rng.choice([1.0, 3.0])),
                "growth": float(rng.choice([0.1, 0.5, 2.0])),
                "evidence_share": float(rng.choice([0.0, 0.35, 0.6])),
                "newcomer": float(rng.choice([0.2, 1.0])),
                "quarantine": float(rng.choice([0.0, 0.25, 0.45])),
            },
        }
    )


TOLD = ((Reason.NO_MODEL,), (Reason.SUDDEN,), ODD)


def play(seed: int, steps: int, per_step: int) -> int:
    """One population through some steps, in both; returns the signatures that were decided."""
    rng = np.random.default_rng(seed)
    agents = int(rng.integers(4, 11))
    config = drawn_config(rng, agents)
    engine, plain = Assembly(agents, FEATURES, config), PlainConsensus(agents, config)
    everyone = np.arange(agents, dtype=np.int64)
    # A mood for each agent, so that some confirm together and are outvoted together.
    mood = rng.choice([0.0, 0.5, 0.9, 1.0], size=agents)
    decided, seq = 0, 0
    for step in range(1, steps + 1):
        engine.open_vote()
        votes, reasons = drawn_votes(rng, mood, len(engine.polls))
        engine.collect(everyone, votes, reasons)
        said = {
            poll.id: {
                a: (int(votes[a, i]), *(bool(reasons[a, i] in some) for some in TOLD))
                for a in range(agents)
                if votes[a, i]
            }
            for i, poll in enumerate(engine.polls)
        }
        notebook = Notebook()
        engine.decide(step, notebook)  # type: ignore[arg-type]
        expected = plain.step(step, said)
        given = {r.signature: r.verdict for r in notebook.rows if isinstance(r, VerdictRow)}
        assert given == expected, (seed, step)
        assert engine.reputation.trust(config.trust).tolist() == [
            plain.trust(a) for a in range(agents)
        ], (seed, step)
        check_weights(notebook, engine)
        decided += len(given)
        for _ in range(per_step):
            seq += 1
            publisher = int(rng.integers(agents))
            centre = [float(rng.choice(PLACES)), 0.0]
            content = np.array(centre, dtype="<f4").tobytes()
            row = SignatureRow(step, publisher, 3, 0.9, content, content, "[]", b"content!")
            assert engine.admit(seq, row)
            members = next(p for p in engine.polls if p.id == seq).members.tolist()
            plain.polls[seq] = PlainPoll(step, publisher, members, centre)
    return decided


def drawn_votes(
    rng: np.random.Generator, mood: np.ndarray, polls: int
) -> tuple[np.ndarray, np.ndarray]:
    """(A, S) votes, some of them not given at all, and (A, S) reasons."""
    shape = (len(mood), polls)
    chance = rng.random(shape)
    votes = np.where(rng.random(shape) < mood[:, None], Vote.CONFIRM, Vote.REFUTE)
    votes = np.where(chance < 0.35, Vote.ABSTAIN, np.where(chance < 0.45, 0, votes))
    drawn = [Reason.NO_MODEL, Reason.UNDECIDED, Reason.SUDDEN, Reason.NOVEL]
    reasons = rng.choice(drawn, size=shape)
    return votes.astype(np.uint8), reasons.astype(np.uint8)


def check_weights(notebook: Notebook, engine: Assembly) -> None:
    """What a tally weighs is no more than its voters."""
    for row in notebook.rows:
        if isinstance(row, TallyRow):
            assert row.confirm + row.refute <= len(row.ballots) // 8 + 1e-9


def agree(first: int, populations: int) -> int:
    return sum(play(seed, steps=20, per_step=5) for seed in range(first, first + populations))


def test_engine_and_plain_rules_agree() -> None:
    assert agree(1, 60) > 4000


@pytest.mark.long
def test_engine_and_plain_rules_agree_on_a_hundred_thousand_histories() -> None:
    assert agree(1000, 1300) >= 100_000
