"""Votes are evidence: the recorded reason is what the voter really had."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laboratory import EVENTFUL, ballots_of, opened

from sim.commands import Order
from sim.config.schema import Config
from sim.consensus.votes import REASONS, Reason, judge
from sim.ledger.ballots import Vote
from sim.ledger.rows import TallyRow

scores = st.lists(
    st.one_of(st.floats(0, 1, width=32), st.just(float("nan"))), min_size=1, max_size=20
)
VOTE_OF = {
    Reason.SEEN: Vote.CONFIRM,
    Reason.CONFIDENT: Vote.CONFIRM,
    Reason.NORMAL: Vote.REFUTE,
    Reason.NO_MODEL: Vote.ABSTAIN,
    Reason.NOT_SEEN: Vote.ABSTAIN,
    Reason.UNDECIDED: Vote.ABSTAIN,
}


def config(threshold: float) -> Config:
    return Config.model_validate({"detection": {"threshold": threshold}})


@given(scores, st.data(), st.sampled_from([0.2, 0.6, 0.99]))
def test_a_reason_is_what_it_says(values, data, threshold) -> None:
    settings = config(threshold)
    given_scores = np.array([values], dtype=np.float32)
    sighted = np.array(
        [data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)))]
    )
    votes, reasons = judge(given_scores, sighted, settings)
    for score, seen, vote, reason in zip(
        given_scores[0], sighted[0], votes[0], reasons[0], strict=True
    ):
        assert vote == VOTE_OF[Reason(reason)]
        assert (reason == Reason.NO_MODEL) == np.isnan(score)
        if reason == Reason.SEEN:
            assert seen and score >= np.float32(threshold)
        if reason == Reason.CONFIDENT:
            assert score >= np.float32(settings.consensus.confident_score)
        if reason == Reason.NORMAL:
            assert not seen and score <= np.float32(settings.consensus.refute_score)
        if reason == Reason.NOT_SEEN:
            assert not seen and score >= np.float32(threshold)


@given(st.floats(0, 1, width=32), st.floats(0, 1, width=32), st.booleans())
def test_a_higher_score_never_turns_a_confirmation_into_a_refutation(low, high, seen) -> None:
    low, high = sorted((low, high))
    votes, _ = judge(
        np.array([[low, high]], dtype=np.float32), np.array([[seen, seen]]), config(0.6)
    )
    assert not (votes[0, 0] == Vote.CONFIRM and votes[0, 1] == Vote.REFUTE)


def test_every_reason_has_words() -> None:
    assert len(REASONS) == len(Reason)
    assert all(REASONS[reason] for reason in Reason if reason)


def test_recorded_reasons_hold_in_a_run() -> None:
    """Scored and matched again, voter by voter, from the arrays as they are in the vote."""
    seen = Counter()
    with opened({"simulation.agents": 20, "signature.evidence": "batch"}) as experiment:
        simulation = experiment.simulation
        for _ in range(14):
            step = simulation.now + 1
            simulation.begin([Order(command) for command in EVENTFUL.get(step, ())])
            for phase in ("observe", "detect"):
                simulation.calls.each(phase)
            pending = simulation.assembly.pending()
            simulation.broadcast(simulation.calls.each("publish", pending))
            ((votes, reasons, _),) = simulation.calls.each(
                "vote", pending, simulation.published_as()
            )
            (shard,) = simulation.shards
            everyone = shard.everyone
            if len(pending):
                flows = np.repeat(pending.centres[None], 20, axis=0)
                scores = shard.models.detector.score(
                    everyone, flows, np.full(20, len(pending), dtype=np.int64)
                )
                sighted = shard.grounds.sighted(everyone, pending, pending.asked_of(everyone))
                assert (sighted[reasons == Reason.SEEN]).all()
                assert (scores[reasons == Reason.SEEN] >= np.float32(0.6)).all()
                assert (scores[reasons == Reason.CONFIDENT] >= np.float32(0.97)).all()
                assert (scores[reasons == Reason.NORMAL] <= np.float32(0.35)).all()
                assert not sighted[reasons == Reason.NORMAL].any()
                seen.update(reasons.ravel().tolist())
            simulation.assembly.collect(shard.ids, votes, reasons)
            simulation.decide()
            simulation.calls.each("learn")
            simulation.refit()
            simulation.record()
            experiment.ledger.commit(simulation.draft)
        assert {Reason.SEEN, Reason.NORMAL, Reason.NOT_SEEN, Reason.UNDECIDED} <= set(seen)
        recorded = [row for _, row in experiment.reader.rows(TallyRow)]
        assert recorded
        assert sum(row.confirm for row in recorded) == pytest.approx(
            sum(
                ballot[3] / 65535
                for seq, _ in experiment.reader.signatures_after(-1)
                for ballot in ballots_of(experiment.reader, seq).tolist()
                if ballot[1] == Vote.CONFIRM
            )
        )
