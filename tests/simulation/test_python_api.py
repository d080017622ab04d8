"""`import sim`: a Mesa model of a whole run, and its record."""

from __future__ import annotations

import gc
import inspect
import json
import runpy
import subprocess
import sys
import warnings
import weakref
from pathlib import Path
from typing import ClassVar

import mesa
import numpy as np
import pytest
from click.testing import CliRunner
from laboratory import SMALL

import sim
from sim import AnomalyAgent, Simulation
from sim.commands import InjectAttack, InjectFault, Pause, SetParameter, Stop, Targets
from sim.config.load import load_config
from sim.config.parameters import Value
from sim.errors import CommandRejectedError, ConfigError, InputError, LedgerError
from sim.model.agents import ValidationResult
from sim.run.record import open_run, replay, verify
from tui.cli import command

KEYS: dict[str, Value] = {k: v for k, v in SMALL.items() if k != "simulation.agents"}
OPTIONS = {**SMALL, "simulation.seed": 3}
SCAN = InjectAttack("port_scan", intensity=0.9, duration=8, targets=Targets(fraction=0.5))


def small(**more: object) -> Simulation:
    return Simulation(**{"agents": 16, "seed": 3, **KEYS, **more})  # type: ignore[arg-type]


class Abstainer(AnomalyAgent):
    def poll_and_validate(self) -> tuple[ValidationResult, ...]:
        return ()


class Gossip(AnomalyAgent):
    heard: ClassVar[list[tuple[int, int]]] = []

    def poll_and_validate(self) -> tuple[ValidationResult, ...]:
        results = super().poll_and_validate()
        self.heard.append((self.id, len(results)))
        return results


