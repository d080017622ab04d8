"""The benchmark of protection takes any folder of labelled files, and says what it leaves out."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import protection
from controls import both


def write_flows(folder: Path) -> None:
    draw = np.random.default_rng(1)
    benign = np.exp(draw.normal(3.0, 0.5, size=(1500, 6)))
    scan = np.exp(draw.normal([7.0, 1.0, 6.0, 0.0, 5.0, 8.0], 0.1, size=(60, 6)))
    rows = [(*map(str, row.round(3)), "benign") for row in benign]
    rows += [(*map(str, row.round(3)), "scan") for row in scan]
    text = "\n".join(",".join(row) for row in [(*"abcdef", "label"), *rows])
    (folder / "flows.csv").write_text(text, encoding="utf-8")


def test_a_folder_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_flows(tmp_path)
    (tmp_path / "notes.txt").write_text("no traffic at all\n", encoding="utf-8")
    figures = {f.what: f.value for f in protection.measure(True, folder=tmp_path)}
    assert figures["flows, none: kinds"] == figures["flows, none: protected"] == 1
    assert figures["flows, none: precision_signatures"] > 0.9
    assert figures["flows, none: contact_signatures"] > 0.5
    assert figures["worst file, none: gain"] == figures["flows, none: gain"]
    assert "notes.txt" in capsys.readouterr().err
    assert "flows, none" in protection.table(protection.measure(True, folder=tmp_path))


def test_controls_take_away_what_they_say(tmp_path: Path) -> None:
    write_flows(tmp_path)

    def measured(adversary: str, votes: str, *, last_word: bool = True) -> dict[str, float]:
        control = both(votes, last_word)
        figures = protection.measure(
            True, folder=tmp_path, adversaries=[adversary], votes=control, central=False
        )
        return {f.what.removeprefix(f"flows, {adversary}: "): f.value for f in figures}

    assert measured("spam@0.2", "real")["area_confirming"] > 0.9
    assert abs(measured("spam@0.2", "coins")["area_confirming"] - 0.5) < 0.2
    bounded = measured("collude@0.2", "everything")
    unbounded = measured("collude@0.2", "everything", last_word=False)
    for accepted in (bounded, unbounded):
        assert accepted["accepted_attacks"] == accepted["accepted_poison"] == 1
        assert accepted["area_accepted"] == 0.5
    assert unbounded["fpr_signatures"] > bounded["fpr_signatures"]
