"""A voter's own normal traffic is evidence: what it holds often is no attack."""

from __future__ import annotations

import numpy as np
from laboratory import advance, opened

from sim.consensus.votes import Reason, contradict
from sim.ledger.ballots import Vote
from sim.signatures.signature_set import known


def test_who_has_it_itself_refutes() -> None:
    votes = np.array([[Vote.CONFIRM, Vote.CONFIRM, Vote.ABSTAIN, Vote.REFUTE]], dtype=np.uint8)
    reasons = np.array([[Reason.SEEN, Reason.SEEN, Reason.UNDECIDED, Reason.NORMAL]], np.uint8)
    familiar = np.array([[True, False, True, True]])
    after, why = contradict(votes, reasons, familiar)
    assert after.tolist() == [[Vote.REFUTE, Vote.CONFIRM, Vote.REFUTE, Vote.REFUTE]]
    assert why.tolist() == [[Reason.FAMILIAR, Reason.SEEN, Reason.FAMILIAR, Reason.NORMAL]]


def test_familiar_is_what_several_flows_of_the_window_match() -> None:
    with opened({"simulation.agents": 6}) as experiment:
        advance(experiment, 6)
        (shard,) = experiment.simulation.shards
        row = np.array([2], dtype=np.int64)
        strange = shard.models.centre[2] + 9 * shard.models.scale[2]
        signatures = known([(1, b"12345678", strange.astype(np.float32))], len(strange))
        asked = np.ones((1, 1), dtype=np.bool_)

        def familiar() -> bool:
            found = shard.models.familiar(row, shard.windows, signatures, asked, experiment.config)
            return bool(found[0, 0])

        assert shard.windows.counts[2] == 96
        assert not familiar()
        shard.windows.flows[2, :7] = strange
        assert not familiar()
        shard.windows.flows[2, 7] = strange * 1.01
        assert familiar()
        shard.windows.kept[2, 0] = False  # what was taken out does not count
        assert not familiar()
        assert not shard.models.familiar(
            row, shard.windows, signatures, ~asked, experiment.config
        ).any()
