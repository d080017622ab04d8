"""Commands: what they change, what they refuse, and how undo takes them back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
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
    from_payload,
    kind_of,
    to_payload,
)
from sim.config.parameters import parameters
from sim.errors import CommandRejectedError
from sim.plugins.catalogue import ATTACKS, BEHAVIOURS
from sim.snapshot import UndoStep
from sim.steering.adversaries import code_of
from sim.steering.state import SteeringState

AGENTS = 20


def steered(**changes: Any) -> SteeringState:
    return SteeringState(
        loaded({"simulation.agents": AGENTS, **changes}).config, AGENTS, ATTACKS.names
    )


def state(of: SteeringState) -> tuple[Any, ...]:
    """Everything that decides what happens."""
    return (
        of.config.model_dump(),
        of.attacks,
        of.faults,
        of.behaviour.tolist(),
        of.behaviour_in(10).tolist(),
        of.corrupting,
    )


targets = st.one_of(
    st.builds(Targets, fraction=st.sampled_from([0.1, 0.35, 1.0])),
    st.builds(Targets, agents=st.lists(st.integers(0, AGENTS - 1), min_size=1).map(tuple)),
    st.builds(
        Targets,
        centre=st.tuples(st.integers(0, 3), st.integers(0, 3)),
        radius=st.sampled_from([0.0, 1.5]),
        spread=st.sampled_from([0.0, 0.5]),
    ),
)
values = st.one_of(
    st.tuples(st.just("detection.threshold"), st.sampled_from([0.5, 0.75, 1.0])),
    st.tuples(st.just("adversary.fraction"), st.sampled_from([0.0, 0.3, 1.0])),
    st.tuples(
        st.just("adversary.behaviour"), st.sampled_from(["honest", "spam", "betray", "flip_votes"])
    ),
    st.tuples(st.just("adversary.betray_after"), st.sampled_from([0, 3])),
    st.tuples(st.just("consensus.rule"), st.sampled_from(["majority", "weighted"])),
    st.tuples(st.just("cache.capacity"), st.sampled_from([0, 10])),
    st.tuples(st.just("traffic.batch_size"), st.sampled_from([5, 30])),
)
commands = st.one_of(
    values.map(lambda pair: SetParameter(*pair)),
    st.builds(
        InjectAttack,
        kind=st.sampled_from(ATTACKS.names),
        duration=st.integers(1, 5),
        targets=targets,
    ),
    st.builds(StopAttack, attack=st.integers(1, 4)),
    st.builds(SetAdversaries, behaviour=st.sampled_from(BEHAVIOURS.names), targets=targets),
    st.builds(
        InjectFault,
        kind=st.sampled_from(
            ["agent_crash", "broadcast_failure", "refit_failure", "cache_corruption"]
        ),
        duration=st.integers(1, 5),
        targets=targets,
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(commands, min_size=1, max_size=12))
def test_undo_and_redo_restore_exactly(sequence: list[Steering]) -> None:
    subject = steered()
    before, after = [], []
    for command in sequence:
        earlier = state(subject)
        try:
            subject.apply(command, 3, undoable=True)
        except CommandRejectedError:
            assert state(subject) == earlier
        else:
            before.append(earlier)
            after.append(state(subject))
    for earlier in reversed(before):
        subject.apply(Undo(), 3, undoable=True)
        assert state(subject) == earlier
    with pytest.raises(CommandRejectedError, match="nothing to undo"):
        subject.apply(Undo(), 3, undoable=True)
    for later in after:
        subject.apply(Redo(), 3, undoable=True)
        assert state(subject) == later
    with pytest.raises(CommandRejectedError, match="nothing to redo"):
        subject.apply(Redo(), 3, undoable=True)


@given(commands)
def test_a_command_survives_the_journal(command: Steering) -> None:
    payload = json.loads(json.dumps(to_payload(command)))
    assert from_payload(kind_of(command), payload) == command


def test_undo_of_a_share_brings_back_those_chosen_by_hand() -> None:
    subject = steered()
    subject.apply(SetAdversaries("poison", Targets(agents=(3, 9))), 2, undoable=True)
    subject.apply(SetParameter("adversary.fraction", 0.5), 4, undoable=True)
    assert (subject.behaviour == code_of("flip_votes")).sum() == 10
    subject.apply(Undo(), 9, undoable=True)
    assert np.flatnonzero(subject.behaviour).tolist() == [3, 9]
    assert subject.behaviour_since[[3, 9]].tolist() == [2, 2]


def test_a_new_command_forgets_what_was_undone() -> None:
    subject = steered()
    subject.apply(SetParameter("detection.threshold", 0.7), 1, undoable=True)
    subject.apply(Undo(), 1, undoable=True)
    assert subject.redo == UndoStep("detection.threshold 0.6 → 0.7", "detection.threshold")
    subject.apply(SetParameter("consensus.quorum", 0.5), 1, undoable=True)
    assert subject.redo is None


def test_what_a_scenario_does_is_not_a_persons_to_undo() -> None:
    subject = steered()
    subject.apply(SetParameter("detection.threshold", 0.7), 1, undoable=False)
    assert subject.undo is None
    with pytest.raises(CommandRejectedError):
        subject.apply(Undo(), 2, undoable=True)


def test_undo_says_what_really_held_before() -> None:
    subject = steered()
    subject.apply(SetParameter("detection.threshold", 0.7), 1, undoable=True)
    subject.apply(SetParameter("detection.threshold", 0.9), 2, undoable=False)
    change = subject.apply(Undo(), 3, undoable=True)
    assert (change.old, change.new) == (0.9, 0.6)
    assert subject.config.detection.threshold == 0.6


def test_what_is_over_does_not_come_back() -> None:
    subject = steered()
    for command in (
        InjectFault("agent_crash", Targets(fraction=1.0), duration=2),
        InjectAttack("ddos", duration=2),
    ):
        subject.apply(command, 1, undoable=True)
    subject.apply(Undo(), 2, undoable=True)
    subject.apply(Undo(), 2, undoable=True)
    subject.begin(5)
    for _ in range(2):
        subject.apply(Redo(), 5, undoable=True)
    assert subject.attacks == ()
    assert not subject.struck("agent_crash", 5).any()


def test_a_corruption_strikes_only_its_own_targets_and_not_when_undone() -> None:
    subject = steered()
    for agent in (1, 2):
        subject.begin(agent)
        fault = InjectFault("cache_corruption", Targets(agents=(agent,)), duration=9)
        subject.apply(fault, agent, undoable=True)
    (second,) = subject.corrupting
    assert np.flatnonzero(subject.hit_by(second, 2)).tolist() == [2]
    subject.apply(Undo(), 2, undoable=True)
    assert subject.corrupting == ()


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (SetParameter("detection.treshold", 0.5), "detection.threshold"),
        (SetParameter("nonsense", 1), "unknown key"),
        (SetParameter("detection.threshold", 1.5), "≤ 1"),
        (SetParameter("detection.threshold", float("nan")), "detection.threshold"),
        (SetParameter("detection.threshold", "much"), "a number"),
        (SetParameter("traffic.batch_size", True), "a whole number"),
        (SetParameter("simulation.seed", 4), "restart"),
        (SetParameter("detection.min_window", 2000), "detection.window"),
        (InjectAttack("port_scam"), "port_scan"),
        (InjectAttack("\x1b[2Jevil"), r"\\x1b"),
        (InjectAttack("ddos", targets=Targets(agents=(AGENTS,))), "no agent 20"),
        (InjectAttack("ddos", targets=Targets(centre=(90, 90))), "reach no agent"),
        (InjectFault("agent_crash", Targets(centre=(90, 90))), "reach no agent"),
        (SetAdversaries("spam", Targets(centre=(90, 90))), "reach no agent"),
        (StopAttack(7), "no attack 7"),
        (Undo(), "nothing to undo"),
        (Redo(), "nothing to redo"),
    ],
    ids=str,
)
def test_refusals_have_a_reason_and_change_nothing(command: Steering, reason: str) -> None:
    subject = steered()
    before = state(subject)
    with pytest.raises(CommandRejectedError, match=reason) as refused:
        subject.apply(command, 1, undoable=True)
    assert "\n" not in str(refused.value) and "\x1b" not in str(refused.value)
    assert state(subject) == before
    assert subject.undo is None


@pytest.mark.parametrize("parameter", [p for p in parameters() if p.live], ids=lambda p: p.key)
def test_every_live_parameter_can_be_set_and_taken_back(parameter: Any) -> None:
    other = {
        "bool": not parameter.default,
        "choice": parameter.choices[-1] if parameter.choices else "",
        "int": min((parameter.low or 0) + 7, parameter.high or 7),
        "float": parameter.high if (parameter.high or 0) > 0 else 1.0,
    }[parameter.kind]
    subject = steered()
    before = subject.value(parameter.key)
    change = subject.apply(SetParameter(parameter.key, other), 1, undoable=True)
    assert subject.value(parameter.key) == other
    assert (change.old, change.new) == (before, other)
    subject.apply(Undo(), 1, undoable=True)
    assert subject.value(parameter.key) == before


def test_shares_of_adversaries() -> None:
    subject = steered(**{"adversary.fraction": 0.25, "adversary.behaviour": "silent"})
    assert (subject.behaviour == code_of("silent")).sum() == 5
    first = set(np.flatnonzero(subject.behaviour).tolist())
    subject.apply(SetParameter("adversary.fraction", 0.5), 2, undoable=True)
    assert first < set(np.flatnonzero(subject.behaviour).tolist())
    subject.apply(SetParameter("adversary.behaviour", "spam"), 3, undoable=True)
    assert set(subject.behaviour.tolist()) == {0, code_of("spam")}
    subject.apply(SetAdversaries("honest", Targets(fraction=1.0)), 4, undoable=True)
    assert not subject.behaviour.any()


def test_traitors_turn_on_time() -> None:
    subject = steered(**{"adversary.betray_after": 4})
    subject.apply(SetAdversaries("betray", Targets(agents=(5,))), 3, undoable=True)
    turned = [bool(subject.behaviour_in(step)[5]) for step in range(3, 9)]
    assert turned == [False, False, False, False, True, True]


def test_a_region_spreads() -> None:
    subject = steered()
    target = Targets(centre=(0, 0), radius=0.0, spread=1.0)
    subject.apply(InjectAttack("ddos", targets=target, duration=9), 2, undoable=True)
    (attack,) = subject.attacks
    # Five columns: after two steps all within two cells of the corner.
    assert np.flatnonzero(subject.reached(attack, 2)).tolist() == [0]
    assert np.flatnonzero(subject.reached(attack, 3)).tolist() == [0, 1, 5]
    assert np.flatnonzero(subject.reached(attack, 4)).tolist() == [0, 1, 2, 5, 6, 10]


def test_attacks_end_on_time_and_can_be_ended_before() -> None:
    short = replace(SCAN, duration=3)
    with opened() as experiment:
        attacked = []
        for _ in range(14):
            advance(experiment, 1, {6: (short,), 11: (short,), 13: (StopAttack(2),)})
            (shard,) = experiment.simulation.shards
            attacked.append(bool((shard.step.batch.truth > 0).any()))
        assert [i + 1 for i, hit in enumerate(attacked) if hit] == [6, 7, 8, 11, 12]


def test_the_journal_has_old_and_new_values() -> None:
    with opened() as experiment:
        advance(
            experiment,
            4,
            {
                2: (SetParameter("detection.threshold", 0.7), SetParameter("no.key", 1)),
                3: (SetAdversaries("spam", Targets(agents=(1, 2))), SCAN),
                4: (StopAttack(1), Undo()),
            },
        )
        rows = [row for _, row in experiment.reader.commands()]
    assert [(r.step, r.kind, json.loads(r.old), json.loads(r.new), r.status) for r in rows] == [
        (2, "set_parameter", 0.6, 0.7, "applied"),
        (2, "set_parameter", None, None, "rejected"),
        (3, "set_adversaries", {"honest": 2}, {"spam": 2}, "applied"),
        (3, "inject_attack", None, {"attack": 1, "until": 11}, "applied"),
        (4, "stop_attack", {"attack": 1, "until": 11}, None, "applied"),
        (4, "undo", None, {"attack": 1, "until": 11}, "applied"),
    ]
    assert "unknown key" in rows[1].reason
