"""Errors that agents really raise: each is survived, in the same way wherever shards are."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trouble
from fake_ray import FakeRay
from laboratory import EVENTFUL, FLOOD, SCAN, Given, advance, loaded, opened
from thinned import first
from trouble import KINDS, PHASES, Trouble

from sim.config.parameters import Value
from sim.engine.engine import Engine
from sim.errors import BroadcastError, StepError
from sim.ledger.ballots import unpack_ballots
from sim.ledger.rows import SignatureRow, StepRow, TallyRow
from sim.ledger.verify import verify
from sim.run.replay import replay_run
from sim.run.run import Run
from sim.shard.publishing import Publishing
from sim.shard.shard import Shard
from sim.snapshot import AgentState
from sim.steering.journal import recorded_orders

pytestmark = pytest.mark.usefixtures("small_shards")
Patch = pytest.MonkeyPatch
STEPS = 14
EXECUTORS: dict[str, dict[str, Value]] = {
    "sequential": {},
    "threads": {"simulation.executor": "threads", "simulation.workers": 2},
    "ray": {"simulation.executor": "ray", "simulation.workers": 2},
    "agents": {"simulation.activation": "agents"},
}
GIVEN: Given = {**EVENTFUL, 9: (SCAN,)}


def stopped(run: Run) -> list[int]:
    return np.flatnonzero(run.simulation.states() == AgentState.STOPPED).tolist()


def outcome(settings: dict[str, Value]) -> tuple[str, list[int], dict[str, int]]:
    with opened(settings) as run:
        assert len(run.simulation.blocks) > 1
        advance(run, STEPS, GIVEN)
        counts = run.simulation.errors.counts()
        return run.ledger.head_hex, stopped(run), {k: v for k, v in counts.items() if "agent" in k}


def random_troubles(seed: int) -> list[Trouble]:
    """Five different agents, each with another kind of exception."""
    draw = np.random.Generator(np.random.Philox(seed))
    agents = draw.permutation(16)[:5].tolist()
    return [
        Trouble(
            agent=agent,
            step=int(draw.integers(1, STEPS)),
            phase=PHASES[int(draw.integers(len(PHASES)))],
            error=KINDS[(5 * seed + i) % len(KINDS)],
            late=bool(draw.integers(2)),
        )
        for i, agent in enumerate(agents)
    ]


@pytest.mark.parametrize("seed", first(2, range(5)))
def test_the_same_agents_stop_on_every_executor(
    monkeypatch: Patch, fake_ray: FakeRay, tmp_path: Path, seed: int
) -> None:
    troubles = random_troubles(seed)
    trouble.make(monkeypatch, troubles)
    found = {name: outcome(settings) for name, settings in EXECUTORS.items()}
    head, gone, counts = found["sequential"]
    assert gone == sorted(t.agent for t in troubles if t.phase != "vote")
    assert counts.get("agent.crash", 0) == len(gone)
    for name, other in found.items():
        assert other == (head, gone, counts), name
    timeline = [(step, command) for step, given in GIVEN.items() for command in given]
    engine = Engine(loaded(None, timeline), tmp_path / "run")
    engine.open()
    engine.run(STEPS)
    assert engine.close()
    assert verify(tmp_path / "run" / "ledger.db").ok
    every = ("sequential", "threads", "ray")
    for executor in every if seed == 0 else (every[seed % 3],):
        report = replay_run(tmp_path / "run", executor)
        assert report.ok and report.steps == STEPS, report.first_difference


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("evidence", ["bursts", "batch"])
def test_a_phase_that_has_raised_is_not_done_twice(
    monkeypatch: Patch, phase: str, evidence: str
) -> None:
    """What the others have done is the same whether the error came before or after it."""
    settings: dict[str, Value] = {"signature.evidence": evidence, "consensus.quorum": 0.9}
    kept = []
    for late in (False, True):
        with monkeypatch.context() as patch:
            trouble.make(patch, [Trouble(3, 7, phase, ValueError("made up"), late)])
            with opened(settings) as run:
                advance(run, 8, GIVEN)
                kept.append(others(run, 3))
    assert kept[0].keys() == kept[1].keys()
    for name, array in kept[0].items():
        assert np.array_equal(array, kept[1][name], equal_nan=array.dtype.kind == "f"), name


def others(run: Run, agent: int) -> dict[str, Any]:
    """The memory of all shards without that of one agent."""
    found = {}
    for number, shard in enumerate(run.simulation.shards):
        rows = shard.ids != agent
        for name, array in shard.state().items():
            whole = array.ndim > 0 and len(array) == len(rows)
            if name != "tree":
                found[f"{number}/{name}"] = array[rows] if whole else array
    return found


def test_a_vote_that_raises_is_an_empty_result(monkeypatch: Patch) -> None:
    trouble.make(monkeypatch, [Trouble(agent, 6, "vote", KeyError("x")) for agent in (2, 9)])
    with opened() as run:
        advance(run, STEPS, GIVEN)
        voters = {
            voter
            for _, row in run.reader.rows(TallyRow)
            if row.step >= 6
            for voter in unpack_ballots(row.ballots)["voter"].tolist()
        }
        assert len(voters) > 8 and not voters & {2, 9}
        assert stopped(run) == []
        assert run.simulation.errors.counts()["agent.validation"] == 2 * (STEPS - 5)
        assert run.simulation.report is not None and run.simulation.report.windows[2] > 0


def test_who_raises_stops_and_the_traceback_is_logged(
    monkeypatch: Patch, caplog: pytest.LogCaptureFixture
) -> None:
    trouble.make(monkeypatch, [Trouble(4, 5, "detect", ZeroDivisionError("made up"))])
    with caplog.at_level(logging.ERROR), opened() as run:
        advance(run, 8, GIVEN)
        assert stopped(run) == [4]
        active = [row.active for _, row in run.reader.rows(StepRow)]
        assert active == [16] * 4 + [15] * 4
        assert run.simulation.errors.counts()["agent.crash"] == 1
    assert "agent 4: detect: ZeroDivisionError" in caplog.text
    (told,) = [r for r in caplog.records if hasattr(r, "trace")]
    assert told.trace[0].startswith("Traceback") and told.trace[-1] == "ZeroDivisionError: made up"
    assert any("trouble.py" in line for line in told.trace)
    assert len(told.trace) < 12, "the search by halves is no part of it"


def test_a_row_that_the_ledger_refuses_stops_its_agent(monkeypatch: Patch) -> None:
    whole, refused = Publishing.honest, set[int]()

    def honest(self: Publishing, row: int, *arguments: Any) -> Any:
        draft = whole(self, row, *arguments)
        agent = draft.author
        bad: dict[int, dict[str, Any]] = {
            0: {"confidence": float("nan")},
            1: {"features": ("\ud800",)},
            2: {"publisher": 99},
            3: {"flows": -1},
        }
        if agent % 8 not in bad:
            return draft
        refused.add(agent)
        return replace(draft, signature=replace(draft.signature, **bad[agent % 8]))

    monkeypatch.setattr(Publishing, "honest", honest)
    with opened() as run:
        advance(run, STEPS, {6: (SCAN,), 9: (FLOOD,)})
        assert len(refused) > 2
        assert stopped(run) == sorted(refused)
        assert run.simulation.errors.counts()["agent.broadcast"] == len(refused)
        publishers = {row.publisher for _, row in run.reader.rows(SignatureRow)}
        assert publishers and not publishers & refused
    assert issubclass(BroadcastError, RuntimeError)


def test_a_fit_that_raises_keeps_the_old_model(monkeypatch: Patch) -> None:
    with opened({"detection.refit_interval": 2}) as run:
        advance(run, 5)
        blocks = run.simulation.blocks
        before = [shard.models.version.copy() for shard in run.simulation.shards]
        calls = trouble.break_fits(monkeypatch, row=1, first=1)
        advance(run, 4)
        for shard, then in zip(run.simulation.shards, before, strict=True):
            grown = shard.models.version - then
            assert grown[1] == 0 and then[1] > 0
            assert (np.delete(grown, 1) == 2).all(), "nobody else is fitted twice in a step"
        assert 1 in calls
        assert stopped(run) == []
        assert run.simulation.errors.counts() == {"agent.refit": 2 * len(blocks)}


def test_a_cache_that_raises_is_cleared(monkeypatch: Patch) -> None:
    settings: dict[str, Value] = {"signature.evidence": "batch"}
    with opened(settings) as run:
        advance(run, STEPS, GIVEN)
        expected = run.ledger.head_hex
    with opened(settings) as run:
        advance(run, 8, GIVEN)
        for shard in run.simulation.shards:
            shard.judging.cache._lines = None  # type: ignore[assignment]
        advance(run, STEPS - 8, GIVEN)
        assert run.simulation.errors.counts()["agent.cache"] > 0
        assert stopped(run) == []
        assert run.ledger.head_hex == expected


def test_what_no_agent_causes_ends_the_run(monkeypatch: Patch) -> None:
    whole = Shard.learn

    def broken(self: Shard, rows: Any) -> None:
        if len(rows) > 1 and self.orders.step == 4:
            raise ValueError("only together")
        whole(self, rows)

    monkeypatch.setattr(Shard, "learn", broken)
    with opened() as run, pytest.raises(ValueError, match="only together"):
        advance(run, 4)


def test_when_nobody_is_left_the_run_ends(monkeypatch: Patch) -> None:
    trouble.make(monkeypatch, [Trouble(a, 3, "observe", ValueError("all")) for a in range(16)])
    with opened() as run, pytest.raises(StepError, match="no agent is left"):
        advance(run, 4)


def test_recorded_traffic_ends_without_those_who_stopped(
    monkeypatch: Patch, tmp_path: Path
) -> None:
    from timeline import recorded

    trouble.make(monkeypatch, [Trouble(1, 3, "observe", ValueError("x"), late=True)])
    with opened(recorded(tmp_path)) as run:
        for _ in range(80):
            if run.simulation.finished:
                break
            run.advance()
        assert run.simulation.finished and stopped(run) == [1]
        assert recorded_orders(run.reader) == {}
