"""The engine's side of the pipe."""

from __future__ import annotations

import signal
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import DecsimError
from sim.host.wire import (
    Advanced,
    Begin,
    Delta,
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

if TYPE_CHECKING:
    from sim.engine.engine import Engine
    from sim.snapshot import Snapshot

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

    return Engine(first.loaded, first.run_dir)


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
    left = threading.Event()
    taker = threading.Thread(target=_take, args=(engine, pipe, left), name="commands", daemon=True)
    engine.start()
    taker.start()
    with suppress(OSError):
        _show(engine, pipe, left)


def _take(engine: Engine, pipe: Pipe, left: threading.Event) -> None:
    """Pass commands on until the other end leaves or is gone."""
    with suppress(EOFError, OSError):
        while isinstance(given := receive(pipe), Submit):
            # Both ends count the commands of this one pipe, so their tickets are the same.
            engine.submit(given.command)
    left.set()
    engine.painted.set()


def _show(engine: Engine, pipe: Pipe, left: threading.Event) -> None:
    """Send every new picture, and once that the engine has ended."""
    last: Snapshot | None = None
    told = False
    while not left.is_set():
        engine.painted.wait(_LOOK)
        engine.painted.clear()
        ended = engine.ended  # before the picture, so that the last one is sent before the end
        picture = engine.snapshot
        if picture is not last:
            send(pipe, Delta(changes(last, picture)))
            last = picture
        if ended and not told:
            send(pipe, Ended())
            told = True
