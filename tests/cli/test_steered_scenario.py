"""A run steered by hand, exported as a scenario, is the same run again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_harness import Result, assert_one_error_line, call
from laboratory import FLOOD, SCAN, SMALL, loaded

from sim.commands import (
    InjectAttack,
    InjectFault,
    Order,
    Redo,
    SetAdversaries,
    SetParameter,
    Steering,
    StopAttack,
    Targets,
    Undo,
)
from sim.config.document import read_document
from sim.config.load import load_config
from sim.engine.engine import Engine
from sim.ledger.reader import open_read_only

SCRIPT: dict[int, list[Steering]] = {
    2: [SetParameter("detection.threshold", 0.55), SCAN],
    3: [Undo(), SetAdversaries("poison", Targets(fraction=0.3))],
    5: [Redo(), SetParameter("consensus.quorum", 0.7), Undo(), Undo()],
    6: [Redo(), FLOOD, StopAttack(9)],
    8: [InjectFault("agent_crash", Targets(agents=(3,)), duration=3), Undo(), Undo(), Undo()],
    9: [Redo(), Redo(), InjectAttack("beacon", targets=Targets(centre=(1, 1)))],
}
"""Step → what is given live before it."""
TIMELINE = [(3, SCAN), (5, SetParameter("signature.min_flows", 4)), (14, FLOOD)]
STEPS = 12


def steer(folder: Path, script: dict[int, list[Steering]]) -> str:
    """A run with a timeline, steered by hand; returns its head."""
    engine = Engine(loaded(timeline=TIMELINE), folder)
    engine.open()
    experiment = engine._run
    for step in range(1, STEPS + 1):
        experiment.advance([Order(command) for command in script.get(step, ())])
    head = experiment.ledger.head_hex
    assert engine.close()
    return head


def head(folder: Path) -> str:
    reader = open_read_only(folder / "ledger.db")
    try:
        return reader.head().hex()
    finally:
        reader.close()


@pytest.fixture
def steered(tmp_path: Path) -> tuple[Path, str]:
    return tmp_path / "run", steer(tmp_path / "run", SCRIPT)


def export(folder: Path, *more: str) -> Result:
    return call("export", str(folder), "--what", "journal", "--format", "yaml", *more)


def test_the_scenario_has_the_head_of_the_run(steered: tuple[Path, str], tmp_path: Path) -> None:
    folder, recorded = steered
    assert export(folder, "--out", "again.yaml").code == 0
    result = call("run", "--steps", str(STEPS), "--scenario", "again.yaml", "--run-dir", "again",
                  "--json", "--quiet")  # fmt: skip
    assert result.code == 0, result
    assert json.loads(result.out)["ledger"]["head"] == recorded
    # And once more, from a run in which nobody gave anything live.
    assert export(Path("again"), "--out", "twice.yaml").code == 0
    assert Path("twice.yaml").read_text().replace("-steered-steered", "-steered") == (
        Path("again.yaml").read_text()
    )


def test_what_was_still_to_come_comes(steered: tuple[Path, str]) -> None:
    timeline = read_document(_written(export(steered[0]))).timeline
    assert [(e.at, e.source) for e in timeline if e.at > STEPS] == [(14, "scenario")]
    assert sum(e.source == "live" for e in timeline) == sum(map(len, SCRIPT.values()))


def _written(result: Result) -> Path:
    assert result.code == 0, result
    Path("printed.yaml").write_text(result.out)
    return Path("printed.yaml")


def test_an_exported_scenario_goes_on_by_hand(steered: tuple[Path, str], tmp_path: Path) -> None:
    """Undo takes back what somebody gave live in the run that is repeated."""
    configuration = load_config(scenario=str(_written(export(steered[0]))), environment={})
    engine = Engine(configuration, tmp_path / "on")
    engine.open()
    engine.run(STEPS)
    assert engine.snapshot.undo.title.startswith("attack 5: beacon")
    assert all(entry.ticket == 0 for entry in engine.snapshot.journal)
    assert engine.close()


def test_what_no_scenario_may_say_is_left_out(tmp_path: Path) -> None:
    steer(tmp_path / "run", {2: [SetParameter("no.key", 1), SetParameter("simulation.agents", 3)]})
    timeline = read_document(_written(export(tmp_path / "run"))).timeline
    assert [e.source for e in timeline] == ["scenario"] * 3


def test_only_the_journal_is_a_scenario(steered: tuple[Path, str]) -> None:
    result = call("export", str(steered[0]), "--what", "votes", "--format", "yaml")
    assert_one_error_line(result)
    assert "yaml is for the journal" in result.err


@pytest.mark.parametrize("by", ["replay", "x\x1b", "[live]", "1"])
def test_who_gave_it_is_checked(by: str) -> None:
    Path("s.yaml").write_text(f"timeline:\n  - {{at: 1, by: {by!a}, undo: {{}}}}\n")
    assert_one_error_line(call("config", "check", "s.yaml"))


def test_the_timeline_of_a_scenario_wins_and_says_so() -> None:
    Path("c.yaml").write_text("timeline:\n  - {at: 1, undo: {}}\n  - {at: 2, redo: {}}\n")
    Path("bare.yaml").write_text("detection: {threshold: 0.5}\n")
    both = load_config(config=Path("c.yaml"), scenario="worm", environment={})
    worm = load_config(scenario="worm", environment={})
    assert both.timeline == worm.timeline
    assert both.notices == (
        "c.yaml: its timeline of 2 commands gives way to that of scenario worm",
    )
    kept = load_config(config=Path("c.yaml"), scenario="bare.yaml", environment={})
    assert [e.at for e in kept.timeline] == [1, 2]
    assert kept.notices == worm.notices == ()
    tiny = [word for key, value in SMALL.items() for word in ("--set", f"{key}={value}")]
    result = call("run", "--steps", "1", "--config", "c.yaml", "--scenario", "worm", "--json",
                  "--quiet", *tiny)  # fmt: skip
    assert json.loads(result.out)["notices"][:1] == list(both.notices)
