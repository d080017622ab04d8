"""Bursts: what begins to come to an agent, told by chance; see `sim.signatures.burst_kernels`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laboratory import advance, opened
from scipy.stats import binom

from sim.commands import InjectAttack, Targets
from sim.config.parameters import Value
from sim.config.schema import Config
from sim.consensus.votes import Reason, weigh
from sim.ledger.ballots import Vote
from sim.shard.models import Models
from sim.shard.past import Past
from sim.signatures.burst_kernels import chance_of
from sim.signatures.radii import FARTHEST

FEATURES, FLOWS = 4, 16


@settings(deadline=None)  # compiled at first
@given(st.integers(1, 60), st.integers(0, 300), st.floats(0.01, 0.9))
def test_the_chance_is_that_of_a_binomial_tail(k: int, more: int, share: float) -> None:
    assert chance_of(k, k + more, share) == pytest.approx(binom.sf(k - 1, k + more, share))


def models() -> Models:
    made = Models(1, FEATURES, Config().detection)
    made.version[:] = 1
    return made


def lived(steps: int, attack_from: int, suspicious: bool = False) -> tuple[Past, Models]:
    """An agent whose traffic is noise, a third of it one point from a step on."""
    rng, made = np.random.default_rng(1), models()
    past = Past(1, 512, FEATURES)
    for step in range(1, steps + 1):
        flows = rng.normal(size=(1, FLOWS, FEATURES)).astype(np.float32)
        truth = np.zeros((1, FLOWS), dtype=np.int16)
        if step >= attack_from:
            flows[0, :5] = [2.0, -2.0, 2.0, 2.0]
            truth[0, :5] = 1
        rows = np.zeros(1, dtype=np.int64)
        scores = np.where(suspicious & (truth > 0), 0.9, 0.0).astype(np.float32)
        flagged = np.zeros(truth.shape, dtype=np.bool_)
        past.remember(rows, flows, scores, truth, flagged, made, 0.55, step)
    return past, made


@pytest.mark.parametrize(("begun", "found"), [(28, True), (100, False), (1, False)])
def test_what_begins_to_come_is_found_however_normal_it_is(begun: int, found: bool) -> None:
    past, made = lived(30, begun)
    emerging = past.emerging(np.zeros(1, dtype=np.int64), made, 0.9, 30)
    there = emerging.steps[0] >= 0
    assert there.any() == found
    if found:
        assert there.sum() == 15  # all flows of the last three steps, and nothing else
        assert (emerging.truth[0, there] == 1).all()


def test_witnesses_have_a_burst_and_others_have_nothing_like_it() -> None:
    centre = np.array([[2.0, -2.0, 2.0, 2.0]], dtype=np.float32)
    rows, asked = np.zeros(1, dtype=np.int64), np.ones((1, 1), dtype=np.bool_)
    since = np.array([25], dtype=np.int64)
    for begun, burst, reach in ((28, True, FARTHEST), (100, False, FARTHEST), (1, False, 1)):
        past, made = lived(30, begun)
        found = past.probe(rows, asked, centre, since, made, 0.9, 30)
        assert (bool(found.burst[0, 0]), int(found.reach[0, 0])) == (burst, reach)


def test_what_is_odd_but_has_always_come_is_no_sighting() -> None:
    centre = np.array([[2.0, -2.0, 2.0, 2.0]], dtype=np.float32)
    rows, asked = np.zeros(1, dtype=np.int64), np.ones((1, 1), dtype=np.bool_)
    for begun, seen in ((28, 15), (1, 0)):
        past, made = lived(30, begun, suspicious=True)
        found = past.probe(rows, asked, centre, np.array([25]), made, 0.9, 30)
        assert int(found.seen[0, 0]) == seen


def test_while_nothing_is_old_enough_what_is_not_suspicious_must_do() -> None:
    rows, asked = np.zeros(1, dtype=np.int64), np.ones((1, 1), dtype=np.bool_)
    past, made = lived(6, 5, suspicious=True)
    attack = np.array([[2.0, -2.0, 2.0, 2.0]], dtype=np.float32)
    found = past.probe(rows, asked, attack, np.array([1]), made, 0.9, 6)
    assert int(found.reach[0, 0]) == 4  # no farther than .25 by so few flows
    past, made = lived(6, 5)
    found = past.probe(rows, asked, attack, np.array([1]), made, 0.9, 6)
    assert int(found.reach[0, 0]) == 1


@pytest.mark.parametrize(
    ("score", "reach", "seen", "burst", "age", "reason"),
    [
        (0.1, 4, 0, True, 1, Reason.BURST),
        (0.1, 4, 0, True, -1, Reason.SUDDEN),
        (0.6, 4, 2, False, -1, Reason.SUDDEN),
        (0.1, 4, 0, False, -1, Reason.UNDECIDED),
        (0.1, 1, 0, True, 1, Reason.SETTLED),
        (0.1, FARTHEST, 0, False, 1, Reason.NOVEL),
        (0.1, FARTHEST, 0, False, 6, Reason.NORMAL),  # half of expiry_steps has passed
        (0.1, 4, 0, False, 1, Reason.UNDECIDED),
        (0.6, 4, 2, False, 1, Reason.SEEN),
        (0.6, 4, 0, False, 1, Reason.NOT_SEEN),
        (0.99, 4, 0, False, 1, Reason.CONFIDENT),
        (np.nan, 0, 0, False, 1, Reason.NO_MODEL),
    ],
)
def test_only_settled_traffic_refutes_at_once(
    score: float, reach: int, seen: int, burst: bool, age: int, reason: Reason
) -> None:
    sudden, age = age < 0, abs(age)
    votes, reasons = weigh(
        np.array([score], dtype=np.float32),
        np.array([reach], dtype=np.uint8),
        np.array([seen]),
        np.array([burst]),
        np.array([sudden]),
        np.array([2]),
        np.array([age]),
        Config(),
    )
    assert Reason(int(reasons[0])) == reason
    refutes = reason in (Reason.SETTLED, Reason.NORMAL)
    assert (votes[0] == Vote.REFUTE) == refutes


@pytest.mark.parametrize(("settled", "single"), [("own", Reason.UNDECIDED),
                                                 ("publication", Reason.SETTLED)])  # fmt: skip
def test_a_single_settled_flow_refutes_nothing(settled: str, single: Reason) -> None:
    config = Config.model_validate({"consensus": {"settled": settled}})
    for flows, reason in ((1, single), (2, Reason.SETTLED)):
        no, some = np.array([False]), np.array([flows])
        score, reach = np.array([0.1], dtype=np.float32), np.array([1], dtype=np.uint8)
        nothing = np.array([0])
        _, reasons = weigh(score, reach, nothing, no, no, some, np.array([1]), config)
        assert Reason(int(reasons[0])) == reason


def published(publish_score: float) -> int:
    """Signatures that a small run of fair traffic with an attack publishes."""
    given: dict[str, Value] = {
        "signature.publish_score": publish_score,
        "traffic.difficulty": "fair",
        "detection.detector": "isolation_forest",
    }
    attack = InjectAttack("port_scan", 0.7, 12, Targets(fraction=0.4))
    with opened(given) as run:
        advance(run, 40, {24: (attack,)})
        return run.simulation.assembly.counts["published"]


def test_what_an_agent_finds_too_normal_it_does_not_publish() -> None:
    assert 0 < published(1.0) < published(0.0)  # what is anomalous is published anyhow
