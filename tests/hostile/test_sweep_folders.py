"""The folder of a sweep from a stranger: what lies in the places of its files is met by all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_harness import Result, call
from thinned import crossed
from victims import Victim, refused, replace_by_kind, replace_by_link

WORDS = ("--vary", "consensus.quorum=.5,.7", "--seeds", "1", "--steps", "2", "--agents", "3")
COMMANDS: dict[str, Callable[[Path], Result]] = {
    "report": lambda folder: call("report", str(folder), "--out", str(folder.parent / "r.html")),
    "pack": lambda folder: call("pack", str(folder), "--out", str(folder.parent / "s.zip")),
    "sweep": lambda folder: call("sweep", *WORDS, "--jobs", "1", "--quiet", "--out", str(folder)),
}
KINDS = {
    "a link": lambda path, outside: replace_by_link(path, outside / "thesis.txt"),
    "a link, with": lambda path, outside: replace_by_link(path, Path("/dev/zero")),
    "a pipe": lambda path, outside: replace_by_kind(path, "pipe"),
    "a folder": lambda path, outside: replace_by_kind(path, "folder"),
    "3,298,534,883,328 bytes": lambda path, outside: path.open("r+b").truncate(3 << 40),
    "is not": lambda path, outside: path.write_text("[" * 200_000),
}


@pytest.fixture(scope="session")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("swept") / "sweep"
    assert COMMANDS["sweep"](folder).code == 0
    return folder


@pytest.mark.parametrize(
    ("name", "kind", "command"), crossed(3, ["plan.yaml", "sweep.json"], KINDS, COMMANDS)
)
def test_what_is_no_file_of_a_sweep_is_named(
    swept: Path, victim: Victim, name: str, kind: str, command: str
) -> None:
    folder = victim.run.parent / "sweep"
    shutil.copytree(swept, folder)
    KINDS[kind](folder / name, victim.outside)
    before = victim.state()
    result = COMMANDS[command](folder)
    assert refused(result), result
    assert kind.removesuffix(", with") in result.err
    assert result.err.count(name) == 1, result.err
    assert victim.state() == before
