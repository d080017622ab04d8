"""The life of an engine in a process of its own."""

from __future__ import annotations

import logging
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import DecsimError, HostError
from sim.host.address import address_of
from sim.host.line import Line
from sim.host.messages import (
    FIRST,
    PROTOCOL,
    Advanced,
    Begin,
    Given,
    Hello,
    OpenRecorded,
    OpenRun,
    Picture,
    Ready,
    Welcome,
    order_of,
    own_version,
)
from sim.snapshot import RunState

if TYPE_CHECKING:
    from sim.engine.engine import Engine
    from sim.host.switchboard import Switchboard

_LOG = logging.getLogger(__name__)
_LOOK = 0.5
"""Between two looks at who watches, s; the end of the run ends the wait at once."""


def serve(line: Line) -> None:
    """Run one engine for the viewer at the other end, and whoever else comes, until it is over."""
    with suppress(EOFError, OSError, HostError):
        hello = _greeted(line)
        engine = _opened(line)
        if hello is None or engine is None:
            return
        giver = line.giver(hello.giver, FIRST)
        try:
            while isinstance(word := line.receive(), Given):
                engine.take(order_of(word, giver))
            if isinstance(word, Begin):
                _run(engine, line, hello, word.group)
        finally:
            engine.close()


def _greeted(line: Line) -> Hello | None:
    """The first word of the viewer, answered; None where it speaks another protocol."""
    hello = line.receive()
    if isinstance(hello, Hello) and hello.protocol == PROTOCOL:
        line.send(Welcome(PROTOCOL, own_version(), FIRST, os.getpid()))
        return hello
    from sim.host.switchboard import refusal

    line.send(refusal())
    return None


def _opened(line: Line) -> Engine | None:
    match line.receive():
        case OpenRecorded(run_dir):
            return _resumed(line, Path(os.fsdecode(run_dir)))
        case OpenRun() as first:
            # All that a run needs is imported while the screen paints for the first time.
            import sim.run.run  # noqa: F401
            from sim.engine.engine import Engine
            from sim.host.opening import unpacked

            path = None if first.run_dir is None else Path(os.fsdecode(first.run_dir))
            return Engine(unpacked(first.loaded), path, steps=first.steps, paused=first.paused)
    return None


def _resumed(line: Line, run_dir: Path) -> Engine | None:
    from sim.engine.resuming import resume_run
    from sim.host.codec import parts_of
    from sim.host.opening import unusable

    try:
        engine = resume_run(run_dir, lambda steps: line.send(Advanced(steps)))
    except DecsimError as error:
        line.send(unusable(error))
        return None
    with suppress(OSError):  # nobody there: noticed at the next word
        shot = engine.snapshot
        line.send(Picture(shot.generation, parts_of(None, shot)))
        line.send(Ready())
    return engine


def _run(engine: Engine, line: Line, hello: Hello, group: int | None) -> None:
    """Run, and let viewers come and go, until the run is over or nobody wants it."""
    from sim.host.switchboard import Switchboard

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: engine.request_stop())
    # The terminal of whoever began it is not the engine's.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    board = Switchboard(engine)
    engine.start()
    board.admit(line, hello)
    tried = False
    while not engine.ended:
        if engine.snapshot.run_dir and not tried:
            tried = True
            _listen(board, Path(engine.snapshot.run_dir), group)
        if _abandoned(engine, board):
            with engine.log.bound():
                _LOG.info("nobody has watched for %.3g h: the engine ends", board.alone / 3600)
            break
        engine.wait(_LOOK if tried else _LOOK / 10)
    engine.close()
    board.close()


def _abandoned(engine: Engine, board: Switchboard) -> bool:
    """Whether nobody watches, and nobody is going to."""
    if board.viewers:
        return False
    if not board.listens or engine.snapshot.state in (RunState.FINISHED, RunState.FAILED):
        return True
    return board.alone > (0.0 if board.lost and not engine.outlives_its_screen else engine.linger)


def _listen(board: Switchboard, run_dir: Path, group: int | None) -> None:
    """Let others come in; a machine where that is not possible has a run all the same."""
    try:
        board.listen(address_of(run_dir, group), group)
    except (OSError, HostError) as error:
        sys.stderr.write(f"nobody can attach: {error}\n")
