"""What became of each kind of attack: steps since it began, first contacts, protection."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from sim.archive.export import export_run
from sim.config.load import load_config
from sim.detection.attack_record import LATE, AttackRecord
from sim.engine.engine import Engine
from sim.snapshot import FirstContact, Protection


def contacts(*rows: tuple[int, int, int, int, int, int]) -> np.ndarray:
    """(m, 6) agent, kind, flows, solo, collective, by signatures."""
    return np.array(rows, dtype=np.int64).reshape(-1, 6)


def record() -> AttackRecord:
    """Two kinds among four agents: `scan` reaches agent 0 at step 3 and agent 1 late."""
    attacks = AttackRecord(("scan", "flood"), 4)
    attacks.add(3, contacts((0, 0, 5, 0, 0, 0)), 2, stopped=False)
    attacks.published("scan", 4)
    attacks.add(4, contacts((0, 0, 5, 1, 2, 0)), 1, stopped=False)
    attacks.accept("scan", 6)
    attacks.add(6, contacts(), 9, stopped=True)
    attacks.add(3 + LATE, contacts((0, 0, 2, 0, 2, 2), (1, 0, 4, 1, 3, 2)), 0, stopped=False)
    attacks.add(4 + LATE, contacts((1, 0, 4, 4, 4, 4)), 0, stopped=False)
    return attacks


def test_steps_count_from_the_beginning_of_a_kind() -> None:
    (scan,) = record().outcomes
    assert (scan.kind, scan.began, scan.reached) == ("scan", 3, 2)
    assert (scan.first_flag, scan.first_signature, scan.accepted) == (1, 1, 3)
    assert scan.known_by_all == LATE, "while an agent is out of order not all know it"
    assert scan.missed_flows == 5 + 3 + 1
    assert scan.false_alarms == 2 + 1, "what is flagged while it is away is not its alarm"


def test_only_the_first_late_step_at_an_agent_is_first_contact() -> None:
    assert record().first_contact == FirstContact(flows=4, solo=1, collective=3, by_signatures=2)


def test_protection_is_of_the_kinds_that_were_met() -> None:
    assert record().protection == Protection(kinds=1, protected=1, steps=3, not_reached=0.75)


def test_news_is_told_once() -> None:
    attacks = record()
    assert dict(attacks.news())["attack.scan.accepted"] == 3
    assert not list(attacks.news())


def test_the_summary_separates_what_signatures_flag(tmp_path: Path) -> None:
    loaded = load_config(settings=["simulation.agents=24"], environment={})
    engine = Engine(loaded, tmp_path / "run")
    engine.open()
    try:
        engine.run(30, lambda *_: None)
        summary = engine.summary()
    finally:
        engine.close()
    detection = summary["detection"]
    assert set(detection) == {"solo", "second_opinion", "collective", "by_signatures"}
    recall = {who: found["recall"] for who, found in detection.items()}
    assert 0 < recall["by_signatures"] <= recall["collective"]
    assert recall["second_opinion"] <= recall["collective"]
    assert summary["protection"]["protected"] == len(summary["attacks"]) == 1
    stream = io.StringIO()
    assert export_run(tmp_path / "run", "attacks", "csv", None, stream) == 1
    header, line = stream.getvalue().splitlines()
    exported = dict(zip(header.split(","), line.split(","), strict=True))
    for name, value in summary["attacks"][0].items():
        assert exported[name] == str(value)
