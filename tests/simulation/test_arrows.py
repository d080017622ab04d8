"""Arrows between the boxes of one agent's step: what goes in at one end comes out at the other."""

from __future__ import annotations

import numpy as np
from laboratory import SMALL, advance, opened

from sim.commands import InjectAttack, Order, Targets
from sim.ledger.ballots import unpack_ballots
from sim.ledger.rows import SignatureRow, TallyRow, TruthRow
from sim.run.run import Run

ATTACKED = (1, 4, 6, 9, 11, 14)
SCAN = InjectAttack("port_scan", intensity=0.9, duration=4, targets=Targets(agents=ATTACKED))
AGENTS = int(SMALL["simulation.agents"])


def signatures(run: Run) -> list[tuple[int, SignatureRow]]:
    return list(run.reader.rows(SignatureRow))


def test_what_is_observed_is_what_is_scored() -> None:
    with opened() as run:
        advance(run, 5)
        model = run.simulation
        model.begin()
        model.calls.each("observe")
        (shard,) = model.shards
        batch = shard.step.batch
        calm = shard.models.detector.score(shard.everyone, batch.flows, batch.lengths)
        batch.flows[3] += 40.0
        model.calls.each("detect")
        others = shard.everyone != 3
        assert np.array_equal(shard.step.scores[others], calm[others])
        assert (calm[3] < 0.6).any() and (shard.step.scores[3] >= 0.6).all()
        assert shard.step.solo[3].all()


def test_who_is_attacked_publishes_what_it_finds_and_nobody_else() -> None:
    with opened() as run:
        advance(run, 9)
        before = {row.publisher for _, row in signatures(run)}
    assert not before & set(ATTACKED), "without an attack they publish nothing"
    with opened() as run:
        advance(run, 9, {6: (SCAN,)})
        found = [(seq, row) for seq, row in signatures(run) if row.publisher not in before]
        truths = {row.signature: row for _, row in run.reader.rows(TruthRow)}
    assert found and {row.publisher for _, row in found} <= set(ATTACKED)
    assert {truths[seq].attack for seq, _ in found} == {"port_scan"}
    assert all("distinct_ports" in row.features and row.flows >= 3 for _, row in found)


def test_what_an_agent_publishes_is_in_the_ledger_by_its_id() -> None:
    with opened() as run:
        advance(run, 5)
        model = run.simulation
        model.begin([Order(SCAN)])
        agents = sorted(model.agents, key=lambda agent: agent.id)
        for phase in ("observe", "detect"):
            for agent in agents:
                getattr(agent, phase)()
        published = [one for agent in agents for one in agent.publish()]
        model.decide()
        for agent in agents:
            agent.learn()
        model.record()
        run.ledger.commit(model.draft)
        assert published
        for one in published:
            row, said = run.reader.signature(one.id), one.signature
            assert row is not None
            assert (row.step, row.publisher, row.flows) == (6, said.publisher, said.flows)
            assert (row.score, row.fingerprint) == (said.confidence, said.fingerprint)
            assert row.centre == said.centre.astype("<f4").tobytes()


def test_what_was_published_is_judged_by_all_others_in_the_next_step() -> None:
    with opened() as run:
        advance(run, 7, {6: (SCAN,)})
        found = [seq for seq, row in signatures(run) if row.step == 6]
        tallies = {row.signature: row for _, row in run.reader.rows(TallyRow) if row.step == 7}
        assert found and set(tallies) >= set(found)
        for seq in found:
            row = run.reader.signature(seq)
            assert row is not None
            voters = unpack_ballots(tallies[seq].ballots)["voter"].tolist()
            assert sorted(voters) == [a for a in range(AGENTS) if a != row.publisher]


def test_a_judgement_serves_until_the_model_is_another() -> None:
    settings = {"detection.refit_interval": 200, "consensus.min_confirmations": 99}
    with opened(settings) as run:
        advance(run, 7, {6: (SCAN,)})
        missed = run.simulation.cache_counts()["misses"]
        advance(run, 2)
        counts = run.simulation.cache_counts()
        assert missed > 0 and counts["hits"] > 0
        (shard,) = run.simulation.shards
        shard.models.version += 1
        before = run.simulation.cache_counts()["hits"]
        advance(run, 1)
        after = run.simulation.cache_counts()
        assert after["misses"] > counts["misses"]
        assert after["hits"] - before < counts["hits"]
