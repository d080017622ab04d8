"""A disk that is full, or fails, at any moment of a run: nothing acknowledged is lost."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import apsw
import pytest
from laboratory import EVENTFUL, head_of, loaded, opened_engine
from thinned import first

from sim.config.parameters import Value
from sim.engine.engine import Engine
from sim.engine.resuming import resume_run
from sim.errors import DecsimError, LedgerFullError
from sim.ledger.disk import Disk, Operation
from sim.ledger.reader import open_read_only
from sim.ledger.retry import Backoff
from sim.ledger.verify import verify

TINY: dict[str, Value] = {"simulation.agents": 6, "ledger.retry_attempts": 1}
TIMELINE = [(step, command) for step, commands in EVENTFUL.items() for command in commands]


class Room:
    """A disk on which the `at`-th operation and all behind it fail while there is no room."""

    def __init__(self, error: type[apsw.Error] = apsw.FullError, *, once: bool = False) -> None:
        self.at = 0
        self.count = 0
        self._error = error
        self._once = once

    def __call__(self, operation: Operation, file: str) -> None:
        self.count += 1
        lacking = self.count == self.at if self._once else 0 < self.at <= self.count
        if lacking and (self._error is not apsw.FullError or operation == "write"):
            raise self._error(f"{operation} of {file} (injected)")

    def lacks(self, after: int) -> None:
        self.at, self.count = after, 0

    def is_there(self) -> None:
        self.at = 0


@contextmanager
def everything_on(plan: Room) -> Iterator[None]:
    disk = Disk(plan)
    apsw.set_default_vfs(disk.name)
    try:
        yield
    finally:
        apsw.set_default_vfs(disk.real)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "sim.engine.patience.PATIENCE", Backoff(None, 0.0, growth=1.0, longest_s=60.0)
    )
    monkeypatch.setattr("sim.engine.policy.TRIES", 1)
    monkeypatch.setattr("sim.ledger.retry.MAX_PAUSE_S", 0.0)


def heads(folder: Path) -> list[bytes]:
    reader = open_read_only(folder / "ledger.db")
    try:
        return [head for _, head in reader.heads()]
    finally:
        reader.close()


def go_on(engine: Engine, room: Room, after: int, acknowledged: list[bytes]) -> None:
    """Run until there is no room, and end there."""

    def note(step: int) -> None:
        assert engine._run is not None
        acknowledged.append(engine._run.ledger.head)

    room.lacks(after)
    try:
        with suppress(LedgerFullError):
            engine.run(100, note)
    finally:
        with suppress(DecsimError):
            engine.close()
    room.is_there()


@pytest.mark.parametrize("times", first(1, [20, 100]))
def test_restarts_with_a_full_disk(tmp_path: Path, times: int) -> None:
    rng, room = random.Random(7), Room()
    folder = tmp_path / "run"
    acknowledged: list[bytes] = []
    with everything_on(room):
        go_on(opened_engine(loaded(TINY, TIMELINE), folder), room, 60, acknowledged)
        for _ in range(times):
            recorded = heads(folder)
            # The step under way may have been recorded at the end, when there was room again.
            assert recorded[: len(acknowledged)] == acknowledged
            acknowledged = recorded
            go_on(resume_run(folder), room, rng.randrange(1, 60), acknowledged)
    assert verify(folder / "ledger.db").ok
    steps = heads(folder)
    assert len(steps) > 0.4 * times
    assert steps[-1].hex() == head_of(TINY, len(steps), {}, TIMELINE)


def every_kth(folder: Path, error: type[apsw.Error], step: int, *, once: bool) -> int:
    """A short run for each of its operations on the disk, with that one failing."""
    room = Room(error, once=once)
    wanted = head_of(TINY, 4, {}, TIMELINE)
    with everything_on(room):
        engine = opened_engine(loaded(TINY, TIMELINE), folder / "whole")
        room.lacks(10**9)
        engine.run(4)
        total = room.count
        engine.close()
        for k in range(1, total + 1, step):
            room.is_there()
            engine = opened_engine(loaded(TINY, TIMELINE), folder / f"{k}")
            acknowledged: list[int] = []
            room.lacks(k)
            with suppress(DecsimError):
                engine.run(4, acknowledged.append)
            with suppress(DecsimError):
                engine.close()
            room.is_there()
            again = resume_run(folder / f"{k}")
            assert again.snapshot.step >= len(acknowledged)
            again.run(4 - again.snapshot.step)
            assert again.summary()["ledger"]["head"] == wanted  # type: ignore[index]
            again.close()
    return total


@pytest.mark.parametrize("once", [True, False], ids=["once", "from_then_on"])
@pytest.mark.parametrize("error", [apsw.IOError, apsw.FullError], ids=["io", "full"])
def test_every_operation_of_a_short_run_fails(
    tmp_path: Path, error: type[apsw.Error], *, once: bool
) -> None:
    assert every_kth(tmp_path, error, 5, once=once) > 40


@pytest.mark.long
@pytest.mark.parametrize("once", [True, False], ids=["once", "from_then_on"])
@pytest.mark.parametrize("error", [apsw.IOError, apsw.FullError], ids=["io", "full"])
def test_really_every_operation_of_a_short_run_fails(
    tmp_path: Path, error: type[apsw.Error], *, once: bool
) -> None:
    every_kth(tmp_path, error, 1, once=once)
