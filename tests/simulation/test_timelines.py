"""Any sequence of commands: the same on every executor, repeatable, and true to the rules."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from consensus_reference import active, check, check_ballots, stories
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from laboratory import SCAN, advance, loaded, opened

from sim.commands import (
    InjectAttack,
    InjectFault,
    Redo,
    SetAdversaries,
    SetParameter,
    Steering,
    StopAttack,
    Targets,
    Undo,
)
from sim.config.parameters import Value
from sim.ledger.ballots import Vote
from sim.ledger.reader import open_read_only
from sim.ledger.verify import verify
from sim.run.run import Run, make_parts
from sim.steering.adversaries import code_of
from sim.steering.journal import OrdersByStep, recorded_orders

AGENTS = 12
STEPS = 10
FAST: dict[str, Value] = {
    "simulation.agents": AGENTS,
    "traffic.batch_size": 24,
    "detection.window": 48,
    "detection.min_window": 24,
    "consensus.expiry_steps": 3,
    "consensus.min_confirmations": 2,
}
targets = st.one_of(
    st.builds(Targets, fraction=st.sampled_from([0.2, 0.6, 1.0])),
    st.builds(Targets, agents=st.lists(st.integers(0, AGENTS + 1), min_size=1).map(tuple)),
    st.builds(Targets, centre=st.tuples(st.integers(0, 5), st.integers(0, 3))),
)
population = st.one_of(
    st.builds(
        InjectAttack,
        kind=st.sampled_from(["port_scan", "ddos", "nonsense"]),
        intensity=st.sampled_from([0.4, 0.9]),
        duration=st.integers(1, 5),
        targets=targets,
    ),
    st.builds(StopAttack, attack=st.integers(1, 3)),
    st.builds(
        SetAdversaries,
        behaviour=st.sampled_from(
            ["honest", "flip_votes", "spam", "poison", "collude", "silent", "betray", "sybil"]
        ),
        targets=targets,
    ),
    st.builds(
        InjectFault,
        kind=st.sampled_from(
            ["agent_crash", "broadcast_failure", "refit_failure", "cache_corruption"]
        ),
        duration=st.integers(1, 4),
        targets=targets,
    ),
)
tuning = st.sampled_from(
    [
        SetParameter("detection.threshold", 0.5),
        SetParameter("detection.threshold", 0.9),
        SetParameter("traffic.batch_size", 9),
        SetParameter("cache.capacity", 0),
        SetParameter("cache.capacity", 24),
        SetParameter("cache.ttl_steps", 1),
        SetParameter("signature.min_flows", 1),
        SetParameter("trust.quarantine", 0.45),
        SetParameter("adversary.fraction", 0.4),
        SetParameter("adversary.behaviour", "spam"),
        SetParameter("simulation.agents", 3),
        SetParameter("no.such", 1),
        Undo(),
        Redo(),
    ]
)


def about_trust(command: Steering) -> bool:
    """Whether it changes how votes weigh."""
    return isinstance(command, SetParameter) and command.key.startswith("trust.")


ruling = st.sampled_from(
    [
        SetParameter("consensus.rule", "majority"),
        SetParameter("consensus.rule", "weighted"),
        SetParameter("consensus.quorum", 0.3),
        SetParameter("consensus.committee", 5),
        SetParameter("consensus.expiry_steps", 1),
        SetParameter("consensus.min_confirmations", 1),
    ]
)


def timelines(command: st.SearchStrategy[Steering]) -> st.SearchStrategy[dict[int, list[Steering]]]:
    return st.dictionaries(
        st.integers(2, STEPS), st.lists(command, min_size=1, max_size=3), max_size=5
    )


def play(
    file: Path, timeline: dict[int, list[Steering]], **settings: Value
) -> tuple[str, OrdersByStep]:
    """Head and journal of a run in this file, which is verified, too."""
    with opened({**FAST, **settings}, file=file) as experiment:
        advance(experiment, STEPS, {4: [SCAN], **timeline})
        head = experiment.ledger.head_hex
    report = verify(file)
    assert report.problems == ()
    assert report.head == head
    reader = open_read_only(file)
    try:
        return head, recorded_orders(reader)
    finally:
        reader.close()


def replayed(journal: OrdersByStep) -> str:
    configuration = loaded(FAST)
    experiment = Run(configuration, make_parts(configuration), None)
    try:
        for step in range(1, STEPS + 1):
            experiment.advance(journal.get(step, ()))
        return experiment.ledger.head_hex
    finally:
        experiment.close()


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(timeline=timelines(st.one_of(population, tuning, ruling)))
@pytest.mark.usefixtures("small_shards")
def test_the_same_on_every_executor_and_in_a_replay(timeline: dict[int, list[Steering]]) -> None:
    with TemporaryDirectory() as folder:
        one, journal = play(Path(folder) / "one.db", timeline)
        threads: dict[str, Value] = {"simulation.executor": "threads", "simulation.workers": 2}
        two, _ = play(Path(folder) / "two.db", timeline, **threads)
    assert one == two
    assert replayed(journal) == one


@settings(max_examples=10, deadline=None)
@given(
    timeline=timelines(st.one_of(population, tuning.filter(lambda c: not about_trust(c)))),
    rule=st.sampled_from(["majority", "quorum", "weighted"]),
    quorum=st.sampled_from([0.3, 0.6, 1.0]),
    committee=st.sampled_from([0, 5]),
)
def test_verdicts_are_those_of_the_rules(
    timeline: dict[int, list[Steering]], rule: str, quorum: float, committee: int
) -> None:
    """Recomputed from the ballots in the ledger, as long as the rules themselves stay."""
    ruled: dict[str, Value] = {
        "consensus.rule": rule,
        "consensus.quorum": quorum,
        "consensus.committee": committee,
        "consensus.able_share": 0.0,
        "consensus.odd_share": 0.0,
        "consensus.everywhere_share": 1.0,
    }
    with TemporaryDirectory() as folder:
        play(Path(folder) / "one.db", timeline, **ruled)
        reader = open_read_only(Path(folder) / "one.db")
        try:
            check(reader, loaded({**FAST, **ruled}).config, AGENTS)
        finally:
            reader.close()


@settings(max_examples=10, deadline=None)
@given(timeline=timelines(st.one_of(population, tuning, ruling)))
def test_after_every_step(timeline: dict[int, list[Steering]]) -> None:
    """Final stays final, nobody votes twice, and everybody who may vote is accounted for."""
    final: dict[int, str] = {}
    with opened(FAST) as experiment:
        simulation = experiment.simulation
        for step in range(1, STEPS + 1):
            advance(experiment, 1, {4: [SCAN], **timeline})
            silent = simulation.stopped | (
                simulation.steered.behaviour_in(step) == code_of("silent")
            )
            for poll in simulation.assembly.polls:
                undecided = poll.eligible & (poll.cast == 0) & ~silent
                assert poll.abstaining == undecided.sum()
            told = stories(experiment.reader)
            for seq, story in told.items():
                check_ballots(story, AGENTS)
                verdict = story.verdicts[0].verdict if story.verdicts else ""
                assert final.setdefault(seq, verdict or "") in ("", verdict)
                final[seq] = verdict
                if verdict == "ACCEPTED":
                    confirmed = {v for _, v, vote, _, w in story.ballots if vote == 1 and w}
                    least = experiment.config.consensus.min_confirmations
                    if story.verdicts[0].step == step:
                        assert len(confirmed) >= least
            stopped = set(simulation.stopped.nonzero()[0].tolist())
            voted = {
                voter
                for story in told.values()
                for cast, voter, vote, _, _ in story.ballots
                if cast == step and vote != Vote.ABSTAIN
            }
            assert not voted & stopped
            assert active(experiment.reader)[step] == AGENTS - len(stopped)
