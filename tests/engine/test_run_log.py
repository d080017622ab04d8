"""What a run writes down for people: all of it, each line whole, and nothing of another run."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import pytest
from cli_harness import call
from laboratory import EVENTFUL, SCAN, head_of, loaded

from sim.config.parameters import Value
from sim.engine.engine import Engine
from sim.engine.resuming import resume_run
from sim.machine import run_log
from sim.machine.run_log import JsonFormatter, LineFormatter, RunLog, append_error

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4} [A-Z]+ +[a-z_.]+: .*")
TIMELINE = [(at, command) for at, commands in EVENTFUL.items() for command in commands]


def ran(path: Path, steps: int, settings: dict[str, Value] | None = None) -> Engine:
    engine = Engine(loaded(settings, TIMELINE), path)
    engine.open()
    engine.run(steps)
    engine.close()
    return engine


def lines_of(path: Path) -> list[str]:
    return (path / "run.log").read_text().splitlines()


def test_a_run_says_what_happened(tmp_path: Path) -> None:
    ran(tmp_path / "run", 16)
    lines = lines_of(tmp_path / "run")
    assert all(LINE.fullmatch(line) for line in lines)
    assert "run run begins: 16 agents, seed 1" in lines[0]
    assert "run closed after step 16, head " in lines[-1]
    text = "\n".join(lines)
    assert "consensus reached: " in text and "ACCEPTED" in text
    assert re.search(r"step 6: command from \w+: inject_attack \{.*\}: applied", text)
    assert (tmp_path / "run" / "run.log").stat().st_mode & 0o777 == 0o600


def test_the_log_decides_nothing(tmp_path: Path) -> None:
    settings: dict[str, Value] = {
        "monitoring.log_level": "debug",
        "monitoring.log_format": "json",
    }
    engine = Engine(loaded(settings, TIMELINE), tmp_path / "run")
    engine.open()
    engine.run(16)
    head = engine.summary()["ledger"]["head"]
    engine.close()
    assert head == head_of(steps=16, given={}, timeline=TIMELINE)
    found = [json.loads(line) for line in lines_of(tmp_path / "run")]
    assert {"time", "level", "logger", "message"} <= set(found[0])


def test_only_what_is_grave_enough_is_written(tmp_path: Path) -> None:
    ran(tmp_path / "run", 8, {"monitoring.log_level": "error"})
    assert lines_of(tmp_path / "run") == []


def test_errors_have_their_details(tmp_path: Path) -> None:
    engine = Engine(loaded({"monitoring.log_format": "json"}), tmp_path / "run")
    engine.open()
    with engine.log.bound():
        engine._opened().stepper.record("agent.refit", "a\nforged \x1b[2Jline\u202e")
    engine.close()
    found = [json.loads(line) for line in lines_of(tmp_path / "run")]
    (error,) = [line for line in found if line["level"] == "warning"]
    assert (error["kind"], error["step"], error["count"]) == ("agent.refit", 0, 1)
    assert error["logger"] == "sim.model.error_log"
    assert error["message"] == "step 0: agent.refit × 1: a forged \\x1b[2Jline\\u202e"


def test_two_runs_at_once_keep_apart(tmp_path: Path) -> None:
    engines = [Engine(loaded(timeline=[(at, SCAN)]), tmp_path / f"at{at}") for at in (2, 3)]
    for engine in engines:
        engine.open()
    for _ in range(4):
        for engine in engines:
            engine.run(1)
    for engine in engines:
        engine.close()
    for at in (2, 3):
        commands = [line for line in lines_of(tmp_path / f"at{at}") if "command from" in line]
        assert len(commands) == 1 and f"step {at}:" in commands[0]
    assert logging.getLogger("sim").level == logging.NOTSET


def test_what_is_computed_again_is_no_news(tmp_path: Path) -> None:
    ran(tmp_path / "run", 8, {"simulation.checkpoint_interval": 0})
    before = lines_of(tmp_path / "run")
    for file in (tmp_path / "run" / "checkpoints").iterdir():
        file.unlink()
    resume_run(tmp_path / "run").close()
    added = lines_of(tmp_path / "run")[len(before) :]
    assert "goes on after step 8" in added[0] and "run closed after step 8" in added[-1]
    assert not any("command from" in line or "consensus" in line for line in added)


def test_a_large_log_is_rotated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_log, "LARGEST", 200)
    log = RunLog()
    log.open(tmp_path / "run.log", "info")
    with log.bound():
        for number in range(40):
            logging.getLogger("sim.test").info("line %d", number)
    log.close()
    found = sorted(file.name for file in tmp_path.iterdir())
    assert found == ["run.log", "run.log.1", "run.log.2", "run.log.3"]
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in tmp_path.iterdir())
    assert "line 39" in (tmp_path / "run.log").read_text()


def test_lines_that_found_no_room_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = RunLog()
    log.open(tmp_path / "run.log", "info")
    logger = logging.getLogger("sim.test")
    stream = log._handlers[0].stream  # type: ignore[attr-defined]

    class Full:
        def write(self, text: str) -> None:
            raise OSError(28, "No space left on device")

        def seek(self, *where: int) -> None:
            raise OSError(28, "No space left on device")

    with log.bound():
        log._handlers[0].stream = Full()  # type: ignore[attr-defined]
        logger.info("lost")
        logger.info("lost")
        log._handlers[0].stream = stream  # type: ignore[attr-defined]
        logger.info("kept")
    log.close()
    text = (tmp_path / "run.log").read_text()
    assert "lost" not in text.replace("lines before", "") and "kept" in text
    assert "2 lines before this one could not be written" in text


@pytest.mark.parametrize("formatter", [LineFormatter(), JsonFormatter()])
def test_no_traceback_forges_a_line(formatter: logging.Formatter, tmp_path: Path) -> None:
    error = ValueError("x\n2026-01-01T00:00:00.000+0000 INFO    sim: forged\x1b]0;t\x07")
    record = logging.LogRecord("sim", 40, "", 0, "broken", None, (ValueError, error, None))
    first, *others = formatter.format(record).split("\n")
    assert "\x1b" not in "".join((first, *others)) and "forged" in "".join((first, *others))
    assert all(line.startswith("    ") for line in others)
    assert append_error(tmp_path / "run.log", error)
    assert [x for x in lines_of(tmp_path) if LINE.fullmatch(x)] == lines_of(tmp_path)[:1]


def test_the_command_line_shows_the_log_or_nothing(tmp_path: Path) -> None:
    words = ("run", "--steps", "3", "--agents", "8", "--run-dir")
    shown = call(*words, str(tmp_path / "a"), "--verbose")
    lines = shown.err.splitlines()
    assert shown.code == 0 and lines == lines_of(tmp_path / "a")
    again = call("resume", str(tmp_path / "a"), "--steps", "1", "--quiet")
    assert (again.code, again.out, again.err) == (0, "", "")
    both = call(*words, str(tmp_path / "b"), "--verbose", "--quiet")
    assert both.code == 2 and not (tmp_path / "b").exists()


def test_a_folder_in_the_place_of_the_log_is_refused(tmp_path: Path) -> None:
    ran(tmp_path / "run", 2)
    (tmp_path / "run" / "run.log").unlink()
    (tmp_path / "run" / "run.log").symlink_to(tmp_path / "elsewhere")
    assert call("resume", str(tmp_path / "run"), "--steps", "1").code == 2
    assert not (tmp_path / "elsewhere").exists()
