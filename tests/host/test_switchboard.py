"""Several viewers of one engine: what is shared, what is their own, and that none holds it up."""

from __future__ import annotations

import signal
import socket
import stat
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from waiting import PATIENCE, MakeEngine, wait_for

from sim.commands import (
    VIEWER_BITS,
    Inspect,
    Order,
    PauseWhen,
    Resume,
    SetPace,
    SetParameter,
    Step,
    Stop,
)
from sim.engine.engine import Engine
from sim.errors import HostError
from sim.host.address import address_of, folder
from sim.host.attached import AttachedEngine, ask, call
from sim.host.messages import PROTOCOL, Hello, encode, given
from sim.host.switchboard import Switchboard
from sim.machine.user import user_name
from sim.snapshot import RunState

RAISE = SetParameter("detection.threshold", 0.7)


@pytest.fixture
def address(runtime_folder: Path, tmp_path: Path) -> Path:
    return address_of(tmp_path)


@pytest.fixture
def board(make_engine: MakeEngine, address: Path) -> Iterator[tuple[Engine, Switchboard]]:
    engine = make_engine()
    engine.start()
    wait_for(engine, lambda s: s.state is RunState.PAUSED and bool(s.run_dir))
    switchboard = Switchboard(engine)
    switchboard.listen(address)
    yield engine, switchboard
    switchboard.close()


