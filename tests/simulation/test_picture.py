"""Every number on screen against a fresh read of the ledger and the model's own arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from consensus_reference import Story, stories
from laboratory import EVENTFUL, advance, figures, opened

from sim.archive.directory import RunDirectory
from sim.commands import InjectFault, SetParameter, Targets
from sim.consensus.votes import REASONS
from sim.ledger.ballots import WEIGHT_UNIT, Vote
from sim.ledger.reader import LedgerReader, open_read_only
from sim.ledger.rows import SignatureRow, StepRow, TruthRow, VerdictRow
from sim.picture.history import pace_of
from sim.picture.painter import Painter
from sim.run.run import Run
from sim.run.summary import summarise
from sim.snapshot import EMPTY, AgentState, Focus, SignatureView, Snapshot, UndoStep

STEPS = 13
GIVEN = {
    **EVENTFUL,
    9: (InjectFault("agent_crash", Targets(agents=(4,)), duration=9),),
    12: (SetParameter("cache.ttl_steps", 3), SetParameter("no.key", 1)),
}


@dataclass
class Scene:
    """A run that stands, its picture, and somebody else's view of its ledger."""

    run: Run
    painter: Painter
    snapshot: Snapshot
    reader: LedgerReader
    told: dict[int, Story]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    file = tmp_path_factory.mktemp("picture") / "ledger.db"
    with opened(file=file) as experiment:
        painter = Painter(experiment)
        for _ in range(STEPS):
            advance(experiment, 1, GIVEN)
            painter.observe(0.5)
        reader = open_read_only(file)
        try:
            snapshot = painter.paint(EMPTY)
            yield Scene(experiment, painter, snapshot, reader, stories(reader))
        finally:
            reader.close()


def check_view(view: SignatureView, story: Story, scene: Scene) -> None:
    """A signature on screen is the one in the ledger."""
    row = story.row
    assert (view.step, view.publisher, view.flows, view.confidence) == (
        row.step,
        row.publisher,
        row.flows,
        row.score,
    )
    weight, heads = Counter(), Counter()
    for _, _, vote, _, units in story.ballots:
        weight[vote] += units
        heads[vote] += units > 0
    assert view.confirm == pytest.approx(weight[Vote.CONFIRM] / WEIGHT_UNIT)
    assert view.refute == pytest.approx(weight[Vote.REFUTE] / WEIGHT_UNIT)
    assert (view.confirmations, view.refutations) == (heads[Vote.CONFIRM], heads[Vote.REFUTE])
    truth = scene.reader.truth(view.id)
    assert truth is not None
    assert (view.truth, view.attack) == (truth.truth, truth.attack)
    assert view.expires == row.step + 6


def test_consensus(scene: Scene) -> None:
    consensus = scene.snapshot.consensus
    found = Counter(row.verdict for _, row in scene.reader.rows(VerdictRow))
    assert consensus.published == len(scene.told)
    assert (consensus.accepted, consensus.rejected, consensus.expired) == (
        found["ACCEPTED"],
        found["REJECTED"],
        found["EXPIRED"],
    )
    assert consensus.accepted and consensus.rejected
    decided = [row for _, row in scene.reader.rows(VerdictRow)][::-1]
    assert [(v.id, v.verdict, v.decided) for v in consensus.decided] == [
        (row.signature, row.verdict, row.step) for row in decided
    ]
    undecided = {seq for seq, s in scene.told.items() if not s.verdicts and s.row.step < STEPS}
    assert [view.id for view in consensus.pending] == sorted(undecided)
    for view in (*consensus.pending, *consensus.decided):
        check_view(view, scene.told[view.id], scene)
    for view in consensus.pending:
        assert view.verdict == "PENDING" and view.decided is None
        poll = next(p for p in scene.run.simulation.assembly.polls if p.id == view.id)
        assert view.abstentions == poll.abstaining


def test_quality(scene: Scene) -> None:
    rows = [row for _, row in scene.reader.rows(StepRow)]
    quality = scene.snapshot.quality
    assert quality.labelled
    for name in ("solo", "collective"):
        counts = np.array([getattr(row, name) for row in rows])
        assert figures(getattr(quality, name)) == tuple(counts.sum(axis=0))
        assert figures(getattr(quality, f"{name}_recent")) == tuple(counts[-20:].sum(axis=0))
        assert len(getattr(quality, f"{name}_f1")) == STEPS
        last = getattr(quality, f"{name}_recent").f1
        assert getattr(quality, f"{name}_f1")[-1] == last
    truth = {row.signature: row.truth for _, row in scene.reader.rows(TruthRow)}
    expected: dict[str, list[int]] = {"attack": [0, 0], "false_alarm": [0, 0], "poison": [0, 0]}
    for _, row in scene.reader.rows(VerdictRow):
        expected[truth[row.signature]][0] += row.verdict == "ACCEPTED"
        expected[truth[row.signature]][1] += 1
    assert {k: list(v) for k, v in quality.acceptance.items()} == expected


