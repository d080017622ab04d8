"""What decides a run is bound to its first row: a change is noticed."""

from __future__ import annotations

import os
import re
from pathlib import Path

import apsw
import pytest
from cli_harness import call
from victims import COMMANDS, COMPUTING, Victim, refused

from sim.archive.directory import RunDirectory


def edit(path: Path, old: str, new: str) -> None:
    """Change one value, which must be there."""
    text = path.read_text()
    assert len(re.findall(old, text)) >= 1, text
    path.write_text(re.sub(old, new, text, count=1))


CHANGES = {
    r"seed: 1\b": "seed: 2",
    r"threshold: [0-9.]+": "threshold: 0.51",
    r"quorum: [0-9.]+": "quorum: 0.51",
    r"intensity: [0-9.]+": "intensity: 0.51",
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_configuration_is_noticed(victim: Victim, what: str) -> None:
    edit(victim.run / "config.yaml", what, CHANGES[what])
    for command in ("verify", "doctor", "resume"):
        result = COMMANDS[command](victim.run)
        assert result.code == 3, result
        assert "config" in result.err
        assert "not the configuration that the run began with" in result.err
        assert result.err.count("\n") == 1


@pytest.mark.parametrize("text", ["7\n", "7", "many", "12345678901234567890\n"])
def test_a_changed_goal_is_noticed(victim: Victim, text: str) -> None:
    goal = victim.run / "goal"
    seal = goal.read_text().splitlines()[1]
    for content in (text, f"{text.strip()}\n{seal}\n"):
        goal.write_text(content)
        for command in ("verify", "doctor", "resume"):
            result = COMMANDS[command](victim.run)
            assert result.code == 3, result
            assert "goal" in result.err


def test_what_decides_no_result_may_change(victim: Victim) -> None:
    edit(victim.run / "config.yaml", r"executor: auto", "executor: sequential")
    assert COMMANDS["verify"](victim.run).code == 0
    assert COMMANDS["resume"](victim.run).code == 0


def test_a_run_from_before_there_was_a_key_is_what_it_was(victim: Victim) -> None:
    edit(victim.run / "config.yaml", r"\n  difficulty: clear", "")
    assert COMMANDS["verify"](victim.run).code == 0
    # What a run went by from before there was the key is another value here.
    edit(victim.run / "config.yaml", r"\n  evidence: bursts", "")
    assert COMMANDS["verify"](victim.run).code == 3


def test_a_resumed_run_has_a_goal_that_holds(victim: Victim) -> None:
    assert COMMANDS["resume"](victim.run).code == 0
    assert RunDirectory.open(victim.run).goal == 9
    assert COMMANDS["verify"](victim.run).code == 0


def test_the_head_is_compared_with_one_kept_elsewhere(victim: Victim) -> None:
    head = RunDirectory.open(victim.run).verify().head
    words = {"verify": (), "replay": (), "resume": ("--headless", "--steps", "1")}
    for command, more in words.items():
        wrong = call(command, str(victim.run), *more, "--expect-head", "0" * 64)
        assert (wrong.code, wrong.err.count("\n")) == (3, 1), wrong
        assert "expected 0000000000000000" in wrong.err
    for command, more in words.items():
        assert call(command, str(victim.run), *more, "--expect-head", head).code == 0
    for text in ("", "xyz", "12", "0" * 65):
        result = call("verify", str(victim.run), "--expect-head", text)
        assert result.code == (0 if not text else 2), result


@pytest.mark.parametrize("command", ["replay", "resume", "summary", "render"])
def test_a_traffic_file_that_a_stranger_names_is_asked_for(victim: Victim, command: str) -> None:
    secret = victim.outside / "thesis.txt"
    edit(victim.run / "config.yaml", r"(?m)^  path: .*$", f"  path: {secret}")
    result = COMMANDS[command](victim.run)
    assert refused(result), result
    assert str(secret) in result.err
    assert "--allow-traffic" in result.err
    assert "years" not in result.err
    more = {"resume": ("--headless", "--steps", "1"), "render": ("--cast", f"{victim.run}.cast")}
    allowed = call(command, str(victim.run), *more.get(command, ()), "--allow-traffic")
    # The outcome that a run has kept needs no traffic.
    assert allowed.code == (0 if command == "summary" else 3), allowed
    assert "years" not in allowed.err + allowed.out


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("target", ["pipe", "/dev/zero", "/proc/kmsg", "/dev/null", "/", "/none"])
def test_traffic_that_is_no_file_is_not_waited_for(
    victim: Victim, target: str, command: str
) -> None:
    if target == "pipe":
        os.mkfifo(victim.outside / "pipe")
        target = str(victim.outside / "pipe")
    edit(victim.run / "config.yaml", r"(?m)^  path: .*$", f"  path: {target}")
    result = COMMANDS[command](victim.run)
    assert result.code in ((2, 3) if command in COMPUTING else (0, 3)), result
    assert result.err.count("\n") <= 2


@pytest.mark.parametrize("command", ["doctor", "mend", *COMPUTING])
def test_traffic_of_many_gigabytes_is_not_looked_through(victim: Victim, command: str) -> None:
    flows = victim.outside / "flows.csv"
    flows.write_text("bytes,pkts\n" + "".join(f"{n * n % 89},{n % 7}\n" for n in range(200)))
    run = victim.run.parent / "with-traffic"
    made = call(
        *("run", "--steps", "8", "--agents", "2", "--quiet", "--run-dir", str(run)),
        *("--traffic", str(flows), "--set", "traffic.loop=true"),
    )
    assert made.code == 0, made
    os.truncate(flows, 1 << 40)
    assert call("summary", str(run)).code == 0  # this user's own, and it ended by itself
    (run / "outcome").unlink()
    result = COMMANDS[command](run)
    if command in ("doctor", "mend"):
        assert "1,099,511,627,776 bytes, not looked through" in result.out, result
    else:
        assert refused(result), result
        assert "--allow-traffic" in result.err


def test_nothing_in_a_foreign_schema_is_run(victim: Victim) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    for statement in (
        f"CREATE VIEW commands AS {endless}",
        f"CREATE TRIGGER more AFTER INSERT ON steps BEGIN INSERT INTO meta {endless}; END",
        "CREATE INDEX more ON steps (zeroblob(900000000))",
        "CREATE TABLE more (x, y AS (zeroblob(900000000)))",
    ):
        connection = apsw.Connection(str(victim.run / "ledger.db"))
        connection.execute("PRAGMA writable_schema = ON")
        if " VIEW " in statement:
            connection.execute("DROP TABLE commands")
        if "INDEX" not in statement:
            connection.execute(statement)
        else:
            sql = "INSERT INTO sqlite_schema VALUES ('index', 'more', 'steps', 2, ?)"
            connection.execute(sql, (statement,))
        connection.close()
        for command in ("verify", "export", "replay", "resume", "doctor", "mend"):
            result = COMMANDS[command](victim.run)
            assert result.code in (0, 1, 3) if command == "mend" else result.code == 3, result
        (victim.run / "ledger.db").write_bytes((victim.outside / "other.db").read_bytes())
        for left in victim.run.glob("ledger.db.*"):
            left.unlink()
