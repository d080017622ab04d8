"""Faults given as one line of text: `--set simulation.faults=…`."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.archive.directory import RunDirectory
from sim.commands import FAULTS, InjectFault
from sim.config.faults import parse_faults
from sim.config.load import load_config, reload_config
from sim.errors import ConfigError
from tui.cli import main

ANY = st.sampled_from(list(FAULTS))
TEXTS = st.lists(
    st.tuples(
        st.sampled_from(list(FAULTS)), st.integers(1, 10**9), st.none() | st.integers(1, 10**6)
    ),
    min_size=1,
    max_size=5,
)


@given(TEXTS)
def test_what_is_written_is_what_is_injected(faults) -> None:
    text = ", ".join(f"{k}@{at}" + (f"x{long}" if long else "") for k, at, long in faults)
    entries = parse_faults(text, "--set")
    assert [e.at for e in entries] == [at for _, at, _ in faults]
    for entry, (kind, _, duration) in zip(entries, faults, strict=True):
        assert entry.command == (
            InjectFault(kind, duration=duration) if duration else InjectFault(kind)
        )


@given(st.text(max_size=30))
def test_any_other_text_is_refused_in_one_line(text) -> None:
    if any(part.strip() for part in text.split(",")):
        with pytest.raises(ConfigError, match=r"\A--set: simulation.faults: [^\n]*\Z"):
            parse_faults(text, "--set")
    else:
        assert parse_faults(text, "--set") == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("disk_full", "expected KIND@STEP"),
        ("disk_full@0", "expected KIND@STEP"),
        ("disk_ful@3", "did you mean 'disk_full'"),
        ("agent_crash@3x0", "duration"),
    ],
)
def test_what_is_wrong_is_said(text, expected) -> None:
    with pytest.raises(ConfigError, match=expected):
        load_config(settings=[f"simulation.faults={text}"], environment={})


def test_a_run_has_them_in_its_timeline_once(tmp_path) -> None:
    loaded = load_config(settings=["simulation.faults=agent_crash@4x2"], environment={})
    assert loaded.config.simulation.faults == ""
    directory = RunDirectory.create(loaded, tmp_path / "r")
    again = reload_config(directory.config_file)
    assert [e.command for e in again.timeline] == [e.command for e in loaded.timeline]
    assert InjectFault("agent_crash", duration=2) in [e.command for e in again.timeline]


def test_from_the_command_line(tmp_path, capsys) -> None:
    run = str(tmp_path / "r")
    arguments = ["run", "--steps", "6", "--agents", "6", "--run-dir", run, "--json", "--quiet"]
    more = ["--set", "detection.trees=8", "--set", "simulation.faults=agent_crash@2,slow_disk@3x2"]
    assert main([*arguments, *more]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["errors"]["agent.crash"] >= 1
    assert main(["replay", run, "--json"]) == 0
    assert main([*arguments, "--set", "simulation.faults=x"]) == 2
