"""`config`, `scenarios`, `doctor`, `--version`, `--help`."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest
from cli_harness import call

from sim.config.parameters import parameters
from sim.config.schema import Config


def test_config_show_lists_every_key_aligned() -> None:
    lines = [x for x in call("config", "show").out.splitlines() if not x.startswith("#")]
    assert [line.split()[0] for line in lines] == [p.key for p in parameters()]
    assert len({line.index(" = ") for line in lines}) == 1
    assert len({line.rindex("  ") for line in lines if line.endswith("default")}) == 1


def test_config_show_ends_with_the_timeline() -> None:
    Path("plan.yaml").write_text(
        "timeline: [{at: 4, set_parameter: {key: consensus.quorum, value: 0.7}}]"
    )
    result = call("config", "show", "--scenario", "plan.yaml")
    assert result.out.splitlines()[-1] == (
        '# at 4: set_parameter {"key": "consensus.quorum", "value": 0.7}'
    )
    timeline = json.loads(call("config", "show", "--scenario", "plan.yaml", "--json").out)[
        "timeline"
    ]
    assert timeline == [{"at": 4, "set_parameter": {"key": "consensus.quorum", "value": 0.7}}]


@pytest.mark.parametrize("what", [(), ("quickstart",), ("mine.yaml",), ("mine",)], ids=str)
def test_config_check_says_ok_in_one_line(what) -> None:
    Path("mine.yaml").write_text("simulation: {agents: 5}")
    Path("mine").write_text("simulation: {agents: 5}")
    result = call("config", "check", *what)
    assert (result.code, result.out.count("\n"), result.err) == (0, 1, "")
    assert result.out.endswith("ok\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("simulation: {agnets: 5}", "did you mean 'simulation.agents'"),
        ("simulatoin: {agents: 5}", "did you mean 'simulation'"),
        ("simulation: 5", "expected a mapping of keys"),
        ("[1, 2]", "expected a mapping of sections"),
        ("a: b: c", "line 1"),
        ("detection: {window: 9}\ndetection: {}", "line 2: key 'detection' is there twice"),
        ("timeline: [{at: 0, undo: }]", "timeline entry 1: at:"),
        ("timeline: [{at: 1, inject_atack: {}}]", "did you mean 'inject_attack'"),
        ("timeline: [{at: 1, inject_attack: {kind: ddos, intensity: 7}}]", "intensity"),
        ("timeline: [{at: 1, inject_attack: {kind: dos}}]", "did you mean 'ddos'"),
        ("timeline: [{at: 1, inject_attack: 7}]", "expected a mapping of arguments, not 7"),
        ("timeline: [{at: 1, undo: 0}]", "expected a mapping of arguments, not 0"),
        ("timeline: [{at: 1, set_parameter: {key: simulation.agents, value: 7}}]", "restart"),
        ("traffic: {path: nowhere.csv}", "nowhere.csv: cannot be read"),
        ("traffic: {path: ~nosuchuser/x.csv}", "home"),
    ],
)
def test_config_check_names_file_key_and_expectation(text: str, expected: str) -> None:
    Path("mine.yaml").write_text(text)
    result = call("config", "check", "mine.yaml")
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert expected in result.err
    assert "mine.yaml" in result.err or "timeline at 1" in result.err


def test_config_schema_carries_unit_and_effect() -> None:
    schema = json.loads(call("config", "schema").out)
    batch = schema["$defs"]["TrafficSection"]["properties"]["batch_size"]
    assert (batch["unit"], batch["applies"], batch["minimum"]) == ("flows", "next step", 1)
    assert set(schema["properties"]) == set(Config.model_fields)


def test_scenarios_hide_nothing(tmp_path) -> None:
    folder = tmp_path / "config" / "decsim-tui" / "scenarios"
    folder.mkdir(parents=True)
    (folder / "worm.yaml").write_text("description: A worm\x0bspreads.".replace("\x0b", " "))
    (folder / "broken.yaml").write_text("nonsense: 1")
    found = json.loads(call("scenarios", "--json").out)["scenarios"]
    by_name = {s["name"]: s for s in found}
    assert by_name["worm"]["description"] == "A worm spreads."
    assert not by_name["broken"]["usable"]
    assert by_name["quickstart"]["usable"]
    assert "unknown section 'nonsense'" in call("scenarios").out


def test_doctor_reports(monkeypatch) -> None:
    monkeypatch.setenv("TMUX", "/tmp/x")
    monkeypatch.setenv("NO_COLOR", "1")
    report = json.loads(call("doctor", "--json").out)
    assert set(report) == {"versions", "executors", "folders", "resources", "terminal"}
    assert report["versions"]["mesa"] == version("mesa")
    assert report["executors"]["sequential"] is True
    assert report["folders"]["runs"]["journal_mode"] in ("wal", "delete")
    assert report["folders"]["runs"]["writable"] is True
    assert not Path(report["folders"]["runs"]["path"]).exists()
    assert report["terminal"]["tmux"] is True
    assert report["terminal"]["colours"] == "none (NO_COLOR)"
    assert "  journal mode" in call("doctor").out


def test_doctor_on_a_run(engines) -> None:
    call("run", "--steps", "3", "--quiet", "--run-dir", "r")
    report = json.loads(call("doctor", "r", "--json").out)["run"]
    assert (report["goal"], report["in_use"], report["writable"]) == (3, False, True)
    with engines.made[0].run_directory.locked():
        assert json.loads(call("doctor", "r", "--json").out)["run"]["in_use"] is True


def test_version_and_help() -> None:
    assert call("--version").out == f"decsim-tui {version('decsim-tui')}\n"
    for arguments in ([], ["run"], ["config", "show"], ["export"]):
        result = call(*arguments, "--help")
        assert result.code == 0
        assert result.out.startswith("Usage: decsim-tui")
