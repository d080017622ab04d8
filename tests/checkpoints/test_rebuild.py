"""A run as it stood after any recorded step, from the nearest checkpoint and the journal."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from laboratory import advance, loaded, opened
from rebirth import EVERYTHING, unlike

from sim.archive.directory import RunDirectory
from sim.engine.engine import Engine
from sim.errors import RunDirectoryError
from sim.run.rebuilding import rebuild

LAST = 13
SETTINGS = {"simulation.checkpoint_interval": 5, "monitoring.tuner": False, "cache.capacity": 0}
TIMELINE = [(step, command) for step, some in EVERYTHING.items() if step != 3 for command in some]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirteen steps of a scenario that goes on after them, with checkpoints of 10 and 13."""
    folder = tmp_path_factory.mktemp("rebuild") / "run"
    engine = Engine(loaded(SETTINGS, TIMELINE), folder, paused=True)
    engine.open()
    engine.run(LAST)
    assert engine.close()
    assert len(list((folder / "checkpoints").iterdir())) == 2
    return folder


def contents(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(f): hashlib.blake2b(f.read_bytes()).hexdigest() for f in files}


@pytest.mark.parametrize(("at", "told"), [(0, []), (4, [1, 2, 3, 4]), (10, []), (12, [11, 12])])
def test_it_is_what_the_run_was_and_nothing_is_written(
    folder: Path, at: int, told: list[int]
) -> None:
    before = contents(folder)
    directory = RunDirectory.open(folder)
    heard: list[int] = []
    with opened(SETTINGS, TIMELINE) as original:
        advance(original, at)
        rebuilt = rebuild(directory.load(), directory, at, heard.append)
        try:
            assert heard == told
            assert rebuilt.ledger.head == original.ledger.head
            assert rebuilt.reader.length() == original.reader.length()
            assert list(map(repr, rebuilt.journal)) == list(map(repr, original.journal))
            # Before the first step there is no draft that the others would not have, either.
            assert unlike(original, rebuilt) == []
            # Going on from there, on paper, is what the run did: the scenario goes on, too.
            advance(original, 2)
            advance(rebuilt, 2)
            assert rebuilt.ledger.head == original.ledger.head
        finally:
            rebuilt.close()
    assert contents(folder) == before


def test_only_its_end_can_be_written_to(folder: Path) -> None:
    directory = RunDirectory.open(folder)
    rebuilt = rebuild(directory.load(), directory, 12)
    try:
        with pytest.raises(RunDirectoryError, match="does not end with a whole step"):
            rebuilt.go_live()
        assert rebuilt.ledger.rehearsing
    finally:
        rebuilt.close()


@pytest.mark.parametrize("at", [-1, LAST + 1])
def test_a_step_that_is_not_recorded(folder: Path, at: int) -> None:
    directory = RunDirectory.open(folder)
    with pytest.raises(RunDirectoryError, match=rf"step {at} is not recorded, expected 0 to 13"):
        rebuild(directory.load(), directory, at)
