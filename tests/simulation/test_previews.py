"""What another value would have done to the last step is computed as the step computes it."""

from __future__ import annotations

import numpy as np
import pytest
from laboratory import EVENTFUL, advance, opened

from sim.commands import SetParameter
from sim.picture.painter import Painter
from sim.picture.preview import preview
from sim.snapshot import PREVIEWED, Focus


@pytest.mark.parametrize("executor", ["sequential", "threads"])
@pytest.mark.usefixtures("small_shards")
def test_a_threshold_flags_what_the_step_flags_with_it(executor) -> None:
    value = 0.8
    with opened({"simulation.executor": executor}) as run:
        advance(run, 9, EVENTFUL)
        found = preview(run, "detection.threshold", value)
        assert found is not None
        assert found.now == run.simulation.report.flagged.sum()
        assert 0 < found.then < found.now < found.total == 16 * 24
        same = preview(run, "detection.threshold", 0.6)
        assert same is not None
        assert same.then == same.now == found.now


def test_min_score_and_quorum_are_judged_as_the_run_judges_them() -> None:
    with opened() as run:
        advance(run, 14, EVENTFUL)
        simulation = run.simulation
        score = preview(run, "signature.min_score", 1.0)
        assert score is not None
        assert score.now == np.count_nonzero(
            simulation.report.alert(run.config.signature.min_score)
        )
        quorum = preview(run, "consensus.quorum", 1.0)
        assert quorum is not None
        assert quorum.total == len(simulation.assembly.polls) + len(simulation.assembly.decided)
        lower = preview(run, "consensus.quorum", 0.51)
        assert lower is not None
        assert quorum.then <= quorum.now <= lower.then
        advance(run, 1, {15: (SetParameter("consensus.quorum", 0.51),)})
        after = preview(run, "consensus.quorum", 0.51)
        assert after is not None
        assert after.then == after.now


def test_it_is_computed_only_while_somebody_looks_and_changes_nothing() -> None:
    with opened() as run:
        painter = Painter(run)
        assert painter.view(Focus(knob="detection.threshold", value=0.5)).preview is None
        advance(run, 3)
        head = run.ledger.head_hex
        for key in PREVIEWED:
            found = painter.view(Focus(knob=key, value=0.5)).preview
            assert found is not None
            assert (found.key, found.value) == (key, 0.5)
        assert painter.view(Focus()).preview is None
        assert painter.view(Focus(knob="cache.capacity", value=5)).preview is None
        assert run.ledger.head_hex == head


def test_details_say_how_far_from_normal_what_is_cached_and_how_an_agent_voted() -> None:
    with opened() as run:
        advance(run, 14, EVENTFUL)
        painter = Painter(run)
        decided = run.simulation.assembly.decided[-1].poll
        head = run.ledger.head_hex
        counts = run.simulation.cache_counts()
        detail = painter.view(Focus(signature=decided.id)).signature
        assert detail is not None
        near = run.simulation.near(decided.publisher)
        centre = np.array([c for _, c, _ in detail.centre])
        assert np.allclose(detail.deviations, (centre - near.centre) / near.scale, rtol=1e-4)
        kept = run.simulation.cached(decided.fingerprint)
        assert [b.cached for b in detail.ballots] == [bool(kept[b.voter]) for b in detail.ballots]
        voter = int(decided.voters[0])
        seen = painter.view(Focus(agent=voter)).agent
        assert seen is not None
        vote = next(b.vote for b in detail.ballots if b.voter == voter and b.vote != "ABSTAIN")
        assert (decided.id, vote) in seen.ballots
        assert run.simulation.cache_counts() == counts, "looking is no look-up"
        assert run.ledger.head_hex == head
