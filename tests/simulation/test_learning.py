"""What is agreed on changes what agents do: the two tests that the published predecessor fails."""

from __future__ import annotations

import numpy as np
from laboratory import Given, advance, opened

from sim.commands import InjectAttack, SetParameter, Targets
from sim.config.load import load_config
from sim.config.parameters import Value
from sim.ledger.rows import SignatureRow, VerdictRow
from sim.run.run import Run, make_parts
from sim.shard.models import within

HIT, LATER = tuple(range(8)), 12
"""Agents that the attack reaches first, and one that it reaches when all have agreed on it."""


def scan(*agents: int, duration: int = 3) -> InjectAttack:
    targets = Targets(agents=agents)
    return InjectAttack("port_scan", intensity=0.8, duration=duration, targets=targets)


SPREAD: Given = {6: (scan(*HIT),), 11: (scan(LATER, duration=1),)}


def collective_recall(experiment: Run, agent: int) -> tuple[float, float]:
    """Shares of the attack flows of the agent's last batch that a blocklist and a window know."""
    (shard,) = experiment.simulation.shards
    attack = shard.step.batch.truth[agent] > 0
    assert attack.any()
    window = shard.windows.flows[agent][shard.windows.kept[agent]]
    flows = shard.step.batch.flows[agent][attack]
    learned = (flows[:, None, :] == window[None, :, :]).all(axis=2).any(axis=1)
    return float(shard.step.blocked[agent][attack].mean()), float(learned.mean())


def run(settings: dict[str, Value]) -> tuple[float, float]:
    with opened(settings) as experiment:
        advance(experiment, 11, SPREAD)
        return collective_recall(experiment, LATER)


def test_an_accepted_signature_protects_an_agent_that_never_saw_it() -> None:
    blocked, learned = run({})
    assert blocked == 1.0  # it flags all of it at first sight ...
    assert learned == 0.0  # ... and does not learn it as normal
    blocked, learned = run({"consensus.min_confirmations": 1000})
    assert blocked == 0.0
    assert learned == 1.0


def test_accepted_flows_leave_the_windows_of_those_who_had_learned_them() -> None:
    with opened() as experiment:
        (shard,) = experiment.simulation.shards
        counts = []
        for _ in range(8):
            advance(experiment, 1, {6: (scan(*HIT),)})
            counts.append(shard.windows.counts.copy())
        assert experiment.simulation.assembly.counts["ACCEPTED"]
        # Full at step 5; accepted in step 7, which takes out the attack of step 6.
        assert (counts[4] == 96).all()
        assert (counts[6][list(HIT)] < 96).all()
        assert (counts[6][8:] >= 94).all()


def verdicts(given: Given) -> dict[tuple[int, int, bytes], str]:
    """(step, publisher, fingerprint) → verdict of the signatures published up to step 6."""
    with opened({"consensus.confident_score": 1.0}) as experiment:
        advance(experiment, 14, given)
        found = {v.signature: v.verdict for _, v in experiment.reader.rows(VerdictRow)}
        return {
            (row.step, row.publisher, row.fingerprint): found.get(seq, "PENDING")
            for seq, row in experiment.reader.rows(SignatureRow)
            if row.step <= 6
        }


def test_a_threshold_set_before_the_vote_flips_verdicts() -> None:
    plain = verdicts({6: (scan(*HIT),)})
    strict = verdicts({6: (scan(*HIT),), 7: (SetParameter("consensus.min_confirmations", 20),)})
    assert plain.keys() == strict.keys()
    assert {k for k in plain if plain[k] == "ACCEPTED" and strict[k] != "ACCEPTED"}


def test_a_lower_memory_forgets_at_the_next_step() -> None:
    with opened() as experiment:
        (shard,) = experiment.simulation.shards
        advance(experiment, 9, {6: (scan(*HIT),)})
        before = shard.accepted.ids
        assert len(before) > 1
        advance(experiment, 1, {10: (SetParameter("signature.memory", 1),)})
        assert shard.accepted.ids == before[-1:]
        assert shard.accepted.centres.shape[0] == 1


def test_a_signature_in_the_middle_of_ones_own_traffic_flags_nothing() -> None:
    """Everyone accepts it, yet nobody blocks its own normal traffic with it."""
    settings: dict[str, Value] = {
        "adversary.fraction": 1.0,
        "adversary.behaviour": "collude",
        "consensus.refute_score": 0.35,
        "consensus.odd_share": 0.0,
        "signature.evidence": "batch",
    }
    with opened(settings) as experiment:
        advance(experiment, 12)
        simulation = experiment.simulation
        assert simulation.assembly.counts["ACCEPTED"] > 5
        simulation.begin()
        simulation.calls.each("observe")
        simulation.calls.each("detect")
        (shard,) = simulation.shards
        everyone, known = shard.everyone, shard.accepted
        flows, observed = shard.step.batch.flows, shard.step.batch.observed
        signature = experiment.config.signature

        def matching(usable: np.ndarray) -> np.ndarray:
            return shard.models.flagged(
                everyone, flows, observed, known, within(usable, signature.radius), signature
            )

        centres = np.repeat(known.centres[None], 16, axis=0)
        count = np.full(16, len(known), dtype=np.int64)
        normal = shard.models.detector.score(everyone, centres, count) <= np.float32(0.35)
        assert matching(normal).any()
        assert (shard.step.blocked == matching(~normal)).all()


def test_a_sighting_is_recent_evidence() -> None:
    settings: dict[str, Value] = {
        "signature.evidence": "batch",
        "signature.sighting_steps": 3,
        "consensus.min_confirmations": 1000,
        "consensus.expiry_steps": 50,
    }
    with opened(settings) as experiment:
        (shard,) = experiment.simulation.shards
        advance(experiment, 7, {6: (scan(*HIT, duration=1),)})
        pending, everyone = experiment.simulation.assembly.pending(), shard.everyone
        asked = np.ones((len(everyone), len(pending)), dtype=np.bool_)
        sighted = []
        for _ in range(5):
            seen = shard.grounds.sighted(everyone, pending, asked).any(axis=1)
            sighted.append(int(seen[list(HIT)].sum()))
            assert not seen[8:].all()
            advance(experiment, 1)
        # Steps 7, 8 and 9 are at most three after step 6.
        assert sighted[:3] == [8, 8, 8]
        assert max(sighted[3:]) < 8


def test_what_was_accepted_does_not_crowd_out_normal_traffic() -> None:
    """Long after the attacks, agents take their own rare traffic for what it is.

    A signature that also matches rare normal traffic keeps it out of every window; then that looks
    anomalous to everybody, is accepted, and matches more.
    """
    loaded = load_config(scenario="quickstart", settings=["detection.trees=50"], environment={})
    experiment = Run(loaded, make_parts(loaded), None)
    try:
        advance(experiment, 280)
        flows = wrong = 0
        for _ in range(10):
            advance(experiment, 1)
            assert experiment.simulation.report is not None
            tp, fp, fn, tn = experiment.simulation.report.quality.collective
            assert tp + fn == 0
            flows, wrong = flows + fp + tn, wrong + fp
        assert wrong < 0.02 * flows
    finally:
        experiment.close()