def test_confusion_of_the_last_step(scene: Scene) -> None:
    (shard,) = scene.run.simulation.shards
    (*_, (_, last)) = scene.reader.rows(StepRow)
    judged = ~np.isnan(shard.step.scores)
    attack = shard.step.batch.truth > 0
    for flagged, recorded in (
        (shard.step.solo, last.solo),
        (shard.step.solo | shard.step.blocked, last.collective),
    ):
        assert recorded == (
            int((flagged & attack & judged).sum()),
            int((flagged & ~attack & judged).sum()),
            int((~flagged & attack & judged).sum()),
            int((~flagged & ~attack & judged).sum()),
        )
    assert last.anomalies == shard.step.solo.sum()
    assert (shard.step.solo == (shard.step.scores >= np.float32(0.6))).all()


def test_performance(scene: Scene) -> None:
    shown = scene.snapshot.performance
    hits = [value for _, value in scene.reader.metrics("cache.hits")]
    misses = [value for _, value in scene.reader.metrics("cache.misses")]
    assert (shown.hits, shown.misses) == (hits[-1], misses[-1])
    for name in ("stale", "evictions", "cached"):
        assert getattr(shown, name) == scene.reader.metrics(f"cache.{name}")[-1][1]
    looked_up = np.diff(np.array(hits) + np.array(misses), prepend=0.0)
    with np.errstate(invalid="ignore"):
        rates = np.diff(hits, prepend=0.0) / looked_up
    assert shown.hit_rates == pytest.approx(rates, nan_ok=True)
    assert shown.hit_rate == hits[-1] / (hits[-1] + misses[-1])
    assert shown.step_seconds == (0.5,) * STEPS
    assert shown.steps_per_second > 0.0
    assert pace_of((3.0, 3.5, 4.0)) == 2.0 and pace_of((3.0,)) is None
    assert (shown.ledger_entries, shown.ledger_head) == (
        scene.reader.length(),
        scene.reader.head().hex(),
    )
    rows = [row for _, row in scene.reader.rows(StepRow)]
    # Agents have models from step 3 on; the crashed one scores nothing.
    assert shown.flows_scored == sum(row.flows for row in rows[2:])
    assert shown.phases[0][0] == "observe"
    for name, seconds in shown.phases:
        recorded = [value for _, value in scene.reader.metrics(f"seconds.{name}")]
        if name != "record":  # it is over only when the row is written
            assert seconds == pytest.approx(sum(recorded) / STEPS)
    assert shown.memory_bytes > 10**7


def test_ledger_lines_latest_first(scene: Scene) -> None:
    lines = scene.snapshot.ledger
    length = scene.reader.length()
    entries = scene.reader.tail(length, without=(StepRow, TruthRow))
    assert [line.seq for line in lines] == [entry.seq for entry in entries][:-201:-1]
    assert {line.kind for line in lines} >= {"signature", "tally", "verdict", "command"}
    for line in lines:
        if line.kind == "signature":
            row = scene.told[line.seq].row
            assert (line.signature, line.agent, line.step) == (line.seq, row.publisher, row.step)
        if line.kind == "verdict":
            assert line.signature in scene.told
            assert scene.told[line.signature].verdicts[0].verdict in line.text


def test_grid(scene: Scene) -> None:
    grid, simulation = scene.snapshot.grid, scene.run.simulation
    (shard,) = simulation.shards
    assert (grid.width, grid.height) == (4, 4)
    assert grid.states[4] == AgentState.STOPPED
    clear = scene.run.config.signature.min_score
    with np.errstate(invalid="ignore"):
        alert = (shard.step.scores >= clear).any(axis=1) | (
            shard.step.collective.mean(axis=1) >= 0.2
        )
    for agent in range(16):
        if agent == 4:
            assert np.isnan(grid.scores[agent])
            continue
        assert grid.scores[agent] == np.nanmax(shard.step.scores[agent])
        if grid.states[agent] == AgentState.QUARANTINED:
            assert grid.trust[agent] < scene.run.config.trust.quarantine
            continue
        assert (grid.states[agent] == AgentState.ALERT) == alert[agent]
        assert grid.attacked[agent] == (shard.step.batch.truth[agent] > 0).any()
    poisoners = np.flatnonzero(simulation.steered.behaviour)
    assert np.flatnonzero(grid.adversary).tolist() == poisoners.tolist()
    for agent in simulation.agents:
        assert grid.trust[agent.id] == np.float32(agent.trust)
        assert grid.states[agent.id] == agent.state


