"""Runs of version 0.1 go on with the columns that it saw, though some of them tell the truth."""

from __future__ import annotations

from pathlib import Path

import pytest
from simple_flows import text

from sim.config.load import load_config, reload_config
from sim.traffic.files import make_knobs, read_flows

TRUTH = {"type": lambda row: row["truth"] or "normal", "seq": lambda row: row["pkts"]}


def test_columns_are_told_apart_by_name_only(write) -> None:
    path = write(text(TRUTH))
    now = read_flows(path)
    then = read_flows(path, knobs=make_knobs(reading="names"))
    assert not any(f.startswith(("type", "seq")) for f in now.features)
    assert {"type=normal", "type=DoS", "type=XSS", "seq"} <= set(then.features)
    assert set(now.features) < set(then.features)
    assert (then.classes, now.classes) == (("benign", "attack"), ("benign", "DoS", "XSS"))
    assert any("some may tell the label" in note for note in then.notes)


@pytest.mark.parametrize(
    ("word", "benign"), [("Normal", True), ("BenignTraffic", False), ("legitimate", False)]
)
def test_words_mean_what_they_meant(write, word: str, benign: bool) -> None:
    path = write(text({"label": lambda row: row["truth"] or word}))
    then = read_flows(path, knobs=make_knobs(reading="names"))
    assert (word not in then.classes) is benign


def test_notations_of_today_were_texts(write) -> None:
    path = write(text({"duration": lambda row: f"{row['duration']} s" if row["pkts"] else ""}))
    assert "duration" in read_flows(path).features
    assert "duration" not in read_flows(path, knobs=make_knobs(reading="names")).features


def test_a_new_run_reads_by_content_and_one_without_the_key_by_names(tmp_path: Path) -> None:
    assert load_config().config.traffic.reading == "content"
    (tmp_path / "config.yaml").write_text("simulation: {seed: 3}\n")
    assert reload_config(tmp_path / "config.yaml").config.traffic.reading == "names"
