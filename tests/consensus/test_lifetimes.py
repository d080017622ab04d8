"""Accepted signatures decay unless enough agents sight them again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laboratory import Given, advance, head_of, opened

from sim.commands import InjectAttack, SetAdversaries, SetParameter, Targets
from sim.config.parameters import Value
from sim.config.schema import Config, SignatureSection
from sim.consensus.assembly import Assembly, Outcome
from sim.consensus.everywhere import WATCHED
from sim.consensus.lifetimes import Lifetimes, worth
from sim.consensus.rules import Tally
from sim.ledger.rows import SignatureRow, Verdict
from sim.signatures.signature_set import SignatureSet

AGENTS = 8
EVERYONE = np.ones(AGENTS, dtype=np.bool_)
sections = st.builds(
    SignatureSection,
    lifetime=st.integers(1, 500),
    decay_speed=st.sampled_from([0.3, 1.0, 4.0]),
)


def config(**signature: float) -> Config:
    return Config.model_validate({"signature": {"lifetime": 20, **signature}})


def blocklist(*ids: int) -> SignatureSet:
    centres = np.array([[float(i), 0.0] for i in ids], dtype=np.float32).reshape(-1, 2)
    return SignatureSet(ids, tuple(b"content!" for _ in ids), centres)


def sightings(signature: int, *agents: int) -> np.ndarray:
    return np.array([[a, signature] for a in agents], dtype=np.int64).reshape(-1, 2)


@given(st.floats(0.01, 1.0), st.integers(0, 600), sections)
def test_the_score_falls_from_the_base_to_nothing(base, age, settings) -> None:
    now = worth(base, age, settings)
    assert 0.0 <= now <= base
    assert worth(base, 0, settings) == base
    assert worth(base, age + 1, settings) <= now
    assert worth(base, settings.lifetime, settings) == 0.0
    if 0 < age < settings.lifetime:
        expected = base * (1 - (age / settings.lifetime) ** (1 / settings.decay_speed))
        assert now == pytest.approx(expected)


def test_without_a_lifetime_nothing_decays() -> None:
    settings = SignatureSection(lifetime=0, cutoff=0.9)
    lifetimes = Lifetimes(AGENTS)
    lifetimes.accept(7, 0.6, 1)
    assert lifetimes.alive(blocklist(7), 10**6, settings).ids == (7,)


def test_it_leaves_the_blocklist_at_the_cutoff_and_is_forgotten() -> None:
    settings = config(cutoff=0.5, decay_speed=1.0).signature
    lifetimes = Lifetimes(AGENTS)
    lifetimes.accept(7, 1.0, 1)
    lifetimes.accept(8, 1.0, 6)
    both = blocklist(7, 8)
    assert lifetimes.alive(both, 10, settings) is both
    assert lifetimes.alive(both, 11, settings).ids == (8,)
    assert set(lifetimes.renewed) == {8}


def test_one_agent_cannot_keep_a_signature_alive_alone() -> None:
    settings = config()
    lifetimes = Lifetimes(AGENTS)
    lifetimes.accept(7, 1.0, 1)
    for step in range(2, 40):
        lifetimes.sight(sightings(7, 3), EVERYONE, step, settings)
    assert lifetimes.renewed[7] == 1
    assert not lifetimes.alive(blocklist(7), 39, settings.signature).ids


def test_three_agents_renew_it_within_the_time_of_a_sighting() -> None:
    settings = config(sighting_steps=4)
    lifetimes = Lifetimes(AGENTS)
    lifetimes.accept(7, 1.0, 1)
    lifetimes.sight(sightings(7, 3), EVERYONE, 10, settings)
    lifetimes.sight(sightings(7, 4), EVERYONE, 12, settings)
    lifetimes.sight(sightings(7, 5), EVERYONE, 15, settings)  # the first is too old by now
    assert lifetimes.renewed[7] == 1
    lifetimes.sight(sightings(7, 6), EVERYONE, 16, settings)
    assert lifetimes.renewed[7] == 16
    # What renewed it once does not do so again.
    lifetimes.sight(sightings(7, 4), EVERYONE, 17, settings)
    assert lifetimes.renewed[7] == 16


def test_sightings_of_the_quarantined_do_not_count() -> None:
    reputable = EVERYONE.copy()
    reputable[[3, 4]] = False
    lifetimes = Lifetimes(AGENTS)
    lifetimes.accept(7, 1.0, 1)
    lifetimes.sight(sightings(7, 3, 4, 5), reputable, 9, config())
    assert lifetimes.renewed[7] == 1
    lifetimes.sight(sightings(7, 0, 1, 5), reputable, 9, config())
    assert lifetimes.renewed[7] == 9
    lifetimes.sight(sightings(99, 0, 1, 2), EVERYONE, 9, config())  # left in the meantime
    assert 99 not in lifetimes.renewed


def test_it_is_withdrawn_if_nearly_all_in_good_standing_meet_it_while_it_is_new() -> None:
    reputable = EVERYONE.copy()
    reputable[[0, 1, 2, 3]] = False
    for step, agents, gone in (
        (2, (4, 5, 6), [7]),
        (2, (4, 5), []),
        (2, (0, 1, 2, 3, 4, 5), []),
        (1 + WATCHED + 1, (4, 5, 6, 7), []),
    ):
        lifetimes = Lifetimes(AGENTS)
        lifetimes.accept(7, 1.0, 1)
        assert lifetimes.withdraw(sightings(7, *agents), reputable, step, 0.75) == gone
        kept = lifetimes.alive(blocklist(7), step, config(lifetime=0).signature)
        assert kept.ids == (() if gone else (7,))
    lifetimes = Lifetimes(AGENTS)
    lifetimes.accept(7, 1.0, 1)
    assert lifetimes.withdraw(sightings(7, 4, 5), reputable, 2, 0.75) == []
    assert lifetimes.withdraw(sightings(7, 6), reputable, 3, 0.75) == [7]  # in both steps together


def test_an_acceptance_of_the_same_renews_it() -> None:
    lifetimes = Lifetimes(AGENTS)
    known = blocklist(7, 9)
    for signature in known.ids:
        lifetimes.accept(signature, 1.0, 1)
    near = np.array([7.1, 0.0], dtype=np.float32)
    lifetimes.renew_like([near], known, 12)
    assert lifetimes.renewed == {7: 12, 9: 1}


def test_an_assembly_begins_lives_and_renews_by_what_is_accepted_again() -> None:
    assembly = Assembly(AGENTS, 2, config())
    for seq, place in ((7, 7.0), (8, 7.1), (9, 30.0), (10, 50.0)):
        centre = np.array([place, 0.0], dtype="<f4").tobytes()
        row = SignatureRow(seq, 0, 3, 0.9, centre, centre, "[]", b"content!")
        assert assembly.admit(seq, row)
    polls = {poll.id: poll for poll in assembly.polls}
    for poll in polls.values():
        poll.tally = Tally(3.0, 1.0, 3, 1)

    def accepted(seq: int, verdict: Verdict = "ACCEPTED") -> Outcome:
        return Outcome(polls[seq], verdict, 4, "", "")

    assembly.age([accepted(7)], blocklist(7), blocklist(7), 4)
    assert assembly.lifetimes.renewed == {7: 4}
    assert assembly.lifetimes.base == {7: 0.75}
    over = [accepted(8), accepted(9), accepted(10, "REJECTED")]
    assembly.age(over, blocklist(9), blocklist(7, 9), 12)
    assert assembly.lifetimes.renewed == {7: 12, 9: 12}


def scan(duration: int, *agents: int) -> InjectAttack:
    targets = Targets(agents=agents)
    return InjectAttack("port_scan", intensity=0.8, duration=duration, targets=targets)


HIT = tuple(range(8))
SHORT: dict[str, Value] = {"signature.lifetime": 10, "signature.cutoff": 0.3}


def test_in_a_run_it_lives_as_long_as_the_attack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.model.blocks.SHARD_SIZE", 5)
    with opened(SHORT) as experiment:
        simulation = experiment.simulation
        advance(experiment, 10, {6: (scan(14, *HIT),)})
        first = simulation.blocklist.ids
        assert first
        advance(experiment, 9)
        assert set(first) & set(simulation.blocklist.ids)  # still sighted
        assert simulation.report is not None and len(simulation.report.sightings)
        advance(experiment, 14)
        assert not set(first) & set(simulation.blocklist.ids)
        assert all(s.accepted.ids == simulation.blocklist.ids for s in simulation.shards)
        # What is forgotten is learned anew when it comes back.
        advance(experiment, 8, {34: (scan(8, *HIT),)})
        assert len(simulation.blocklist.ids) > 1


def test_the_same_in_several_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    given_: Given = {
        6: (scan(8, *HIT),),
        7: (SetAdversaries("sybil", Targets(fraction=0.2)),),
        20: (SetParameter("signature.lifetime", 6),),
    }
    one = head_of(SHORT, 26, given_)
    monkeypatch.setattr("sim.model.blocks.SHARD_SIZE", 5)
    threads: dict[str, Value] = {"simulation.executor": "threads", "simulation.workers": 2}
    assert head_of({**SHORT, **threads}, 26, given_) == one
