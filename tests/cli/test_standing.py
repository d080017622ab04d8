"""Agents and blocklist of a run that is over: what the run that made them had."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from cli_harness import assert_one_error_line, call

from sim import Simulation
from sim.archive.directory import RunDirectory

STEPS = 50
SETTINGS = {"traffic.batch_size": 50, "detection.trees": 20, "adversary.fraction": 0.25}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("standing") / "run"
    settings = [word for key, value in SETTINGS.items() for word in ("--set", f"{key}={value}")]
    result = call(
        "run", "--steps", str(STEPS), "--agents", "12", *settings, "--run-dir", str(path), "--quiet"
    )
    assert result.code == 0, result.err
    return path


@pytest.fixture(scope="module")
def model() -> Simulation:
    """The same run, still in memory."""
    model = Simulation(agents=12, **SETTINGS)
    for _ in range(STEPS):
        model.step()
    return model


def exported(run: Path, what: str) -> list[dict[str, object]]:
    result = call("export", str(run), "--what", what, "--format", "json")
    assert (result.code, result.err) == (0, "")
    return json.loads(result.out)


def test_agents_are_those_of_the_run(recorded, model) -> None:
    rows = exported(recorded, "agents")
    agents = sorted(model.agents, key=lambda agent: agent.id)
    assert [row["id"] for row in rows] == [agent.id for agent in agents]
    for row, agent in zip(rows, agents, strict=True):
        assert row["state"] == agent.state_name
        assert row["profile"] == agent.profile
        assert row["behaviour"] == agent.behaviour
        assert row["model_version"] == agent.model_version > 0
        assert row["trust"] == pytest.approx(agent.trust, abs=1e-6)
        assert row["score"] == pytest.approx(agent.score, abs=1e-6)
    assert len({row["behaviour"] for row in rows}) == 2


def test_published_and_voted_agree_with_the_record(recorded) -> None:
    rows = exported(recorded, "agents")
    signatures, votes = exported(recorded, "signatures"), exported(recorded, "votes")
    decided = {s["id"] for s in signatures if s["verdict"] != "PENDING"}
    votes = [v for v in votes if v["signature"] in decided]
    assert votes
    for row in rows:
        own = [s for s in signatures if s["publisher"] == row["id"]]
        cast = [v["vote"] for v in votes if v["voter"] == row["id"]]
        assert row["published"] == len(own)
        assert (row["confirmed"], row["refuted"]) == (cast.count("CONFIRM"), cast.count("REFUTE"))


def test_the_blocklist_is_of_accepted_signatures(recorded, model) -> None:
    rows = exported(recorded, "blocklist")
    accepted = {s["id"] for s in exported(recorded, "signatures") if s["verdict"] == "ACCEPTED"}
    assert rows
    assert {row["signature"] for row in rows} <= accepted
    assert all(0 < row["worth"] <= 1 and row["renewed"] <= STEPS for row in rows)
    assert len({len(row["centre"]) for row in rows}) == 1


def test_without_checkpoints_it_is_the_same(recorded, tmp_path) -> None:
    before = exported(recorded, "agents")
    for file in RunDirectory(recorded).checkpoints.iterdir():
        file.rename(tmp_path / file.name)
    try:
        assert exported(recorded, "agents") == before
    finally:
        for file in tmp_path.iterdir():
            if file.is_file():
                file.rename(RunDirectory(recorded).checkpoints / file.name)


def test_csv_and_refusals(recorded) -> None:
    table = call("export", str(recorded), "--what", "agents", "--format", "csv").out
    assert len(list(csv.DictReader(io.StringIO(table)))) == 12
    result = call("export", str(recorded), "--what", "agents", "--format", "yaml")
    assert_one_error_line(result)
    assert "yaml is for the journal" in result.err
