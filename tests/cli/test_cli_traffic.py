"""What was asked of traffic and cannot be done is said, before the run or in its summary."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest
from cli_harness import assert_one_error_line, tree


def flows(folder: Path, rows: int = 90) -> str:
    lines = ["x,z,label"]
    lines += [f"{i * 37 % 91},{i * 13 % 17},{'normal' if i % 6 else 'scan'}" for i in range(rows)]
    (folder / "flows.csv").write_text("\n".join(lines) + "\n")
    return "flows.csv"


def test_a_timeline_whose_attacks_the_file_lacks_is_refused(cli, own_world) -> None:
    scenario = own_world / "s.yaml"
    scenario.write_text("name: s\ntimeline:\n- at: 2\n  inject_attack: {kind: scam}\n")
    arguments = ("--traffic", flows(own_world), "--scenario", "s.yaml", "--agents", "2")
    result = cli("run", "--steps", "2", "--run-dir", "run", *arguments)
    assert_one_error_line(result)
    assert "timeline at 2" in result.err and "did you mean 'scan'" in result.err
    assert not (own_world / "run").exists()


def test_what_was_not_done_is_a_warning(cli, own_world) -> None:
    scenario = own_world / "s.yaml"
    inject = "inject_attack: {kind: scan, targets: {agents: [99]}}"
    scenario.write_text(f"name: s\ntimeline:\n- at: 2\n  {inject}\n")
    arguments = ("--traffic", flows(own_world), "--scenario", "s.yaml", "--agents", "2")
    result = cli("run", "--steps", "30", "--run-dir", "run", "--json", *arguments)
    found = json.loads(result.out)
    assert result.code == 0
    assert any("step 2: inject_attack" in w and "99" in w for w in found["warnings"])
    assert any("ended after step 2, 30 steps were asked for" in w for w in found["warnings"])
    assert found["errors"]["timeline.refused"] == 1


@pytest.mark.parametrize(("at", "noted"), [(2, False), (3, True)])
def test_what_comes_after_the_last_step_is_noted(cli, own_world, at: int, noted: bool) -> None:
    (own_world / "s.yaml").write_text(
        f"name: s\ntimeline:\n- at: {at}\n  inject_attack: {{kind: port_scan}}\n"
    )
    result = cli("run", "--steps", "2", "--scenario", "s.yaml", "--agents", "2", "--json")
    found = json.loads(result.out)["notices"]
    said = "1 command of the timeline not given: the run ended before step 3"
    assert (said in found) == noted


def test_dash_is_a_stream(cli, own_world) -> None:
    assert cli("run", "--steps", "2", "--agents", "2", "--quiet", "--run-dir", "run").code == 0
    result = cli("export", "run", "--what", "metrics", "--format", "csv", "--out", "-")
    assert result.code == 0 and result.out.count("\n") == 3
    assert not (own_world / "-").exists()


def stdin_of(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_standard_input_is_kept_so_that_the_run_can_be_replayed(
    cli, own_world, monkeypatch
) -> None:
    content = (own_world / flows(own_world)).read_bytes()
    stdin_of(content, monkeypatch)
    words = ("--steps", "2", "--agents", "2", "--quiet", "--traffic")
    result = cli("run", *words, "-", "--run-dir", "run")
    assert result.code == 0
    assert "standard input cannot be replayed: kept as" in result.err
    kept = Path(result.err.split("kept as ")[1].strip())
    assert kept.read_bytes() == content
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert cli("replay", "run").code == 0
    stdin_of(content, monkeypatch)
    assert cli("run", *words, "-", "--run-dir", "again").code == 0
    assert [p.name for p in kept.parent.iterdir()] == [kept.name]


def test_standard_input_that_brings_nothing_is_refused(cli, own_world, monkeypatch) -> None:
    stdin_of(b"", monkeypatch)
    before = tree(own_world.parent)
    result = cli("run", "--steps", "2", "--traffic", "-")
    assert_one_error_line(result)
    assert "standard input cannot be read again" in result.err
    assert tree(own_world.parent) == before


def test_a_path_that_is_not_utf_8_is_named(cli, own_world) -> None:
    name = os.fsdecode(b"caf\xe9.csv")
    (own_world / name).write_bytes((own_world / flows(own_world)).read_bytes())
    for option in (("--traffic", name), ("--run-dir", name), ("--set", f"traffic.path={name}")):
        result = cli("run", "--steps", "2", *option)
        assert_one_error_line(result)
        assert "not UTF-8" in result.err and "\\udce9" in result.err


def test_numbers_that_yaml_1_1_reads_otherwise_are_refused(cli, own_world) -> None:
    for text in ("010", "1:30", "0x10", "1_0", "0b11", "-012"):
        (own_world / "c.yaml").write_text(f"simulation:\n  seed: {text}\n")
        result = cli("config", "show", "--config", "c.yaml")
        assert_one_error_line(result)
        assert f"line 2: {text} is " in result.err
    (own_world / "c.yaml").write_text("simulation:\n  seed: +10\ndetection:\n  threshold: 6.e-1\n")
    assert cli("config", "check", "c.yaml").code == 0