def test_errors_parameters_and_what_goes_on(scene: Scene) -> None:
    snapshot = scene.snapshot
    assert [(e.kind, e.count, e.first_step, e.last_step) for e in snapshot.errors] == [
        ("agent.crash", 1, 9, 9)
    ]
    assert scene.reader.metrics("errors")[-1] == (STEPS, 1.0)
    assert snapshot.parameters["cache.ttl_steps"] == 3
    assert snapshot.undo == UndoStep("cache.ttl_steps 64 → 3", "cache.ttl_steps")
    assert [(a.kind, a.since, a.until, a.reached) for a in snapshot.attacks] == [
        ("port_scan", 6, 14, 8),
        ("ddos", 11, 17, 6),
    ]
    assert [(f.kind, f.text) for f in snapshot.faults] == [("agent_crash", "1 agents")]
    assert (snapshot.step, snapshot.seed, snapshot.detector) == (STEPS, 1, "mahalanobis")


def test_signature_from_near(scene: Scene) -> None:
    for seq, story in scene.told.items():
        detail = scene.painter.view(Focus(signature=seq)).signature
        assert detail is not None
        check_view(detail.view, story, scene)
        assert [(b.step, b.voter, b.vote, b.reason) for b in detail.ballots] == [
            (step, voter, Vote(vote).name, REASONS[reason])
            for step, voter, vote, reason, _ in story.ballots
        ]
        centre = np.frombuffer(story.row.centre, dtype="<f4")
        assert [value for _, value, _ in detail.centre] == centre.tolist()
        assert detail.fingerprint == story.row.fingerprint.hex()
        expected = story.verdicts[0].verdict if story.verdicts else None
        assert detail.view.verdict == (expected or "PENDING")
        assert f"{detail.view.confirmations} confirm" in detail.rule


def test_agent_from_near(scene: Scene) -> None:
    (shard,) = scene.run.simulation.shards
    cast = Counter(
        (voter, vote)
        for story in scene.told.values()
        if story.verdicts
        for _, voter, vote, *_ in story.ballots
    )
    published = Counter(row.publisher for _, row in scene.reader.rows(SignatureRow))
    for agent in range(16):
        detail = scene.painter.view(Focus(agent=agent)).agent
        assert detail is not None
        assert (detail.id, detail.position) == (agent, (agent % 4, agent // 4))
        assert detail.published == published[agent]
        assert (detail.confirmed, detail.refuted) == (
            cast[agent, Vote.CONFIRM],
            cast[agent, Vote.REFUTE],
        )
        assert detail.window == shard.windows.kept[agent].sum()
        assert detail.model_version == shard.models.version[agent]
        assert len(detail.scores) == (0 if agent == 4 else 24)
        names, medians, scales, means = zip(*detail.features, strict=True)
        assert names == scene.run.simulation.source.features
        assert list(medians) == shard.models.centre[agent].tolist()
        assert list(scales) == shard.models.scale[agent].tolist()
        if agent != 4:
            assert means == pytest.approx(shard.step.batch.flows[agent].mean(axis=0), abs=1e-5)
    assert scene.painter.view(Focus(agent=16)).agent is None


def test_unchanged_parts_are_the_same_objects(scene: Scene) -> None:
    first, second = (scene.painter.paint(EMPTY) for _ in range(2))
    assert first.ledger is second.ledger
    assert first.errors is second.errors
    assert all(
        a is b for a, b in zip(first.consensus.decided, second.consensus.decided, strict=True)
    )


def test_summary(scene: Scene) -> None:
    told = summarise(scene.run, RunDirectory(Path("/somewhere/run")), 2.0, 10)
    snapshot = scene.snapshot
    assert (told["steps"], told["agents"], told["seed"]) == (STEPS, 16, 1)
    assert told["steps_per_s"] == 5.0
    assert told["flows_scored"] == snapshot.performance.flows_scored
    ledger = {"entries": scene.reader.length(), "head": scene.reader.head().hex()}
    assert told["ledger"] == ledger
    signatures = told["signatures"]
    assert isinstance(signatures, dict)
    assert signatures["pending"] == sum(1 for s in scene.told.values() if not s.verdicts)
    assert signatures["accepted"] == snapshot.consensus.accepted
    quality = told["detection"]
    assert isinstance(quality, dict)
    recall = snapshot.quality.collective.recall
    assert recall is not None
    assert quality["collective"]["recall"] == round(recall, 6)
    assert told["errors"] == {"agent.crash": 1}


def test_before_the_first_step() -> None:
    with opened() as experiment:
        snapshot = Painter(experiment).paint(EMPTY)
    assert snapshot.step == 0
    assert set(snapshot.grid.states.tolist()) == {AgentState.LEARNING}
    assert [line.kind for line in snapshot.ledger] == ["genesis"]
