"""Exports say what the ledger says, in files that other programs can trust."""

from __future__ import annotations

import csv
import io
import json
import stat
from pathlib import Path

import numpy as np
import pytest
from cli_harness import call, tree

from sim.archive.directory import RunDirectory
from sim.archive.export import export_run
from sim.config.load import load_config
from sim.consensus.votes import REASONS
from sim.errors import InputError
from sim.ledger.ballots import Vote, pack_ballots
from sim.ledger.ledger import Ledger
from sim.ledger.rows import (
    CommandRow,
    Genesis,
    SignatureRow,
    StepRow,
    TallyRow,
    TruthRow,
    VerdictRow,
)

EVIL = "=cmd|' /C calc'!A0"
FLOAT = np.zeros(2, "<f4").tobytes()


@pytest.fixture
def run() -> RunDirectory:
    """Three steps: an accepted signature with three ballots, a pending one, two commands."""
    run = RunDirectory.create(load_config(environment={}), Path("r"))
    ledger = Ledger.create(run.ledger_file, Genesis(1, 4, (EVIL, "b\x1b[31m")), {})
    step = ledger.begin(1)
    step.append(
        CommandRow(1, "set_parameter", '{"key": "k", "value": 2}', "1", "2", "live", "applied", "")
    )
    step.append(CommandRow(1, "undo", "{}", "null", "null", "scenario", "rejected", "-nothing"))
    first = step.append(
        SignatureRow(1, 3, 7, 0.75, FLOAT, FLOAT, json.dumps([EVIL, "b\x1b[31m"]), b"\xab" * 16)
    )
    step.append(TruthRow(1, first, "attack", "ddos"))
    step.record("seconds.observe", 0.5)
    step.record("cache.hits", float("nan"))
    step.append(StepRow(1, 4, 128, 7, (5, 2, 1, 120), (6, 1, 0, 121), b"d"))
    ledger.commit(step)
    step = ledger.begin(2)
    ballots = pack_ballots(
        [0, 1, 2], [Vote.CONFIRM, Vote.REFUTE, Vote.ABSTAIN], [0, 1, 200], [1.0, 0.5, 0.0]
    )
    step.append(SignatureRow(2, 0, 3, float("inf"), FLOAT, FLOAT, "[]", b"\xcd" * 16))
    step.append(TallyRow(2, first, 1.0, 0.5, 1, ballots))
    step.append(VerdictRow(2, first, "ACCEPTED", 1.0, 0.5, 2, "quorum"))
    step.append(StepRow(2, 4, 128, 0, (0, 0, 0, 0), (0, 0, 0, 0), b"e"))
    ledger.commit(step)
    ledger.close()
    return run


def exported(what: str) -> list[dict[str, object]]:
    result = call("export", "r", "--what", what, "--format", "json")
    assert result.code == 0, result.err
    return json.loads(result.out, parse_constant=pytest.fail)


def test_signatures(run) -> None:
    accepted, pending = exported("signatures")
    assert (accepted["publisher"], accepted["step"], accepted["flows"]) == (3, 1, 7)
    assert accepted["features"] == [EVIL, "b\x1b[31m"]
    assert (accepted["verdict"], accepted["decided"]) == ("ACCEPTED", 2)
    assert (accepted["truth"], accepted["attack"]) == ("attack", "ddos")
    assert accepted["fingerprint"] == "ab" * 16
    assert (pending["verdict"], pending["decided"], pending["truth"]) == ("PENDING", None, None)
    assert pending["confidence"] is None


def test_votes_are_in_words(run) -> None:
    assert [(v["voter"], v["vote"], v["reason"], v["weight"]) for v in exported("votes")] == [
        (0, "CONFIRM", REASONS[0], 1.0),
        (1, "REFUTE", REASONS[1], 0.50001),
        (2, "ABSTAIN", "reason 200", 0.0),
    ]


def test_verdicts(run) -> None:
    (verdict,) = exported("verdicts")
    assert (verdict["verdict"], verdict["rule"], verdict["truth"]) == (
        "ACCEPTED",
        "quorum",
        "attack",
    )


def test_metrics_have_a_row_for_each_step(run) -> None:
    first, second = exported("metrics")
    assert (first["step"], first["solo_tp"], first["collective_tn"]) == (1, 5, 121)
    assert (first["seconds.observe"], first["cache.hits"]) == (0.5, None)
    assert second["seconds.observe"] is None


def test_the_journal(run) -> None:
    applied, rejected = exported("journal")
    assert applied["payload"] == {"key": "k", "value": 2}
    assert (applied["old"], applied["new"], applied["source"]) == (1, 2, "live")
    assert (rejected["status"], rejected["reason"]) == ("rejected", "-nothing")


