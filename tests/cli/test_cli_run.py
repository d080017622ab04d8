"""`run` and `resume`: what they print, what they leave, and how they end."""

from __future__ import annotations

import json
import os
import signal
import stat
from pathlib import Path

import pytest
from cli_harness import FakeEngine, call, stand_in, tree

from sim.archive.directory import RunDirectory
from sim.errors import LedgerError
from tui.command_line.summary import print_summary


def test_json_is_one_object_and_nothing_else(engines) -> None:
    result = call("run", "--steps", "4", "--json")
    assert result.code == 0
    assert result.err == ""
    assert result.out.count("\n") == 1
    summary = json.loads(result.out, parse_constant=pytest.fail)
    assert summary["steps"] == 4
    assert summary["ledger"]["head"] == "ab" * 32
    assert summary["steps_per_s"] is None
    assert engines.made[0].closed


def test_the_summary_names_the_run_and_its_replay(engines) -> None:
    result = call("run", "--steps", "4", "--run-dir", "my run")
    path = Path("my run").resolve()
    assert result.code == 0
    assert f"Kept in     {path}" in result.out
    assert f"decsim-tui replay '{path}'" in result.out
    assert "attack 100%, false alarm –, poison 0%" in result.out
    assert "agent.refit × 2" in result.out
    assert "Detection   solo           P 0.50 R – F1 0.25 false positives 1.23%" in result.out
    assert "            by signatures  P 0.50 R –" in result.out


def test_quiet_is_silent(engines) -> None:
    result = call("run", "--steps", "4", "--quiet")
    assert (result.code, result.out, result.err) == (0, "", "")


def test_without_anything_it_is_the_quickstart_in_a_private_folder(engines, tmp_path) -> None:
    call("run", "--steps", "1")
    path = engines.made[0].run_directory.path
    assert path.name.startswith("quickstart-")
    assert path.parent == tmp_path / "state" / "decsim-tui" / "runs"
    assert stat.S_IMODE(path.stat().st_mode) == 0o700


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_step_and_the_run(engines, number) -> None:
    engines.during = lambda step: os.kill(os.getpid(), number) if step == 3 else None
    result = call("run", "--steps", "100", "--json", "--run-dir", "r")
    assert result.code == 130
    assert json.loads(result.out)["steps"] == 3
    assert str(Path("r").resolve()) in result.err
    assert result.err.count("\n") == 1
    assert engines.made[0].closed


def test_the_second_signal_abandons_the_step(engines) -> None:
    def twice(step: int) -> None:
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
        pytest.fail("went on")

    engines.during = twice
    result = call("run", "--steps", "100", "--json")
    assert result.code == 130
    assert json.loads(result.out)["steps"] == 1
    assert engines.made[0].closed


def test_signals_are_given_back(engines) -> None:
    before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    call("run", "--steps", "1")
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_nohup_survives_the_terminal(engines) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        engines.during = lambda step: os.kill(os.getpid(), signal.SIGHUP)
        assert call("run", "--steps", "2", "--quiet").code == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_failed_run_is_code_1_and_closed(engines) -> None:
    def fail(_step: int) -> None:
        raise LedgerError("the disk is gone")

    engines.during = fail
    result = call("run", "--steps", "2")
    assert (result.code, result.err) == (1, "decsim-tui: error: the disk is gone\n")
    assert engines.made[0].closed


def test_resume_goes_on_to_the_steps_once_asked_for(engines) -> None:
    engines.during = lambda step: os.kill(os.getpid(), signal.SIGTERM) if step == 3 else None
    call("run", "--steps", "10", "--quiet", "--run-dir", "r")
    result = call("resume", "r", "--headless", "--json")
    assert result.code == 0
    assert json.loads(result.out)["steps"] == 10


def test_resume_with_steps_does_so_many_more(engines) -> None:
    call("run", "--steps", "5", "--quiet", "--run-dir", "r")
    result = call("resume", "r", "--steps", "2", "--json")
    assert json.loads(result.out)["steps"] == 7
    assert RunDirectory.open(Path("r")).goal == 7


def test_resume_without_any_number_asks_for_one(engines) -> None:
    call("run", "--steps", "5", "--quiet", "--run-dir", "r")
    Path("r/goal").unlink()
    result = call("resume", "r", "--headless")
    assert result.code == 2
    assert "give --steps" in result.err


class Report:
    ok = False
    steps = 7
    head = "cd" * 32
    first_difference = "step 5: head 00 is 11"
    notes = ("recorded with numpy 1, this is 2",)

    def as_dict(self) -> dict[str, object]:
        return {"ok": self.ok, "steps": self.steps}


@pytest.mark.parametrize("ok", [True, False])
def test_replay(engines, monkeypatch, ok: bool) -> None:
    call("run", "--steps", "1", "--quiet", "--run-dir", "r")
    report = Report()
    report.ok = ok
    asked = []

    def replay_run(path, executor, on_step) -> Report:
        asked.append((path, executor))
        return report

    stand_in(monkeypatch, "sim.run.replay", replay_run=replay_run)
    result = call("replay", "r", "--executor", "threads", "--json")
    assert asked == [(Path("r").resolve(), "threads")]
    assert result.code == (0 if ok else 3)
    assert json.loads(result.out) == {"ok": ok, "steps": 7}
    assert ("step 5: head 00 is 11; recorded with numpy 1" in result.err) is not ok
    plain = call("replay", "r")
    assert (plain.out == f"identical: 7 steps, head {'cd' * 32}\n") is ok


def test_summary_of_one_agent(engines, capsys) -> None:
    call("run", "--steps", "1", "--quiet", "--agents", "1")
    print_summary(engines.made[0].summary() | {"workers": 4, "errors": {}, "notices": ["no Ray"]})
    out = capsys.readouterr().out
    assert "1 agent, seed 1, sequential × 4" in out
    assert "Errors      none" in out
    assert "Note        no Ray" in out


def test_a_signal_before_there_is_a_run_leaves_none(engines, monkeypatch, tmp_path) -> None:
    before = tree(tmp_path)
    monkeypatch.setattr(FakeEngine, "open", lambda *_: os.kill(os.getpid(), signal.SIGINT))
    result = call("run", "--steps", "2", "--json")
    assert (result.code, result.out, result.err) == (130, "", "decsim-tui: interrupted\n")
    assert tree(tmp_path) == before


def test_a_signal_while_the_run_is_made_ends_it_whole(engines, monkeypatch) -> None:
    make = FakeEngine.open

    def make_and_signal(engine: FakeEngine, steps: int) -> None:
        assert steps == 2
        make(engine, steps)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(FakeEngine, "open", make_and_signal)
    result = call("run", "--steps", "2", "--json")
    assert (result.code, json.loads(result.out)["steps"]) == (130, 0)
