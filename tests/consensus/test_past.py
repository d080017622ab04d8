"""Evidence over time: what was seen when decides; radii are measured, agreed on, recorded."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laboratory import EVENTFUL, advance, opened
from scipy.stats import binom

from sim.consensus.ruling import ruling_of
from sim.ledger.ballots import (
    Vote,
    lower_quartile,
    pack_ballots,
    unpack_ballots,
    unpack_radii,
)
from sim.ledger.rows import VerdictRow
from sim.ledger.verify import verify
from sim.shard.models import Models
from sim.shard.past import LEAST_SETTLED, SETTLING, TOLERANCE, Burst, Findings, Past
from sim.signatures.burst_kernels import SUDDEN
from sim.signatures.radii import FARTHEST, HARMFUL, RADII, UNMEASURED, radius_of

FEATURES, SIMILARITY = 4, 0.9
MODELS = cast(
    Models,
    SimpleNamespace(
        centre=np.zeros((1, FEATURES), dtype=np.float32),
        scale=np.ones((1, FEATURES), dtype=np.float32),
    ),
)
STRANGE = np.array([4.0, -3.0, 2.0, 5.0], dtype=np.float32)
ROW = np.array([0], dtype=np.int64)


def past_of(*steps: tuple[int, np.ndarray, float], size: int = 2048) -> Past:
    """One agent that remembers (step, flows, score of each)."""
    past = Past(1, size, FEATURES)
    for step, flows, score in steps:
        batch = flows.astype(np.float32)[None]
        scores = np.full(batch.shape[:2], score, dtype=np.float32)
        truth = np.zeros(batch.shape[:2], dtype=np.int16)
        flagged = np.zeros(truth.shape, dtype=np.bool_)
        past.remember(ROW, batch, scores, truth, flagged, MODELS, 0.55, step)
    return past


def about(
    past: Past, now: int, first: int, centre: np.ndarray = STRANGE, *, own_onset: bool = False
) -> Findings:
    """What it says about one signature that nobody can have seen before the step `first`."""
    since = np.array([first], dtype=np.int64)
    asked = np.ones((1, 1), dtype=np.bool_)
    return past.probe(ROW, asked, centre[None], since, MODELS, SIMILARITY, now, own_onset=own_onset)


def calm(step: int, flows: int = 16) -> tuple[int, np.ndarray, float]:
    draw = np.random.default_rng(step)
    return step, draw.normal(size=(flows, FEATURES)) * 0.5, 0.2


def attack(step: int, flows: int = 3, score: float = 0.7) -> tuple[int, np.ndarray, float]:
    return step, np.repeat(STRANGE[None], flows, axis=0), score


def test_victims_of_an_attack_do_not_refute_it_though_they_have_learned_it() -> None:
    quiet = [calm(step) for step in range(1, 40)]
    hit = [attack(step, score=0.2) for step in range(30, 40)]
    found = about(past_of(*quiet, *hit), now=40, first=20)
    assert radius_of(found.reach, 0.0)[0, 0] == RADII[-1]
    assert found.burst[0, 0]


def test_victims_of_an_attack_that_nobody_has_published_for_long_do_not_refute_it() -> None:
    """It is older than the signature where it came first, but not as old as their traffic."""
    quiet = [calm(step) for step in range(1, 40)]
    past = past_of(*quiet, *[attack(step, score=0.2) for step in range(20, 28)])
    before, after = (about(past, 40, 35, own_onset=own) for own in (False, True))
    assert (before.reach[0, 0], before.settled[0, 0]) == (HARMFUL, 24)
    assert (after.reach[0, 0], after.settled[0, 0]) == (FARTHEST, 0)
    always = past_of(*quiet, *[attack(step, 1, 0.2) for step in range(1, 40, 3)])
    assert about(always, 40, 35, own_onset=True).reach[0, 0] == HARMFUL


def test_what_was_there_before_refutes() -> None:
    past = past_of(*[calm(step) for step in range(1, 40)], *[attack(step) for step in range(1, 9)])
    assert about(past, now=40, first=28).reach[0, 0] == HARMFUL


def test_what_stayed_unsuspected_for_long_refutes_and_what_was_suspected_does_not() -> None:
    for score, code in ((0.2, HARMFUL), (0.7, FARTHEST)):
        strange = [attack(step, score=score) for step in range(5, 9)]
        past = past_of(*[calm(step, 60) for step in range(1, 4)], *strange,
                       *[calm(step) for step in range(10, 40)])  # fmt: skip
        assert about(past, now=9 + SETTLING, first=1).reach[0, 0] == code


def test_who_has_seen_little_measures_nothing() -> None:
    flows = Burst.LEAST_SETTLED // 4 - 1
    past = past_of(*[calm(step, flows) for step in range(1, 5)])
    assert about(past, now=30, first=18).reach[0, 0] == UNMEASURED


Said = tuple[int, int, bool, bool]


def reference(past: Past, now: int, first: int, centre: np.ndarray, own: bool) -> Said:
    """The same in NumPy, from the description."""
    used = past._steps[0] >= 0
    flows, steps, odd = past._flows[0][used], past._steps[0][used], past._odd[0][used]
    known = past._known[0][used]
    left, right = flows.astype(np.float64), centre.astype(np.float64)
    squares, square, dots = (left**2).sum(1), (right**2).sum(), left @ right
    distance = np.sqrt(np.maximum(squares + square - 2 * dots, 0))
    distance /= np.sqrt(np.maximum(np.maximum(squares, square), 1e-9))
    distance[dots < SIMILARITY * np.sqrt(squares * square)] = np.inf
    begun, least = now + 1, Burst.SIGHTING_CHANCE if own else 0.0
    alike = (distance <= RADII[0]) & ~known
    for start in sorted(set(steps[alike].tolist()), reverse=True):
        later = steps >= start
        k, n = int((alike & later).sum()), int(alike.sum())
        if k >= 2 and not later.all() and binom.sf(k - 1, n, later.mean()) < least:
            begun, least = start, binom.sf(k - 1, n, later.mean())
    settled, aged = min(first, begun), min(now - SETTLING, begun)
    against = ((steps < settled) | ((steps < aged) & ~odd)) & ~known
    if against.sum() < Burst.LEAST_SETTLED:  # nothing is old enough
        against = ~odd
    count = int(against.sum())
    radii = RADII if count >= LEAST_SETTLED else RADII[:3]
    fine = [r for r in radii if (distance[against] <= r).sum() <= TOLERANCE * count]
    near = distance <= (max(fine) if fine else RADII[1])
    likely = 1.0
    for horizon in Burst.STEPS:
        recent = steps > now - horizon
        k, n = int((near & recent).sum()), int(near.sum())
        if k >= Burst.WITNESS_LEAST and not recent.all():
            likely = min(likely, binom.sf(k - 1, n, recent.mean()))
    able = count >= Burst.LEAST_SETTLED
    code = 0 if not able else 1 if not fine else 2 + int(np.flatnonzero(max(fine) == RADII)[0])
    lately = near & odd & (steps > now - Burst.STEPS[-1])
    sudden = bool((near & (steps > now - Burst.STEPS[1])).sum() >= SUDDEN * near.sum())
    seen = int((lately if likely < Burst.SIGHTING_CHANCE else lately & known).sum())
    return code, seen, likely < Burst.WITNESS_CHANCE, sudden


@given(
    seed=st.integers(0, 2**32),
    strange=st.integers(0, 6),
    steps=st.integers(8, 45),
    limit=st.sampled_from([0.0, 0.1, 0.25]),
    own=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_it_is_what_the_description_says(
    seed: int, strange: int, steps: int, limit: float, own: bool
) -> None:
    draw = np.random.default_rng(seed)
    told = []
    for step in range(1, steps):
        told.append(calm(step + 1000 * (seed % 97), 12)[1:])
        if draw.random() < 0.4:
            flows = STRANGE + draw.normal(size=(strange, FEATURES)) * draw.choice([0.1, 1.0, 3.0])
            told[-1] = (flows, float(draw.choice([0.3, 0.8])))
    past = past_of(*[(step + 1, *one) for step, one in enumerate(told)], size=512)
    first = int(draw.integers(max(1, steps - 14), steps + 1))
    if limit:
        limits = np.full((1, 1), limit, dtype=np.float32)
        past.mark(ROW, STRANGE[None], limits, MODELS, SIMILARITY)
    found = about(past, now=steps, first=first, own_onset=own)
    said = (found.reach[0, 0], found.seen[0, 0], found.burst[0, 0], found.sudden[0, 0])
    assert said == reference(past, steps, first, STRANGE, own)


def test_what_an_accepted_signature_has_matched_is_no_settled_traffic() -> None:
    """Else the victims of one signature refute the next of the same attack."""
    past = past_of(
        *[calm(step) for step in range(1, 40)], *[attack(step) for step in range(20, 28)]
    )
    assert about(past, now=40, first=35).reach[0, 0] == HARMFUL
    limits = np.full((1, 1), 0.25, dtype=np.float32)
    past.mark(ROW, STRANGE[None] * 1.05, limits, MODELS, SIMILARITY)
    assert about(past, now=40, first=35).reach[0, 0] == FARTHEST
    assert past._known.sum() == 24  # the flows of the attack and no others
    past.mark(ROW, STRANGE[None] * 1.05, limits, MODELS, SIMILARITY, attack=False)
    assert about(past, now=40, first=35).reach[0, 0] == HARMFUL  # it was withdrawn


def test_an_attack_that_has_long_come_is_a_sighting_once_a_signature_has_matched_it() -> None:
    quiet = [calm(step) for step in range(1, 40)]
    past = past_of(*quiet, *[attack(step) for step in range(1, 40)])
    assert about(past, now=39, first=34).seen[0, 0] == 0
    limits = np.full((1, 1), 0.25, dtype=np.float32)
    past.mark(ROW, STRANGE[None], limits, MODELS, SIMILARITY)
    assert about(past, now=39, first=34).seen[0, 0] == 36  # three flows in each of twelve steps


def test_a_step_adds_a_limited_number_of_flows_and_suspicious_ones_first() -> None:
    past = Past(1, 64, FEATURES)
    flows = np.arange(10 * FEATURES, dtype=np.float32).reshape(1, 10, FEATURES)
    scores = np.array([[0.1, 0.2, np.nan, 0.3, 0.1, 0.9, 0.1, 0.1, 0.1, 0.1]], dtype=np.float32)
    truth, flagged = np.zeros((1, 10), dtype=np.int16), np.zeros((1, 10), dtype=np.bool_)
    past.remember(ROW, flows, scores, truth, flagged, MODELS, 0.55, 3)
    assert past._scores[0, :3].tolist() == pytest.approx([0.9, 0.1, 0])
    assert past._steps[0, :3].tolist() == [3, 3, -1]


@given(st.lists(st.tuples(st.sampled_from([1, 2, 3]), st.integers(0, 6), st.booleans())))
def test_ballots_carry_radii_and_the_careful_quarter_decides(
    cast: list[tuple[int, int, bool]],
) -> None:
    votes, codes, heavy = ([row[i] for row in cast] for i in range(3))
    voters = range(len(cast))
    data = pack_ballots(voters, votes, [1] * len(cast), [float(h) for h in heavy], codes)
    assert unpack_ballots(data)["vote"].tolist() == votes
    assert unpack_radii(data).tolist() == codes
    counted = sorted(c for v, c, h in cast if h and v != Vote.REFUTE and c)
    agreed = lower_quartile(data)
    assert agreed == (counted[(len(counted) - 1) // 4] if counted else 0)
    if counted:
        assert sum(c <= agreed for c in counted) * 4 >= len(counted)


def test_a_run_records_how_far_signatures_reach(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    with opened(file=file) as run:
        advance(run, 16, EVENTFUL)
        accepted = [row for _, row in run.reader.rows(VerdictRow) if row.verdict == "ACCEPTED"]
        assert accepted
        for row in accepted:
            data = b"".join(t.ballots for _, t in run.reader.tallies(row.signature))
            ruling = ruling_of(row.rule)
            assert ruling is not None and ruling.reach == lower_quartile(data)
        radii = dict(zip(run.simulation.blocklist.ids, run.simulation.blocklist.radii, strict=True))
        (shard,) = run.simulation.shards
        limits = shard.reach.of(shard.everyone, run.simulation.blocklist)
        assert radii and (limits <= np.array(list(radii.values()), dtype=np.float32)).all()
    assert verify(file).ok


def test_a_reach_that_the_ballots_do_not_say_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sim.consensus import assembly

    def wrong(*arguments: Any, **named: Any) -> Any:
        return in_force(*arguments, **(named | {"reach": 6}))

    in_force = assembly.in_force
    monkeypatch.setattr(assembly, "in_force", wrong)
    file = tmp_path / "ledger.db"
    with opened(file=file) as run:
        advance(run, 12, EVENTFUL)
    assert any("says reach 6; its ballots say" in str(p) for p in verify(file).problems)