@pytest.mark.parametrize("what", ["signatures", "votes", "verdicts", "metrics", "journal"])
def test_csv_has_the_same_rows_and_columns(run, what: str) -> None:
    result = call("export", "r", "--what", what, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.out)))
    plain = exported(what)
    assert [list(row) for row in rows] == [list(row) for row in plain]
    assert [row["step"] for row in rows] == [str(row["step"]) for row in plain]


def test_csv_is_safe_in_spreadsheets_and_on_terminals(run) -> None:
    signatures = call("export", "r", "--what", "signatures", "--format", "csv").out
    journal = call("export", "r", "--what", "journal", "--format", "csv").out
    assert f"'{EVIL}" in signatures
    assert "'-nothing" in journal
    assert "\x1b" not in signatures + journal
    assert r"\x1b[31m" in signatures


def test_a_file_is_replaced_whole(run) -> None:
    out = Path("out.csv")
    out.write_text("old")
    result = call("export", "r", "--what", "votes", "--format", "csv", "--out", "out.csv")
    assert (result.code, result.out) == (0, "")
    assert result.err == "decsim-tui: 3 rows of votes written to out.csv\n"
    assert out.read_text() == call("export", "r", "--what", "votes", "--format", "csv").out
    assert {p.name for p in Path().iterdir()} == {"r", "out.csv"}


def test_a_failure_leaves_the_old_file(run, monkeypatch) -> None:
    Path("out.csv").write_text("old")

    def full(*_arguments: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sim.archive.export.write_csv", full)
    before = tree(Path())
    result = call("export", "r", "--what", "votes", "--format", "csv", "--out", "out.csv")
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert "No space left" in result.err
    assert Path("out.csv").read_text() == "old"
    assert tree(Path()) == before


@pytest.mark.parametrize(
    ("out", "expected"),
    [
        ("nowhere/out.csv", "there is no folder"),
        (".", "is a folder"),
        ("r/ledger.db", "belongs to the run itself"),
        ("r/../r/config.yaml", "belongs to the run itself"),
        ("r/ledger.db-wal", "belongs to the run itself"),
        ("a\0b", "no usable path"),
    ],
)
def test_no_place_for_a_file(run, out: str, expected: str) -> None:
    before = tree(Path())
    result = call("export", "r", "--what", "votes", "--format", "csv", "--out", out)
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert expected in result.err
    assert tree(Path()) == before


def test_a_device_is_written_not_replaced(run) -> None:
    result = call("export", "r", "--what", "votes", "--format", "csv", "--out", "/dev/null")
    assert result.code == 0
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_an_export_leaves_no_trace_in_the_run(run) -> None:
    before = tree(Path("r"))
    exported("signatures")
    assert tree(Path("r")) == before


def test_a_run_that_goes_on_can_be_exported(run) -> None:
    ledger = Ledger.open(run.ledger_file)
    try:
        step = ledger.begin(3)
        step.append(StepRow(3, 4, 1, 0, (0, 0, 0, 0), (0, 0, 0, 0), b"f"))
        ledger.commit(step)
        assert len(exported("metrics")) == 3
    finally:
        ledger.close()


def test_parquet(run) -> None:
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        result = call("export", "r", "--what", "votes", "--format", "parquet", "--out", "v")
        assert result.code == 2
        assert "pip install pyarrow" in result.err
        return
    for what in ("signatures", "votes", "verdicts", "metrics", "journal"):
        rows = export_run(Path("r"), what, "parquet", Path(f"{what}.parquet"))
        assert parquet.read_table(f"{what}.parquet").num_rows == rows == len(exported(what))


def test_unknown_names_are_refused() -> None:
    with pytest.raises(InputError, match="what: 'x' is not one of signatures"):
        export_run(Path("r"), "x", "csv", None)
    with pytest.raises(InputError, match="format: 'x' is not one of csv"):
        export_run(Path("r"), "votes", "x", None)


def test_verify_says_intact_or_names_the_bad_row(run) -> None:
    result = call("verify", "r")
    assert result.code == 0
    assert result.out.startswith("intact: ")
    found = json.loads(call("verify", "r", "--json").out)
    assert (found["ok"], found["first_bad"], found["rows"]) == (True, None, 10)
    _tamper(run)
    result = call("verify", "r", "--json")
    assert result.code == 3
    assert json.loads(result.out)["first_bad"]["table"] == "signatures"
    assert result.err.count("\n") == 1
    assert "ledger.db: signatures 3: " in result.err


def _tamper(run: RunDirectory) -> None:
    import apsw

    connection = apsw.Connection(str(run.ledger_file))
    connection.execute("DROP TRIGGER signatures_no_update")
    connection.execute("UPDATE signatures SET flows = 8 WHERE seq = 3")
    connection.close()
