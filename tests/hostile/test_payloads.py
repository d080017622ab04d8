"""What a row of the journal holds may be nested without end or huge: no command stumbles."""

from __future__ import annotations

import csv
import io
import itertools
import json
from contextlib import closing
from pathlib import Path

import pytest
from cli_harness import call
from thinned import crossed
from victims import COMMANDS, Victim

from sim.archive.records import LONGEST
from sim.ledger.ledger import Ledger
from sim.ledger.rows import CommandRow, StepRow

DEEP = "[" * 100_000 + "]" * 100_000
"""More than the reader of JSON can take."""
LESS_DEEP = "[" * 900 + "]" * 900
"""More than those can take who walk through what it gives."""
THRESHOLD = '{"key":"detection.threshold","value":%s}'
MILLION = json.dumps({"behaviour": "spam", "targets": {"agents": list(range(1_000_000))}})


def command(payload: str, kind: str = "set_parameter", **more: str) -> CommandRow:
    """A row of the journal."""
    fields = {"old": "null", "new": "null", "source": "live", "status": "applied", "reason": ""}
    return CommandRow(9, kind, payload, **{**fields, **more})  # type: ignore[arg-type]


ROWS = {
    "deep": command(THRESHOLD % DEEP),
    "less deep": command(THRESHOLD % LESS_DEEP, old=LESS_DEEP),
    "a million": command(MILLION, "set_adversaries"),
    "a long name": command(json.dumps({"kind": "x" * 10_000_000}), "inject_attack"),
    "no mapping": command("[1, 2]", "inject_attack"),
    "digits": command(THRESHOLD % ("9" * 5000)),
    "values": command(THRESHOLD % "0.5", old=DEEP, new=json.dumps(["\u202e"] * 500_000)),
    "reason": command(THRESHOLD % "0.5", status="rejected", reason="\x1b]0;" + "r" * 10_000_000),
}


@pytest.fixture
def journaled(victim: Victim, request: pytest.FixtureRequest) -> Path:
    """The run with one more step, in which the row was given."""
    with closing(Ledger.open(victim.run / "ledger.db")) as ledger:
        draft = ledger.begin(9)
        draft.append(ROWS[request.param])
        draft.append(StepRow(9, 6, 0, 0, (0, 0, 0, 0), (0, 0, 0, 0), b"d" * 16))
        ledger.commit(draft)
    return victim.run


@pytest.mark.parametrize(("journaled", "name"), crossed(3, ROWS, COMMANDS), indirect=["journaled"])
def test_no_command_stumbles_over_a_row(journaled: Path, name: str) -> None:
    result = COMMANDS[name](journaled)
    assert result.code in (0, 2, 3), result.err
    assert "unexpected" not in result.err
    assert result.err.count("\n") <= 2
    assert all(len(line) < 1100 and line.isprintable() for line in result.err.splitlines())
    assert "\x1b" not in result.out


@pytest.mark.parametrize(
    ("journaled", "form"), crossed(3, ROWS, ["json", "csv", "yaml"]), indirect=["journaled"]
)
def test_a_journal_is_exported_or_refused(journaled: Path, form: str) -> None:
    result = call("export", str(journaled), "--what", "journal", "--format", form)
    assert result.code in ((0, 3) if form == "yaml" else (0,)), result.err
    assert "unexpected" not in result.err
    if form == "csv":
        longest = max(map(len, itertools.chain(*csv.reader(io.StringIO(result.out)))))
        assert longest <= LONGEST + 10


CONFIGURATIONS = {
    "deep": "simulation: " + "[" * 140_000,
    "deep mappings": "simulation: " + "{a: " * 140_000,
    "many values": "traffic: {exclude: [" + "1," * 490_000 + "]}",
    "aliases": "a: &a [1, 1]\n" + "".join(f"b{i}: [*a, *a]\n" for i in range(20_000)),
}


@pytest.mark.parametrize(
    ("text", "name"),
    crossed(2, CONFIGURATIONS, ["verify", "doctor", "replay", "resume", "export"]),
)
def test_no_command_stumbles_over_a_configuration(victim: Victim, text: str, name: str) -> None:
    (victim.run / "config.yaml").write_text(CONFIGURATIONS[text])
    before = victim.state()
    result = COMMANDS[name](victim.run)
    assert result.code in (2, 3), result.err
    assert "unexpected" not in result.err
    assert result.err.count("\n") <= 1
    assert victim.state() == before
