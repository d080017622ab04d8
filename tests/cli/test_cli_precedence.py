"""Each layer of the configuration beats the one below, and says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_harness import call

from sim.config.load import load_config

KEY = "consensus.quorum"


def shown(*arguments: str) -> dict[str, object]:
    result = call("config", "show", "--json", *arguments)
    assert result.code == 0, result.err
    return json.loads(result.out)["parameters"][KEY]


def test_layers(monkeypatch) -> None:
    assert shown("--config", _file("empty.yaml", "")) == {"value": 0.6, "source": "default"}
    files = ["--config", _file("file.yaml", "consensus: {quorum: 0.61}")]
    assert shown(*files) == {"value": 0.61, "source": "file file.yaml"}
    files += ["--scenario", _file("plan.yaml", "consensus: {quorum: 0.62}")]
    assert shown(*files) == {"value": 0.62, "source": "scenario plan"}
    monkeypatch.setenv("DECSIM_CONSENSUS__QUORUM", "0.63")
    assert shown(*files) == {"value": 0.63, "source": "environment DECSIM_CONSENSUS__QUORUM"}
    assert shown(*files, "--set", f"{KEY}=0.1", "--set", f"{KEY}=0.64") == {
        "value": 0.64,
        "source": "--set",
    }


def test_options_beat_set() -> None:
    result = call("config", "show", "--set", "simulation.agents=7", "--agents", "8")
    line = next(x for x in result.out.splitlines() if x.startswith("simulation.agents"))
    assert line.split() == ["simulation.agents", "=", "8", "--agents"]


def test_a_lower_layer_shows_through_where_the_upper_is_silent() -> None:
    base = _file("file.yaml", "consensus: {quorum: 0.61}")
    plan = _file("plan.yaml", "simulation: {agents: 9}")
    assert shown("--config", base, "--scenario", plan)["value"] == 0.61


def test_a_traffic_path_in_a_file_is_taken_from_its_folder(tmp_path) -> None:
    Path("sub").mkdir()
    Path("sub/flows.csv").write_text("a,b\n1,2\n")
    _file("sub/file.yaml", "traffic: {path: flows.csv}")
    result = call("config", "show", "--json", "--config", "sub/file.yaml")
    found = json.loads(result.out)["parameters"]["traffic.path"]["value"]
    assert Path(found).resolve() == Path("sub/flows.csv").resolve()


@pytest.mark.parametrize(
    ("arguments", "scenario"),
    [([], "quickstart"), (["--traffic", "flows.csv"], ""), (["--config", "x.yaml"], "")],
    ids=["nothing", "traffic", "config"],
)
def test_quickstart_only_where_nothing_else_is_asked(arguments, scenario) -> None:
    Path("flows.csv").write_text("a\n1\n")
    _file("x.yaml", "")
    result = call("config", "show", "--json", *arguments)
    assert json.loads(result.out)["scenario"] == scenario


def test_an_empty_environment_is_empty(monkeypatch) -> None:
    monkeypatch.setenv("DECSIM_CONSENSUS__QUORUM", "0.63")
    assert load_config(environment={}).config.consensus.quorum == 0.6


def test_numbers_of_the_command_line_are_decimal() -> None:
    assert load_config(settings=["simulation.seed=010"]).config.simulation.seed == 10
    assert load_config(settings=["detection.threshold=1e-3"]).config.detection.threshold == 0.001


def _file(name: str, text: str) -> str:
    Path(name).write_text(text)
    return name
