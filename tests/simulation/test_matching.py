"""The compiled matching and grouping against the same rules in plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.config.schema import DetectionSection, SignatureSection
from sim.shard.evidence import SLOTS, Evidence
from sim.shard.models import Models, within
from sim.signatures.deviation import standardise
from sim.signatures.signature_set import SignatureSet, known

AGENTS, FLOWS, FEATURES, PATTERNS = 5, 40, 6, 9
SETTINGS = SignatureSection(similarity=0.8, radius=0.5)


def models(draw: np.random.Generator) -> Models:
    made = Models(AGENTS, FEATURES, DetectionSection(detector="mahalanobis"))
    made.centre[:] = draw.normal(size=(AGENTS, FEATURES))
    made.scale[:] = draw.uniform(0.2, 1.0, size=(AGENTS, FEATURES))
    return made


def some_signatures(draw: np.random.Generator) -> SignatureSet:
    centres = draw.normal(scale=3, size=(PATTERNS, FEATURES)).astype(np.float32)
    return known([(i, bytes([i]), c) for i, c in enumerate(centres)], FEATURES)


def near(draw: np.random.Generator, centres: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Flows, half of them near some centre."""
    flows = draw.normal(scale=2, size=(*shape, FEATURES))
    chosen = centres[draw.integers(len(centres), size=shape)]
    close = chosen + draw.normal(scale=0.4, size=chosen.shape)
    flows[:, ::2] = close[:, ::2]
    return flows.astype(np.float32)


def plainly(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(P, S) whether deviations match; NaN where it is too close to call."""
    left, right = left.astype(np.float64)[:, None], right.astype(np.float64)[None]
    lengths = np.linalg.norm(left, axis=-1), np.linalg.norm(right, axis=-1)
    cosine = (left * right).sum(axis=-1) / (lengths[0] * lengths[1])
    gap = np.linalg.norm(left - right, axis=-1) / np.maximum(*lengths)
    verdict = ((cosine >= SETTINGS.similarity) & (gap <= SETTINGS.radius)).astype(float)
    verdict[np.abs(cosine - SETTINGS.similarity) < 1e-4] = np.nan
    verdict[np.abs(gap - SETTINGS.radius) < 1e-4] = np.nan
    return verdict


def agree(found: np.ndarray, expected: np.ndarray) -> bool:
    return bool(((found == expected) | np.isnan(expected)).all())


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_flows_that_match_any_usable_signature(seed: int) -> None:
    draw = np.random.default_rng(seed)
    subject, signatures = models(draw), some_signatures(draw)
    rows = np.array([3, 0, 4])
    flows = near(draw, signatures.centres, (3, FLOWS))
    wanted = draw.random((3, FLOWS)) < 0.8
    usable = draw.random((3, PATTERNS)) < 0.5
    found = subject.flagged(
        rows, flows, wanted, signatures, within(usable, SETTINGS.radius), SETTINGS
    )
    for k, row in enumerate(rows):
        own = subject.centre[row], subject.scale[row]
        matching = plainly(standardise(flows[k], *own), standardise(signatures.centres, *own))
        matching[:, ~usable[k]] = 0
        matching[~wanted[k]] = 0
        unsure = np.isnan(matching).any(axis=1)
        expected = np.where(unsure, np.nan, (matching == 1).any(axis=1))
        assert agree(found[k], expected)
        assert not found[k][~wanted[k]].any()
        alone = subject.flagged(
            rows[k : k + 1],
            flows[k : k + 1],
            wanted[k : k + 1],
            signatures,
            within(usable[k : k + 1], SETTINGS.radius),
            SETTINGS,
        )
        assert (alone[0] == found[k]).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_signatures_that_a_recent_memory_matches(seed: int) -> None:
    draw = np.random.default_rng(seed)
    subject, signatures = models(draw), some_signatures(draw)
    evidence = Evidence(AGENTS, FEATURES)
    evidence.centres[:] = near(draw, signatures.centres, (AGENTS, SLOTS))
    rows = np.array([1, 2])
    recent = draw.random((2, SLOTS)) < 0.2
    asked = draw.random((2, PATTERNS)) < 0.7
    found = subject.sighted(rows, evidence, recent, signatures, asked, SETTINGS)
    for k, row in enumerate(rows):
        own = subject.centre[row], subject.scale[row]
        memories = standardise(evidence.centres[row][recent[k]], *own)
        matching = plainly(memories, standardise(signatures.centres, *own))
        expected = (matching == 1).any(axis=0).astype(float)
        expected[np.isnan(matching).any(axis=0)] = np.nan
        expected[~asked[k]] = 0
        assert agree(found[k], expected)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_groups_are_led_by_the_highest_scores(seed: int) -> None:
    draw = np.random.default_rng(seed)
    subject, signatures = models(draw), some_signatures(draw)
    rows = np.arange(AGENTS)
    flows = near(draw, signatures.centres[:3], (AGENTS, FLOWS))
    scores = draw.random((AGENTS, FLOWS)).astype(np.float32)
    anomalous = draw.random((AGENTS, FLOWS)) < 0.6
    groups = subject.grouped(rows, flows, scores, anomalous, SETTINGS)
    for row in rows:
        own = subject.centre[row], subject.scale[row]
        deviations = standardise(flows[row], *own)
        left = anomalous[row].copy()
        for place, size in enumerate(groups.size[row]):
            members = groups.member[row] == place
            assert members.sum() == size
            if not size:
                continue
            leader = int(np.argmax(np.where(left, scores[row], -1)))
            assert members[leader]
            matching = plainly(deviations, deviations[leader : leader + 1])[:, 0]
            expected = np.where(left, matching, 0)
            expected[leader] = 1
            assert agree(members, expected)
            assert groups.centre[row, place] == pytest.approx(
                flows[row][members].mean(axis=0), abs=1e-5
            )
            assert groups.spread[row, place] == pytest.approx(
                flows[row][members].std(axis=0), abs=1e-5
            )
            assert groups.score[row, place] == pytest.approx(scores[row][members].mean(), abs=1e-6)
            left &= ~members


def test_near_duplicates_are_one_pattern() -> None:
    base = np.arange(FEATURES, dtype=np.float32)
    grain = np.float32(0.125)
    two, three = base.copy(), base.copy()
    two[1] += 2 * grain
    three[1] -= 3 * grain
    later = known([(7, b"b", two), (8, b"c", three), (9, b"d", three + grain)], FEATURES)
    assert known([(1, b"a", base)], FEATURES).new_in(later).ids == (8,)
    assert known([], FEATURES).new_in(later).ids == (7, 8)