def soon(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_the_socket_is_its_owners(board, address: Path) -> None:
    assert stat.S_IMODE(address.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder().stat().st_mode) == 0o700


def test_a_socket_that_can_be_found_can_be_called(
    make_engine: MakeEngine, address: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever lists the engines meanwhile would sweep it away, and nobody could come in."""
    found: list[bool] = []

    class Watched(socket.socket):
        def listen(self, *backlog: int) -> None:
            found.append(address.exists())
            super().listen(*backlog)

    board = Switchboard(make_engine())
    monkeypatch.setattr("sim.host.switchboard.socket.socket", Watched)
    board.listen(address)
    assert (found, address.exists()) == ([False], True)
    assert not list(address.parent.glob("*.new"))
    board.close()


def test_a_lack_of_descriptors_is_no_death_of_the_engine(
    address: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(*_: object) -> None:
        raise OSError(24, "Too many open files")

    class Lacking(socket.socket):
        connect = lacking  # type: ignore[assignment]

    monkeypatch.setattr("sim.host.attached.socket.socket", Lacking)
    with pytest.raises(HostError, match="Too many open files") as refusal:
        ask(address)
    assert type(refusal.value) is HostError


def test_all_see_one_run_and_each_its_own_look(board, address: Path) -> None:
    engine, switchboard = board
    one, other = AttachedEngine(address), AttachedEngine(address)
    one.start()
    other.start()
    soon(lambda: switchboard.viewers == 2)
    soon(lambda: (one.others, other.others) == (1, 1))
    first, second = one.submit(RAISE), other.submit(Step(3))
    assert len({first, second, engine.submit(Resume())}) == 3
    soon(lambda: other.snapshot.step >= 3)
    entry = next(e for e in other.snapshot.journal if e.ticket == first)
    assert entry.applied
    assert entry.order.giver == f"{user_name()}@2", "1 is the screen that it was started for"
    one.submit(Inspect(agent=2))
    soon(lambda: one.snapshot.view.agent is not None)
    assert other.snapshot.view.agent is None
    one.detach()
    soon(lambda: switchboard.viewers == 1)
    assert not switchboard.lost
    soon(lambda: other.others == 0)
    assert other.snapshot.state is not RunState.FAILED
    other.detach()


def test_who_only_watches_changes_nothing_and_looks_at_all(board, address: Path) -> None:
    engine, switchboard = board
    watcher = AttachedEngine(address, read_only=True)
    watcher.start()
    engine.submit(Step(1))
    soon(lambda: watcher.snapshot.step == 1 and watcher.snapshot.state is RunState.PAUSED)
    ticket = watcher.submit(RAISE)
    assert [e.ticket for e in watcher.snapshot.journal] == [ticket]
    for command in (Step(3), Resume(), SetPace(2.0), PauseWhen(None), Stop()):
        watcher.submit(command)
    watcher.submit(Inspect(agent=2))
    soon(lambda: watcher.snapshot.view.agent is not None)
    assert (engine.snapshot.pending, engine.snapshot.journal, engine.snapshot.step) == ((), (), 1)
    assert watcher.snapshot.watched
    assert watcher.snapshot.state is RunState.PAUSED
    assert switchboard.viewers == 1
    assert watcher.close(0.1)
    soon(lambda: switchboard.viewers == 0)
    assert engine.snapshot.state is RunState.PAUSED


def test_the_engine_itself_takes_nothing_of_who_only_watches(board, address: Path) -> None:
    """Whatever program is at the other end."""
    engine, switchboard = board
    line, _ = call(address, Hello(PROTOCOL, "0", "somebody", read_only=True))
    for command in (Step(3), RAISE, Stop(), Inspect(agent=1)):
        line.send(given(Order(command, ticket=9 << VIEWER_BITS)))
    time.sleep(0.2)
    assert switchboard.viewers == 1
    assert (engine.snapshot.pending, engine.snapshot.journal, engine.snapshot.step) == ((), (), 0)
    line.close()


def test_a_viewer_that_takes_nothing_holds_nobody_up(board, address: Path) -> None:
    engine, _ = board
    stalled, _ = call(address, Hello(PROTOCOL, "0"))  # and never reads
    live = AttachedEngine(address)
    live.start()
    live.submit(Step(60))
    soon(lambda: live.snapshot.step == 60)
    assert engine.close(PATIENCE)
    stalled.close()
    live.detach()


@pytest.mark.parametrize("words", [b"", b"\xff" * 9, encode(Hello(PROTOCOL + 1, "9.9"))])
def test_strangers_are_let_go(board, address: Path, words: bytes) -> None:
    _, switchboard = board
    near = socket.socket(socket.AF_UNIX)
    near.connect(str(address))
    line = Connection(near.detach())
    line.send_bytes(words)
    try:
        while line.recv_bytes():
            pass
    except (EOFError, OSError):
        pass
    line.close()
    assert switchboard.viewers == 0
    assert ask(address).viewers == 0


def test_who_goes_without_a_word_is_known_to_be_lost(board, address: Path) -> None:
    _, switchboard = board
    line, _ = call(address, Hello(PROTOCOL, "0"))
    soon(lambda: switchboard.viewers == 1 and switchboard.alone == 0)
    line.close()
    soon(lambda: switchboard.viewers == 0)
    assert switchboard.lost and switchboard.alone >= 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_the_death_of_the_engine_is_told_and_its_silence_borne(
    runtime_folder: Path, make_remote, tmp_path: Path, number: int
) -> None:
    engine = make_remote({"simulation.steps_per_second": 0.0})
    engine.start()
    address = address_of(tmp_path / "remote-0")
    soon(lambda: engine.snapshot.step > 0)
    viewer = AttachedEngine(address)
    viewer.start()
    soon(lambda: viewer.snapshot.step > 2)
    process = engine._child._process
    process.send_signal(number)
    if number == signal.SIGKILL:
        soon(lambda: viewer.snapshot.state is RunState.FAILED)
        assert "decsim-tui resume" in viewer.snapshot.cause
        assert viewer.close(PATIENCE)
        return
    assert not viewer.close(PATIENCE * 10), "nobody waits for an engine that says nothing"
    process.send_signal(signal.SIGCONT)
    assert viewer.close(PATIENCE)
    assert process.wait(PATIENCE) == 0


def test_nobody_there_is_said(address: Path) -> None:
    with pytest.raises(HostError, match="no engine answers"):
        ask(address)


def test_the_end_of_the_run_reaches_all(board, address: Path) -> None:
    engine, _ = board
    one, other = AttachedEngine(address), AttachedEngine(address)
    one.start()
    other.start()
    one.submit(Step(2))
    soon(lambda: other.snapshot.step == 2)
    assert one.close(PATIENCE)
    soon(lambda: other.snapshot.state is RunState.STOPPED)
    assert engine.ended
