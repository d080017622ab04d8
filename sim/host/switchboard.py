"""The socket of an engine: any number of viewers, none of whom the engine ever waits for."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path

from sim.commands import VIEWER_BITS, Inspect, Order
from sim.engine.engine import Engine
from sim.errors import HostError
from sim.host.codec import (
    PROTOCOL,
    Given,
    Hello,
    Message,
    Over,
    Picture,
    Refusal,
    Welcome,
    decode,
    encode,
    order_of,
    parts_of,
)
from sim.snapshot import Snapshot

LOOK = 0.5
"""Longest time between two looks at the engine, s; a new picture ends the wait at once."""
BACKLOG = 16


class Switchboard:
    """Listens until it is closed.

    Args:
        engine: what is watched and steered.
        address: where the socket is made; only its owner can connect.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self, engine: Engine, address: Path) -> None:
        self._engine = engine
        self._address = address
        self._lock = threading.Lock()
        self._numbers = 0
        self._lines: dict[int, Connection] = {}
        """Viewer → connection, of those who watch."""
        self.starter = True
        """Whether the screen that the engine was started for is still there."""
        with suppress(FileNotFoundError):
            address.unlink()  # left by an engine that was killed: this run has one at a time
        self._socket = socket.socket(socket.AF_UNIX)
        before = os.umask(0o177)
        try:
            self._socket.bind(str(address))
        finally:
            os.umask(before)
        self._socket.listen(BACKLOG)
        threading.Thread(target=self._accept, name="switchboard", daemon=True).start()

    @property
    def viewers(self) -> int:
        """How many watch."""
        return len(self._lines) + self.starter

    def close(self) -> None:
        """Say that it is over, and let everybody go."""
        with suppress(OSError):
            self._address.unlink()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._socket.accept()
                connection = Connection(line.detach())
                threading.Thread(
                    target=self._serve, args=(connection,), name="viewer", daemon=True
                ).start()

    def _serve(self, line: Connection) -> None:
        """One viewer, from hello to the end."""
        with line, suppress(OSError, EOFError, HostError):
            hello = decode(line.recv_bytes())
            if not isinstance(hello, Hello) or hello.protocol != PROTOCOL:
                refusal = f"this engine is of version {version('decsim-tui')}, expected the same"
                line.send_bytes(encode(Refusal(refusal)))
            elif hello.watch:
                self._watched(line, hello)
            else:
                line.send_bytes(encode(self._welcome(0)))

    def _watched(self, line: Connection, hello: Hello) -> None:
        with self._lock:
            self._numbers += 1
            viewer = self._numbers
            self._lines[viewer] = line
        gone = threading.Event()
        try:
            line.send_bytes(encode(self._welcome(viewer)))
            shower = threading.Thread(
                target=self._show, args=(line, viewer, gone), name="pictures", daemon=True
            )
            shower.start()
            while isinstance(word := decode(line.recv_bytes()), Given):
                if hello.read_only:
                    break
                self._engine.take(order_of(word, hello.giver))
        finally:
            gone.set()
            with self._lock:
                del self._lines[viewer]
            self._engine.take(Order(Inspect(), ticket=viewer << VIEWER_BITS))

    def _show(self, line: Connection, viewer: int, gone: threading.Event) -> None:
        """Send every new picture that the viewer has time for, the latest first."""
        last: Snapshot | None = None
        with suppress(OSError):
            while not gone.is_set():
                ended = self._engine.ended
                picture = self._engine.seen_by(viewer)
                if picture is not last:
                    _send(line, Picture(picture.generation, parts_of(last, picture)))
                    last = picture
                if ended:
                    _send(line, Over())
                    return
                self._engine.wait_beyond(picture.generation, LOOK)

    def _welcome(self, viewer: int) -> Welcome:
        shot = self._engine.snapshot
        return Welcome(
            protocol=PROTOCOL,
            version=version("decsim-tui"),
            viewer=viewer,
            pid=os.getpid(),
            run_dir=shot.run_dir,
            run_id=shot.run_id,
            state=shot.state.value,
            step=shot.step,
            steps_per_s=shot.performance.steps_per_second,
            viewers=self.viewers,
        )


def _send(line: Connection, message: Message) -> None:
    line.send_bytes(encode(message))
