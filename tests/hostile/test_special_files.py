"""Links, pipes, folders, holes and other users' files in the places of the files of a run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cli_harness import call
from thinned import crossed
from victims import COMMANDS, WRITING, Victim, refused, replace_by_kind, replace_by_link

NAMES = (
    "lock",
    "goal",
    "config.yaml",
    "effective.yaml",
    "run.log",
    "run.log.1",
    "events.jsonl",
    "outcome",
    "ledger.db",
    "ledger.db-wal",
    "ledger.db-shm",
    "ledger.db-journal",
    "ledger.db.salvaged",
    "ledger.db.corrupt-1",
    "salvage-1.json",
)
HOLLOW = ("goal", "lock", "config.yaml", "ledger.db", "ledger.db-wal", "salvage-1.json")


@pytest.mark.parametrize(("name", "command"), crossed(3, NAMES, COMMANDS))
def test_a_link_leads_nowhere(victim: Victim, name: str, command: str) -> None:
    target = "other.db" if name.startswith("ledger.db") else "thesis.txt"
    replace_by_link(victim.run / name, victim.outside / target)
    before = victim.state()
    result = COMMANDS[command](victim.run)
    assert refused(result), result
    assert f"{name}: is a link" in result.err
    assert victim.state() == before


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", ["checkpoints", "exports"])
def test_a_linked_folder_leads_nowhere(victim: Victim, name: str, command: str) -> None:
    replace_by_link(victim.run / name, victim.outside / "folder")
    before = victim.state()
    assert refused(COMMANDS[command](victim.run))
    assert victim.state() == before


@pytest.mark.parametrize(
    ("name", "kind", "command"), crossed(3, NAMES, ["pipe", "folder"], COMMANDS)
)
def test_what_is_no_file_is_refused(victim: Victim, name: str, kind: str, command: str) -> None:
    replace_by_kind(victim.run / name, kind)
    result = COMMANDS[command](victim.run)
    assert refused(result), result
    assert f"{name}: is a {kind}" in result.err


@pytest.mark.parametrize("kind", ["pipe", "file"])
@pytest.mark.parametrize("command", COMMANDS)
def test_checkpoints_that_are_no_folder(victim: Victim, kind: str, command: str) -> None:
    replace_by_kind(victim.run / "checkpoints", kind)
    assert refused(COMMANDS[command](victim.run))


@pytest.mark.parametrize(("kind", "command"), crossed(3, ["pipe", "folder", "link"], COMMANDS))
def test_a_checkpoint_that_is_no_file_is_not_used(victim: Victim, kind: str, command: str) -> None:
    path = victim.run / "checkpoints" / "step-8.npz"
    if kind == "link":
        replace_by_link(path, victim.outside / "folder" / "step-1.npz")
    else:
        replace_by_kind(path, kind)
    before = victim.state()
    result = COMMANDS[command](victim.run)
    assert result.code in (0, 3), result
    assert victim.state() == before


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", ["lock", "ledger.db"])
def test_a_hard_link_is_not_written(victim: Victim, name: str, command: str) -> None:
    (victim.run / name).unlink()
    target = "other.db" if name == "ledger.db" else "thesis.txt"
    (victim.run / name).hardlink_to(victim.outside / target)
    if name == "lock":
        (victim.outside / target).write_text("short\n")
    before = victim.state()
    result = COMMANDS[command](victim.run)
    assert victim.state() == before
    if command == "resume" or (command in WRITING and name == "lock"):
        assert refused(result), result
    else:
        assert result.code == 0, result


@pytest.mark.parametrize(("name", "command"), crossed(3, HOLLOW, COMMANDS))
def test_a_file_of_holes_is_not_read(victim: Victim, name: str, command: str) -> None:
    with (victim.run / name).open("ab") as file:
        file.truncate(3 << 40)
    assert refused(COMMANDS[command](victim.run))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_checkpoint_of_holes_is_not_used(victim: Victim, command: str) -> None:
    with (victim.run / "checkpoints" / "step-8.npz").open("ab") as file:
        file.truncate(3 << 40)
    assert COMMANDS[command](victim.run).code in (0, 3)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_journal_cannot_name_a_file_to_delete(victim: Victim, command: str) -> None:
    target = victim.outside / "thesis.txt"
    (victim.run / "ledger.db-journal").write_bytes(super_journal(target))
    before = victim.state()
    result = COMMANDS[command](victim.run)
    assert refused(result) or (command, result.code) == ("doctor", 3), result
    assert "transaction over several files" in result.err
    assert victim.state() == before


def super_journal(target: Path) -> bytes:
    """A rollback journal of no pages that ends with the name of a super-journal.

    Format: https://sqlite.org/fileformat2.html, section 3.
    """
    magic, name = bytes.fromhex("d9d505f920a163d7"), bytes(target)
    header = magic + b"".join(n.to_bytes(4, "big") for n in (0, 1, 40, 512, 4096))
    tail = (0x40000000 // 4096 + 1).to_bytes(4, "big") + name + len(name).to_bytes(4, "big")
    return header.ljust(512, b"\0") + tail + (sum(name) & 0xFFFFFFFF).to_bytes(4, "big") + magic


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_that_everybody_can_write_is_refused(victim: Victim, command: str) -> None:
    victim.run.chmod(0o777)
    assert refused(COMMANDS[command](victim.run))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("command", COMMANDS)
def test_files_of_other_users(victim: Victim, command: str) -> None:
    os.chown(victim.run / "ledger.db", 65534, 65534)
    assert refused(COMMANDS[command](victim.run))
    for path in (victim.run, *victim.run.rglob("*")):
        os.chown(path, 65534, 65534)
    victim.run.chmod(0o700)
    result = COMMANDS[command](victim.run)
    assert refused(result) if command in WRITING else result.code == 0, result


def test_an_export_does_not_follow_a_link_in_the_run(victim: Victim) -> None:
    exports = victim.run / "exports"
    exports.mkdir()
    (exports / "journal.csv").symlink_to(victim.outside / "thesis.txt")
    before = victim.state()
    words = ("--what", "journal", "--format", "csv", "--out", str(exports / "journal.csv"))
    assert refused(call("export", str(victim.run), *words))
    assert victim.state() == before


def test_all_that_is_written_is_private(recorded: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    before = os.umask(0)
    try:
        words = ("--what", "journal", "--format", "csv", "--out", str(out))
        assert call("export", str(recorded), *words).code == 0
    finally:
        os.umask(before)
    modes = {p.name: p.stat().st_mode & 0o077 for p in (out, recorded, *recorded.rglob("*"))}
    assert set(modes.values()) == {0}, modes
