"""Each behaviour does what `sim.steering.adversaries` says; and nobody sees the truth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laboratory import EVENTFUL, FLOOD, SCAN, Given, advance, loaded, opened

from sim.commands import InjectFault, Targets
from sim.config.parameters import Value
from sim.consensus.votes import Reason
from sim.ledger.ballots import Vote, unpack_ballots
from sim.ledger.rows import CommandRow, SignatureRow, TallyRow, TruthRow, VerdictRow
from sim.plugins.catalogue import BEHAVIOURS
from sim.run.run import Parts, Run, make_parts
from sim.steering.adversaries import bend_votes, code_of
from sim.traffic.attacks import Attack
from sim.traffic.source import Batch, Rows
from sim.traffic.synthetic import SyntheticTraffic

ATTACKS: Given = {6: (SCAN,), 10: (FLOOD,)}


@contextmanager
def misbehaving(behaviour: str, steps: int = 14, fraction: float = 0.25) -> Iterator[Run]:
    settings: dict[str, Value] = {
        "adversary.fraction": fraction,
        "adversary.behaviour": behaviour,
        "adversary.betray_after": 8,
    }
    with opened(settings) as experiment:
        advance(experiment, steps, ATTACKS)
        yield experiment


def liars(experiment: Run) -> set[int]:
    return set(np.flatnonzero(experiment.simulation.steered.behaviour).tolist())


def published(experiment: Run) -> list[tuple[int, int, str, SignatureRow]]:
    """(step, publisher, truth, row) of every signature."""
    truth = {row.signature: row.truth for _, row in experiment.reader.rows(TruthRow)}
    return [
        (row.step, row.publisher, truth[seq], row)
        for seq, row in experiment.reader.rows(SignatureRow)
    ]


def ballots(experiment: Run) -> list[tuple[int, int, int, int, int]]:
    """(step, signature, voter, vote, reason) of every ballot."""
    return [
        (row.step, seq, voter, vote, reason)
        for seq, _ in experiment.reader.signatures_after(-1)
        for _, row in experiment.reader.tallies(seq)
        for voter, vote, reason, _ in unpack_ballots(row.ballots).tolist()
    ]


def test_spammers_publish_three_flows_in_every_step_once_they_have_a_model() -> None:
    with misbehaving("spam", steps=9) as experiment:
        spammers = liars(experiment)
        assert len(spammers) == 4
        for step in range(3, 10):
            for spammer in spammers:
                mine = [r for s, p, _, r in published(experiment) if (s, p) == (step, spammer)]
                assert any(row.flows == 3 for row in mine)
        alarms = {p for s, p, t, _ in published(experiment) if t == "false_alarm" and s < 6}
        assert alarms >= spammers


def test_poisoners_publish_their_normal_traffic_as_an_attack() -> None:
    with misbehaving("poison", steps=16) as experiment:
        poisoners = liars(experiment)
        poison = [(p, row) for _, p, truth, row in published(experiment) if truth == "poison"]
        assert {p for p, _ in poison} == poisoners
        assert all(row.flows == 8 and row.score == 0.99 for _, row in poison)
        # About a quarter of the steps: 4 agents, 14 steps with a model.
        assert 4 <= len(poison) <= 28
        (shard,) = experiment.simulation.shards
        centres = np.stack([np.frombuffer(row.centre, dtype="<f4") for _, row in poison])
        rows = np.array([p for p, _ in poison])
        own = [
            shard.models.detector.score(rows[i : i + 1], centres[None, i : i + 1], np.array([1]))
            for i in range(len(rows))
        ]
        assert np.median(np.concatenate(own)) < 0.5
        accepted = experiment.simulation.quality.view().acceptance
        assert accepted["poison"][0] < accepted["poison"][1] / 2


def test_colluders_confirm_each_other() -> None:
    with misbehaving("collude") as experiment:
        ring = liars(experiment)
        by_ring = {
            seq for seq, row in experiment.reader.signatures_after(-1) if row.publisher in ring
        }
        mine = [b for b in ballots(experiment) if b[2] in ring and b[1] in by_ring]
        assert mine
        assert {(vote, reason) for *_, vote, reason in mine} == {(Vote.CONFIRM, Reason.SEEN)}
        others = {b[3] for b in ballots(experiment) if b[2] in ring and b[1] not in by_ring}
        assert others - {Vote.CONFIRM}


def test_sybils_are_names_of_one_controller() -> None:
    with misbehaving("sybil", steps=16) as experiment:
        names = liars(experiment)
        theirs = [(step, p, t, row) for step, p, t, row in published(experiment) if p in names]
        # Several of the names are used, and nothing comes from them but the controller's normal.
        assert len({p for _, p, _, _ in theirs}) > 1
        assert {t for _, _, t, _ in theirs} <= {"poison", "attack"}
        assert all(row.flows == 8 and row.score == 0.99 for *_, row in theirs)
        (shard,) = experiment.simulation.shards
        controller = min(names)
        profile = shard.models.centre[controller]
        others = np.delete(shard.models.centre, controller, axis=0)
        centres = np.stack([np.frombuffer(row.centre, dtype="<f4") for *_, row in theirs])
        near = np.abs(centres - profile).mean()
        assert near <= np.mean([np.abs(centres - other).mean() for other in others])
        by_name = {
            seq for seq, row in experiment.reader.signatures_after(-1) if row.publisher in names
        }
        mine = [b for b in ballots(experiment) if b[2] in names and b[1] in by_name]
        assert mine
        assert {(vote, reason) for *_, vote, reason in mine} == {(Vote.CONFIRM, Reason.SEEN)}


@pytest.mark.parametrize("stopped", [min, max])
def test_a_sybil_that_stops_publishes_nothing_and_the_controller_under_no_name(stopped) -> None:
    settings: dict[str, Value] = {"adversary.fraction": 0.25, "adversary.behaviour": "sybil"}
    with opened(settings) as experiment:
        names = liars(experiment)
        crash = InjectFault("agent_crash", Targets(agents=(stopped(names),)), duration=50)
        advance(experiment, 24, {1: (crash,), **ATTACKS})
        used = names & {p for _, p, *_ in published(experiment)}
        assert used == (set() if stopped is min else names - {max(names)})


def test_the_silent_neither_publish_nor_vote() -> None:
    with misbehaving("silent") as experiment:
        silent = liars(experiment)
        assert not silent & {p for _, p, *_ in published(experiment)}
        assert not silent & {voter for _, _, voter, *_ in ballots(experiment)}
        assert published(experiment) and ballots(experiment)


def test_traitors_are_honest_at_first() -> None:
    honest, traitors = {}, {}
    for behaviour, into in (("honest", honest), ("betray", traitors)):
        with misbehaving(behaviour) as experiment:
            for kind in (SignatureRow, TallyRow, VerdictRow):
                for _, row in experiment.reader.rows(kind):
                    into.setdefault(row.step, []).append(row)
    # They misbehave from step 1 + 8 on.
    assert all(honest.get(step) == traitors.get(step) for step in range(1, 9))
    assert honest != traitors


@given(st.data())
def test_bent_votes(data: st.DataObject) -> None:
    agents, signatures = len(BEHAVIOURS.names), 4
    draw = st.lists(st.integers(0, 3), min_size=agents * signatures, max_size=agents * signatures)
    votes = np.array(data.draw(draw), dtype=np.uint8).reshape(agents, signatures)
    reasons = np.full_like(votes, Reason.UNDECIDED)
    behaviour = np.arange(agents, dtype=np.uint8)
    draw = st.lists(st.integers(0, len(BEHAVIOURS.names) - 1), min_size=4, max_size=4)
    publishers = np.array(data.draw(draw), dtype=np.uint8)
    bent, _ = bend_votes(votes, reasons, behaviour, publishers)
    opposite = np.array([0, Vote.REFUTE, Vote.CONFIRM, Vote.ABSTAIN], dtype=np.uint8)
    for name in BEHAVIOURS.names:
        said, thought = bent[code_of(name)], votes[code_of(name)]
        if name in ("flip_votes", "betray"):
            assert (said == opposite[thought]).all()
        elif name in ("collude", "sybil"):
            own = publishers == code_of(name)
            assert (said == np.where(own, Vote.CONFIRM, thought)).all()
        else:
            assert (said == thought).all()


class Blind(SyntheticTraffic):
    """The same traffic with another truth."""

    def __init__(self, agents: int, seed: int, skew: float, truth: str) -> None:
        super().__init__(agents, seed, skew)
        self._truth = truth

    def observe(self, agents: Rows, step: int, size: int, attacks: tuple[Attack, ...]) -> Batch:
        batch = super().observe(agents, step, size, attacks)
        lie = np.zeros_like(batch.truth) if self._truth == "blank" else 1 - (batch.truth > 0)
        return replace(batch, truth=lie.astype(np.int16))


@pytest.mark.parametrize("truth", ["blank", "upside down"])
@pytest.mark.parametrize("behaviour", ["honest", "spam", "poison"])
def test_agents_never_see_the_truth(truth: str, behaviour: str) -> None:
    """Whatever the truth is said to be, what agents publish, vote and decide is the same."""
    kinds = (CommandRow, SignatureRow, TallyRow, VerdictRow)
    configuration = loaded({"adversary.fraction": 0.2, "adversary.behaviour": behaviour})
    found, truths = [], []
    for source in (None, Blind(16, 1, 0.3, truth)):
        parts = Parts(source, ()) if source else make_parts(configuration)
        experiment = Run(configuration, parts, None)
        try:
            advance(experiment, 14, EVENTFUL)
            rows = experiment.reader.rows
            # By content: where a row stands in the chain depends on the rows of truth, too.
            order = {seq: i for i, (seq, _) in enumerate(rows(SignatureRow))}
            found.append(
                [
                    replace(row, signature=order[row.signature])
                    if isinstance(row, TallyRow | VerdictRow)
                    else row
                    for kind in kinds
                    for _, row in rows(kind)
                ]
            )
            truths.append([row.truth for _, row in rows(TruthRow)])
            shards = experiment.simulation.shards
            found[-1] += [s.step.solo.tobytes() + s.step.blocked.tobytes() for s in shards]
        finally:
            experiment.close()
    assert found[0] == found[1]
    assert truths[0] != truths[1]
