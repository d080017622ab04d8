"""The benchmark of protection takes any folder of labelled files, and says what it leaves out."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import protection


def test_a_folder_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draw = np.random.default_rng(1)
    benign = np.exp(draw.normal(3.0, 0.5, size=(1500, 6)))
    scan = np.exp(draw.normal([7.0, 1.0, 6.0, 0.0, 5.0, 8.0], 0.1, size=(60, 6)))
    rows = [(*map(str, row.round(3)), "benign") for row in benign]
    rows += [(*map(str, row.round(3)), "scan") for row in scan]
    text = "\n".join(",".join(row) for row in [(*"abcdef", "label"), *rows])
    (tmp_path / "flows.csv").write_text(text, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no traffic at all\n", encoding="utf-8")
    figures = {f.what: f.value for f in protection.measure(True, folder=tmp_path)}
    assert figures["flows, none: kinds"] == figures["flows, none: protected"] == 1
    assert figures["flows, none: precision_signatures"] > 0.9
    assert figures["flows, none: contact_signatures"] > 0.5
    assert figures["worst file, none: gain"] == figures["flows, none: gain"]
    assert "notes.txt" in capsys.readouterr().err
    assert "flows, none" in protection.table(protection.measure(True, folder=tmp_path))
