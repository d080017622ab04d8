"""The engine's side of the pipe."""

from __future__ import annotations

import signal
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import DecsimError, HostError
from sim.host.address import address_of
from sim.host.wire import (
    Advanced,
    Begin,
    Delta,
    Detach,
    Ended,
    OpenRecorded,
    OpenRun,
    Pipe,
    Ready,
    Refused,
    Submit,
    changes,
    receive,
    send,
)
from sim.snapshot import RunState, Snapshot

if TYPE_CHECKING:
    from sim.engine.engine import Engine
    from sim.host.switchboard import Switchboard

_LOOK = 0.5
"""Longest time between two looks at the slot, s; a new picture ends the wait at once."""


def serve(pipe: Pipe) -> None:
    """Run one engine for the other end of the pipe, until that end leaves or is gone."""
    with suppress(EOFError, OSError):
        engine = _opened(pipe, receive(pipe))
        if engine is None:
            return
        try:
            while isinstance(word := receive(pipe), Submit):
                engine.submit(word.command)
            if isinstance(word, Begin):
                _run(engine, pipe)
        finally:
            engine.close()


def _opened(pipe: Pipe, first: OpenRun | OpenRecorded) -> Engine | None:
    if isinstance(first, OpenRecorded):
        return _resumed(pipe, first.run_dir)
    # All that a run needs is imported while the screen paints for the first time.
    import sim.run.run  # noqa: F401
    from sim.engine.engine import Engine

    return Engine(first.loaded, first.run_dir, steps=first.steps, paused=first.paused)


def _resumed(pipe: Pipe, run_dir: Path) -> Engine | None:
    from sim.engine.resuming import resume_run

    try:
        engine = resume_run(run_dir, lambda steps: send(pipe, Advanced(steps)))
    except DecsimError as error:
        send(pipe, Refused(error))
        return None
    with suppress(OSError):  # nobody there: noticed at the next word
        send(pipe, Delta(changes(None, engine.snapshot)))
        send(pipe, Ready())
    return engine


def _run(engine: Engine, pipe: Pipe) -> None:
    """Pictures out in this thread, commands in in another one."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: engine.request_stop())
    first = _First()
    taker = threading.Thread(target=_take, args=(engine, pipe, first), name="commands", daemon=True)
    engine.start()
    taker.start()
    with suppress(OSError):
        _show(engine, pipe, first)
    if first.board is not None:
        first.board.starter = False
        if first.keep:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the terminal of whoever began it
            _linger(engine, first.board)
        engine.close()
        first.board.close()


@dataclass(slots=True)
class _First:
    """The screen that the engine was started for."""

    left: threading.Event = field(default_factory=threading.Event)
    keep: bool = False
    """Whether it left the run to itself."""
    board: Switchboard | None = None
    """Where others come in; None before the run has a directory."""


def _take(engine: Engine, pipe: Pipe, first: _First) -> None:
    """Pass commands on until the other end leaves or is gone."""
    first.keep = engine.outlives_its_screen
    with suppress(EOFError, OSError):
        while isinstance(word := receive(pipe), Submit):
            # Both ends count the commands of this one pipe, so their tickets are the same.
            engine.submit(word.command)
        first.keep = isinstance(word, Detach) and word.keep
    first.left.set()
    engine.painted.set()


def _linger(engine: Engine, board: Switchboard) -> None:
    """Go on without the first screen: to the end of the run, or until nobody has come for long."""
    alone = time.monotonic()
    while not engine.ended:
        over = engine.snapshot.state in (RunState.FINISHED, RunState.FAILED)
        if board.viewers:
            alone = time.monotonic()
        elif over or time.monotonic() - alone > engine.linger:
            return
        time.sleep(_LOOK)


def _listen(engine: Engine, run_dir: str) -> Switchboard | None:
    """Let others come in; a machine where that is not possible has a run all the same."""
    from sim.host.switchboard import Switchboard

    try:
        return Switchboard(engine, address_of(Path(run_dir)))
    except (OSError, HostError) as error:
        sys.stderr.write(f"nobody can attach: {error}\n")
        return None


def _show(engine: Engine, pipe: Pipe, first: _First) -> None:
    """Send every new picture, and once that the engine has ended."""
    last: Snapshot | None = None
    told = tried = False
    while not first.left.is_set():
        engine.painted.wait(_LOOK)
        engine.painted.clear()
        ended = engine.ended  # before the picture, so that the last one is sent before the end
        picture = engine.snapshot
        if picture.run_dir and not tried:
            tried, first.board = True, _listen(engine, picture.run_dir)
        if picture is not last:
            send(pipe, Delta(changes(last, picture)))
            last = picture
        if ended and not told:
            send(pipe, Ended())
            told = True
