"""Bad input is one line and exit code 2, and leaves nothing behind."""

from __future__ import annotations

import gc
import os
import string
from importlib.util import find_spec
from pathlib import Path

import pytest
from cli_harness import assert_one_error_line, call, stand_in, tree
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.errors import InputError

RELAXED = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
CASES = {
    "unknown key names the nearest": (["--set", "consensus.qorum=0.5"], "'consensus.quorum'"),
    "value out of bounds": (["--set", "consensus.quorum=1.5"], "a number > 0 and ≤ 1"),
    "no equals sign": (["--set", "consensus.quorum"], "key=value"),
    "not a number": (["--agents", "many"], "--agents: simulation.agents: 'many'"),
    "not a whole number": (["--agents", "2.5"], "whole number"),
    "not finite": (["--set", "detection.threshold=nan"], "'nan'"),
    "seed below zero": (["--seed", "-1"], "≥ 0"),
    "too large for any integer": (["--seed", "9" * 5000], "whole number"),
    "unknown executor": (["--executor", "gpu"], "auto, sequential, threads, ray"),
    "unknown scenario": (["--scenario", "quickstrat"], "did you mean 'quickstart'"),
    "missing configuration": (["--config", "no.yaml"], "No such file"),
    "missing traffic": (["--traffic", "no.csv"], "--traffic: traffic.path: "),
    "empty traffic": (["--traffic", ""], "--traffic: '' is not a path"),
    "unknown home": (["--config", "~nosuchuser/x.yaml"], "home"),
    "only wrong together": (["--set", "detection.min_window=300"], "detection.window"),
    "endless configuration": (["--config", "/dev/zero"], "larger than"),
    "a folder as configuration": (["--config", "."], "Is a directory"),
    "a null byte": (["--config", "a\0b"], "not a path"),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("command", [["run", "--steps", "3"], ["config", "show"]], ids=" ".join)
def test_wrong_run_options(engines, tmp_path, command: list[str], case: str) -> None:
    arguments, expected = CASES[case]
    before = tree(tmp_path)
    result = call(*command, *arguments)
    assert_one_error_line(result)
    assert expected in result.err
    assert tree(tmp_path) == before


@pytest.mark.parametrize("command", [["run", "--steps", "3"], ["config", "show"]], ids=" ".join)
def test_traffic_from_a_pipe_is_refused_without_waiting(engines, tmp_path, command) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    result = call(*command, "--traffic", str(pipe))
    assert_one_error_line(result)
    assert "not a regular file" in result.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["rnu"], "did you mean 'run'"),
        (["config", "shwo"], "did you mean 'show'"),
        (["frobnicate"], "expected one of attach, compare, config"),
        (["run"], "Missing option '--steps'"),
        (["run", "--steps", "0"], "--steps: '0' is not a whole number ≥ 1"),
        (["run", "--steps", "٣"], "--steps: '\\u0663'"),
        (["run", "--stesp", "3"], "--steps"),
        (["--seed", "3", "run", "--steps", "3"], "--seed stands before 'run'"),
        (["verify"], "no run is kept on this machine"),
        (["verify", "nowhere"], "does not exist"),
        (["verify", "."], "no config.yaml and no ledger.db"),
        (["resume", "nowhere"], "does not exist"),
        (["replay", "a\0b"], "no usable path"),
        (["export", ".", "--what", "secrets", "--format", "csv"], "'secrets'"),
        (["replay", ".", "--executor", "gpu"], "auto, sequential, threads, ray"),
        (["doctor", "nowhere"], "does not exist"),
        ([], "stdout is no terminal"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage(engines, arguments: list[str], expected: str) -> None:
    result = call(*arguments)
    assert_one_error_line(result)
    assert expected in result.err


def test_an_unknown_environment_variable_is_named(engines, monkeypatch) -> None:
    monkeypatch.setenv("DECSIM_CONSENSUS__QORUM", "0.5")
    result = call("run", "--steps", "1")
    assert_one_error_line(result)
    assert "DECSIM_CONSENSUS__QUORUM" in result.err


def test_what_is_invisible_in_a_value_is_escaped(engines) -> None:
    result = call("run", "--steps", "1", "--set", "a.b\x1b[31m\u202e\n=1")
    assert_one_error_line(result)
    assert r"\x1b" in result.err


def test_an_unexpected_error_is_one_line_with_its_traceback_in_the_log(engines) -> None:
    def explode(_step: int) -> None:
        raise LookupError("broken\nin two")

    engines.during = explode
    result = call("run", "--steps", "1", "--run-dir", "r")
    assert result.code == 1
    assert result.err.count("\n") == 1
    assert "unexpected LookupError: broken in two" in result.err
    assert "Traceback" in Path("r/run.log").read_text()
    assert engines.made[0].closed


@RELAXED
@given(text=st.text(max_size=60))
def test_any_text_for_set(engines_once, text: str) -> None:
    _ok_or_one_line(call("config", "show", "--set", text))


KEYS = st.sampled_from(
    ["detection.threshold", "simulation.agents", "traffic.loop", "traffic.path", "cache.capacity"]
)
WORDS = st.one_of(
    st.text(max_size=20),
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(["1_0", "0x10", "010", "1e400", "[1", "{", "true", "2020-01-01", "!!int x"]),
)


@RELAXED
@given(key=KEYS, text=WORDS)
def test_any_value_for_a_key(engines_once, key: str, text: str) -> None:
    _ok_or_one_line(call("config", "show", "--set", f"{key}={text}", "--json"))


VOCABULARY = [
    "run", "resume", "summary", "replay", "verify", "export", "config", "show", "check",
    "scenarios",
    "--steps", "--json", "--quiet", "--config", "--scenario", "--set", "--agents", "--seed",
    "--executor", "--workers", "--traffic", "--headless", "--what", "--format",
    "3", "quickstart", "consensus.quorum=0.7", "csv", "signatures", "", "-", "--", "/", ".",
    "--help", "--version", "doctor",
]  # fmt: skip


@RELAXED
@given(arguments=st.lists(st.sampled_from(VOCABULARY) | st.text(max_size=8), max_size=6))
def test_any_arguments(engines_once, tmp_path, arguments: list[str]) -> None:
    _ok_or_one_line(call(*arguments))
    assert tree(tmp_path / "work") == []


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
    | st.dates() | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.text(string.ascii_lowercase, max_size=8) | st.integers() | st.booleans(),
        inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
SECTIONS = st.dictionaries(
    st.sampled_from(["simulation", "detection", "consensus", "timeline", "name", "description"])
    | st.text(max_size=5),
    st.dictionaries(st.sampled_from(["agents", "threshold", "quorum", "rule", "x"]), PLAIN)
    | st.lists(
        st.fixed_dictionaries({"at": st.integers(0, 9) | PLAIN}, optional={
            "undo": PLAIN, "set_parameter": PLAIN, "inject_attack": PLAIN, "stop_attack": PLAIN,
        }),
        max_size=3,
    )
    | PLAIN,
    max_size=4,
)  # fmt: skip


@RELAXED
@given(content=SECTIONS)
def test_any_yaml_document(engines_once, content: object) -> None:
    import yaml

    path = Path("document.yaml")
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    result = call("config", "check", "document.yaml")
    _ok_or_one_line(result)
    if result.code:
        assert "document.yaml: " in result.err or "detection." in result.err


@RELAXED
@given(
    data=st.binary(max_size=200)
    | st.text("{}[]&*!:-#'\"|>?%@` ab0\n\t", max_size=60).map(str.encode)
)
def test_any_bytes_as_a_configuration(engines_once, data: bytes) -> None:
    Path("document.yaml").write_bytes(data)
    _ok_or_one_line(call("config", "check", "document.yaml"))


@pytest.fixture
def engines_once(engines, monkeypatch):
    """Stand-ins that make nothing, for tests that call often."""

    def nothing(*_arguments: object) -> object:
        raise InputError("far enough")

    stand_in(monkeypatch, "sim.engine.engine", Engine=nothing)
    return engines


def _ok_or_one_line(result) -> None:
    if result.err.startswith("Usage: "):  # a group without a command
        assert (result.code, result.out) == (2, "")
    elif result.code != 0:
        assert_one_error_line(result)
    else:
        assert result.err == ""


def test_the_vocabulary_reaches_themes_too() -> None:
    if find_spec("tui.theme.themes") is None:
        pytest.skip("no themes yet")
    _ok_or_one_line(call("themes"))


def test_an_app_that_is_refused_leaves_the_collector_on() -> None:
    """It is off while the app is loaded; whoever calls this in a process of his own goes on."""
    assert call("--agents", "0").code == 2
    assert gc.isenabled()
