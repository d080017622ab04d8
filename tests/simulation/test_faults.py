"""Injected faults strike whom they should, show, and heal."""

from __future__ import annotations

import numpy as np
from laboratory import FLOOD, SCAN, Given, advance, opened

from sim.commands import InjectAttack, InjectFault, SetParameter, Targets, Undo
from sim.config.parameters import Value
from sim.ledger.ballots import unpack_ballots
from sim.ledger.rows import SignatureRow, StepRow, TallyRow
from sim.picture.painter import Painter
from sim.run.run import Run
from sim.snapshot import EMPTY, AgentState, Snapshot

SOME = (2, 5, 11)
TARGETS = Targets(agents=SOME)


def picture(experiment: Run) -> Snapshot:
    return Painter(experiment).paint(EMPTY)


def stopped(experiment: Run) -> list[int]:
    states = experiment.simulation.states()
    return np.flatnonzero(states == AgentState.STOPPED).tolist()


def errors(experiment: Run) -> dict[str, tuple[int, int, int]]:
    view = experiment.simulation.errors.view()
    return {e.kind: (e.count, e.first_step, e.last_step) for e in view}


def test_crashed_agents_stop_and_come_back() -> None:
    with opened() as experiment:
        given: Given = {4: (InjectFault("agent_crash", TARGETS, duration=3),)}
        found = []
        for _ in range(8):
            advance(experiment, 1, given)
            found.append(stopped(experiment))
            (shard,) = experiment.simulation.shards
            assert (shard.step.batch.lengths[found[-1]] == 0).all()
        assert found == [[], [], [], list(SOME), list(SOME), list(SOME), [], []]
        assert errors(experiment) == {"agent.crash": (3, 4, 4)}
        active = [row.active for _, row in experiment.reader.rows(StepRow)]
        assert active == [16, 16, 16, 13, 13, 13, 16, 16]


def test_the_crashed_do_not_vote() -> None:
    """The vote on what was published in step 6 comes while three agents are down."""
    crash = InjectFault("agent_crash", TARGETS, duration=3)
    with opened() as experiment:
        advance(experiment, 8, {6: (SCAN,), 7: (crash,)})
        voters = {
            (row.step, voter)
            for _, row in experiment.reader.rows(TallyRow)
            for voter in unpack_ballots(row.ballots)["voter"].tolist()
        }
    assert {step for step, _ in voters} >= {7}
    assert not [agent for step, agent in voters if step in (7, 8) and agent in SOME]


def test_a_crash_taken_back() -> None:
    with opened() as experiment:
        fault = InjectFault("agent_crash", TARGETS, duration=9)
        advance(experiment, 4, {3: (fault,), 4: (Undo(),)})
        assert stopped(experiment) == []


def test_agents_that_cannot_broadcast_stop_until_it_heals() -> None:
    scan = InjectAttack("port_scan", intensity=0.9, duration=2, targets=TARGETS)
    with opened() as experiment:
        given: Given = {6: (InjectFault("broadcast_failure", TARGETS, duration=4), scan)}
        advance(experiment, 6, given)
        advance(experiment, 1)
        assert stopped(experiment) == list(SOME)
        assert errors(experiment)["agent.broadcast"] == (3, 6, 6)
        advance(experiment, 3)
        assert stopped(experiment) == []
        publishers = {r.publisher for _, r in experiment.reader.rows(SignatureRow) if r.step == 6}
        assert not publishers & set(SOME)
        again = InjectAttack("ddos", intensity=0.9, duration=2, targets=TARGETS)
        advance(experiment, 1, {11: (again,)})
        publishers = {r.publisher for _, r in experiment.reader.rows(SignatureRow) if r.step == 11}
        assert publishers >= set(SOME)


def test_a_model_that_cannot_be_refitted_is_kept() -> None:
    settings: dict[str, Value] = {"detection.refit_interval": 1}
    with opened(settings) as experiment:
        advance(experiment, 5)
        (shard,) = experiment.simulation.shards
        before = shard.models.version.copy()
        location = shard.models.detector.location.copy()
        advance(experiment, 2, {6: (InjectFault("refit_failure", TARGETS, duration=2),)})
        grown = shard.models.version - before
        assert grown[list(SOME)].tolist() == [0, 0, 0]
        assert (np.delete(grown, SOME) == 2).all()
        assert (shard.models.detector.location[list(SOME)] == location[list(SOME)]).all()
        assert not np.isnan(shard.step.scores[list(SOME)]).any()
        assert errors(experiment) == {"agent.refit": (6, 6, 7)}
        advance(experiment, 1)
        assert (shard.models.version[list(SOME)] > before[list(SOME)]).all()


def test_faults_show_whom_they_strike_and_vanish_on_time() -> None:
    given: Given = {
        2: (
            InjectFault("agent_crash", TARGETS, duration=2),
            InjectFault("agent_crash", Targets(agents=(7,)), duration=3),
        )
    }
    with opened() as experiment:
        seen = []
        for _ in range(5):
            advance(experiment, 1, given)
            seen.append([(f.kind, f.until, f.text) for f in picture(experiment).faults])
    three, one = ("agent_crash", 4, "3 agents"), ("agent_crash", 5, "1 agents")
    assert seen == [[], [three, one], [three, one], [one], []]


def test_what_an_attack_moves_returns() -> None:
    """Alerts, the flows flagged and the recent quality go up under attack, and back after it."""
    alerts, flagged = [], []
    with opened({"traffic.skew": 0.0}) as experiment:
        for _ in range(20):
            advance(experiment, 1, {6: (SCAN,), 8: (FLOOD,)})
            states = experiment.simulation.states()
            alerts.append(int((states == AgentState.ALERT).sum()))
            (shard,) = experiment.simulation.shards
            flagged.append(int(shard.step.collective.sum()))
    calm, under_attack, after = slice(3, 5), slice(6, 12), slice(16, 20)
    assert min(flagged[under_attack]) > 3 * max(flagged[calm])
    assert max(flagged[after]) < min(flagged[under_attack])
    assert np.mean(alerts[under_attack]) > np.mean(alerts[after])


def test_a_change_of_the_batch_takes_effect_at_the_next_step() -> None:
    with opened() as experiment:
        advance(experiment, 3, {3: (SetParameter("traffic.batch_size", 5),)})
        rows = [row.flows for _, row in experiment.reader.rows(StepRow)]
    assert rows == [16 * 24, 16 * 24, 16 * 5]