def test_importing_costs_nothing_and_offers_everything() -> None:
    code = (
        "import sim, sys; heavy = {'mesa', 'numpy', 'pandas', 'pydantic', 'sklearn'};"
        "sys.exit(str(heavy & set(sys.modules) or '') or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert all(getattr(sim, name) for name in sim.__all__)
    assert set(sim.__all__) <= set(dir(sim))
    with pytest.raises(AttributeError, match="nonsense"):
        _ = sim.nonsense  # type: ignore[attr-defined]


def test_the_head_is_that_of_the_command_line(tmp_path: Path) -> None:
    options = [f"--set={key}={value}" for key, value in KEYS.items()]
    line = ["run", "--steps", "12", "--scenario", "worm", "--agents", "24", "--seed", "5"]
    line += ["--json", "--quiet", "--run-dir", str(tmp_path / "run"), *options]
    said = CliRunner().invoke(command, line, standalone_mode=False)
    summary = json.loads(said.stdout)
    with Simulation(agents=24, seed=5, scenario="worm", **KEYS) as model:
        for _ in range(12):
            model.step()
        assert model.head == summary["ledger"]["head"]
        ours = model.summary()
    clocks = {"run_dir", "run_id", "wall_s", "steps_per_s", "timings", "tuning", "bottleneck"}
    clocks.add("notices")  # a model has no last step, so nothing of the timeline is left out
    assert {k: v for k, v in ours.items() if k not in clocks} == {
        k: v for k, v in summary.items() if k not in clocks
    }
    with open_run(tmp_path / "run") as record:
        assert (record.head, record.steps) == (summary["ledger"]["head"], 12)
        assert record.config.config.simulation.agents == 24
        assert len(record.signatures) == summary["signatures"]["published"]
        assert list(record.metrics["step"]) == list(range(1, 13))
        with pytest.raises(InputError, match="did you mean 'votes'"):
            record.frame("vote")
    assert verify(tmp_path / "run").ok
    assert replay(tmp_path / "run").ok


def test_one_step_is_a_whole_one_and_is_collected() -> None:
    with small() as model:
        assert isinstance(model, mesa.Model)
        model.run_model(steps=4)
        model.submit(SCAN)
        model.submit(SetParameter("consensus.quorum", 0.7))
        model.run_model(steps=5)
        assert (model.now, model.steps) == (9, 9)
        assert model.config.consensus.quorum == 0.7
        figures = model.datacollector.get_model_vars_dataframe()
        assert list(figures["step"]) == list(range(10))
        assert figures["published"].iloc[-1] == len(model.records.signatures) > 0
        assert figures["collective_recall"].iloc[-1] > 0.5
        assert np.isnan(figures["poison_accepted"].iloc[-1])
        agents = model.datacollector.get_agent_vars_dataframe()
        assert set(agents.columns) == {"score", "trust", "state"}
        last = agents.loc[9]
        assert len(last) == 16
        assert (last["state"] == "alert").sum() == figures["alerts"].iloc[-1] > 0
        journal = model.records.journal
        assert list(journal["status"]) == ["applied", "applied"]
        with pytest.raises(CommandRejectedError, match="pause"):
            model.submit(Pause())
        model.submit(Stop())
        model.run_model()
        assert (model.running, model.now) == (False, 9)


def test_every_record_is_a_frame_of_a_model_and_of_a_run(tmp_path: Path) -> None:
    crash = InjectFault("agent_crash", Targets(agents=(1, 2)), duration=3)
    with small() as model:
        model.run_model(steps=5)
        model.submit(SCAN)
        model.submit(crash)
        model.run_model(steps=9)
        frames = {name: model.records.frame(name) for name in model.records.names}
    assert list(frames["errors"]["agent"]) == [1, 2]
    assert set(frames["errors"]["kind"]) == {"agent.crash"}
    assert len(frames["agents"]) == 16 and len(frames["blocklist"]) > 0
    assert frames["signatures"]["confidence"].between(0.6, 1).all()
    folder = tmp_path / "run"
    engine = sim.Engine(load_config(options={k: (k, v) for k, v in OPTIONS.items()}), folder)
    engine.open()
    engine.run(5)
    engine.submit(SCAN)
    engine.submit(crash)
    engine.run(9)
    engine.close()
    with open_run(folder) as record:
        assert set(record.names) == set(frames)
        for name in set(frames) - {"metrics", "tuning", "journal"}:  # clocks, and who gave it
            assert record.frame(name).equals(frames[name]), name
        assert len(record.tuning) == 0


def test_more_steps_than_the_screen_keeps_are_all_collected() -> None:
    with small(**{"monitoring.history": 10}) as model:
        model.run_model(steps=14)
        assert len(model.datacollector.get_model_vars_dataframe()) == 15


def test_agents_are_selectable_and_stand_on_a_grid() -> None:
    with small() as model:
        model.run_model(steps=4)
        agents = list(model.agents)
        assert len(agents) == 16
        assert all(model.grid[agent.pos] is agent for agent in agents)
        assert len(model.agents.select(lambda agent: agent.id < 4)) == 4
        assert all(0 <= agent.score < 1 and 0 < agent.trust < 1 for agent in agents)


def test_a_class_that_never_votes_lets_everything_expire() -> None:
    with small() as usual, small(agent_class=Abstainer) as mute:
        for model in (usual, mute):
            model.run_model(steps=8)
            model.submit(SCAN)
            model.run_model(steps=16)
        published = usual.summary()["signatures"], mute.summary()["signatures"]
        assert published[0]["accepted"] > 0  # type: ignore[index]
        assert published[1]["accepted"] == published[1]["rejected"] == 0  # type: ignore[index]
        assert published[1]["expired"] > 0  # type: ignore[index]
        assert mute.records.votes.empty
        assert usual.head != mute.head


def test_a_class_that_does_the_same_gives_the_same_head() -> None:
    Gossip.heard.clear()
    with small() as usual, small(agent_class=Gossip) as told:
        for model in (usual, told):
            model.run_model(steps=6)
            model.submit(SCAN)
            model.run_model(steps=8)
        assert usual.head == told.head
        assert len(Gossip.heard) == 14 * 16
        assert sum(count for _, count in Gossip.heard) > 0


def test_an_agent_says_what_it_did() -> None:
    with small() as model:
        model.run_model(steps=6)
        model.submit(SCAN)
        population = model._run.simulation
        while not population.assembly.counts["published"]:
            model.step()
            assert model.now < 14
        population.begin()
        done = [agent.step() for agent in model.agents]
        published = [one for step in done for one in step.published]
        validated = [one for step in done for one in step.validated]
        assert validated
        assert {v.vote for v in validated} <= {"CONFIRM", "REFUTE", "ABSTAIN"}
        assert all(v.reason for v in validated)
        assert all(p.id > 0 and p.signature.flows > 0 for p in published)


def test_batch_run_as_mesa_has_it() -> None:
    # Mesa 3.5 has an argument for the seeds of a batch, and ignores them among the parameters.
    of_its_own = "rng" in inspect.signature(mesa.batch_run).parameters
    seeds, more = ({}, {"rng": range(2)}) if of_its_own else ({"seed": range(2)}, {})
    rows = mesa.batch_run(
        Simulation,
        parameters={"agents": [8, 12], **seeds, **KEYS, "consensus.quorum": [0.6]},
        **more,
        max_steps=4,
        data_collection_period=-1,
        display_progress=False,
    )
    assert {(row["agents"], row["seed"]) for row in rows} == {(8, 0), (8, 1), (12, 0), (12, 1)}
    assert all(row["consensus.quorum"] == 0.6 and row["step"] == row["Step"] for row in rows)


def test_a_step_that_raised_is_not_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    with small() as usual, small() as model:
        usual.run_model(steps=4)
        model.run_model(steps=2)
        with monkeypatch.context() as broken:
            broken.setattr(model.reader, "signatures_after", lambda seq: 1 / 0)
            for _ in range(2):
                with pytest.raises(ZeroDivisionError):
                    model.step()
                assert (model.now, model.steps) == (2, 2)
        model.run_model(steps=2)
        assert (model.now, model.steps) == (4, 4)
        assert getattr(model, "time", 4) == 4
        assert model.head == usual.head


def test_no_version_of_mesa_warns() -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with small() as model:
            model.run_model(steps=2)
    assert [str(one.message) for one in heard if "mesa" in str(one.message).lower()] == []
    assert not [one for one in heard if issubclass(one.category, FutureWarning)]


def test_what_came_out_stays_when_it_is_closed() -> None:
    with small() as model:
        model.run_model(steps=3)
        before = model.summary()
    model.close()
    assert model.summary() == before
    assert len(model.datacollector.get_model_vars_dataframe()) == 4
    with pytest.raises(LedgerError, match="closed"):
        _ = model.records.signatures


def test_a_model_that_nobody_holds_is_gone() -> None:
    model = small()
    model.step()
    gone = weakref.ref(model)
    model.close()
    del model
    gc.collect()
    assert gone() is None


def test_bad_input_is_one_line(tmp_path: Path) -> None:
    for bad, why in (
        ({"agents": 0}, "agents.*≥ 1"),
        ({"scenario": "wurm"}, "did you mean 'worm'"),
        ({"consensus.qorum": 0.5}, "did you mean 'consensus.quorum'"),
    ):
        with pytest.raises(ConfigError, match=why) as refused:
            Simulation(**bad)  # type: ignore[arg-type]
        assert "\n" not in str(refused.value)


def test_the_ledger_may_be_a_file(tmp_path: Path) -> None:
    with small(ledger=tmp_path / "ledger.db") as model:
        model.run_model(steps=3)
        head = model.head
    from sim.ledger.verify import verify as verify_file

    assert verify_file(tmp_path / "ledger.db").head == head


def test_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    script = Path(__file__).parents[1] / "examples" / "first_steps.py"
    names = runpy.run_path(str(script), run_name="__main__")
    said = capsys.readouterr().out
    assert names["outcome"]["steps"] == 25
    assert "inject_attack" in said
    assert names["counts"]["accepted"] == 0
