"""The socket of an engine: any number of viewers, none of whom the engine ever waits for."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

from sim.commands import VIEWER_BITS, Inspect, Order, Stop
from sim.engine.engine import Engine
from sim.errors import DecsimError, HostError
from sim.host.codec import parts_of
from sim.host.line import Line
from sim.host.messages import (
    FIRST,
    PROTOCOL,
    Company,
    Detach,
    Given,
    Heard,
    Hello,
    Over,
    Picture,
    Refusal,
    Welcome,
    order_of,
    own_version,
)
from sim.host.opening import packed
from sim.host.record import serve_rows
from sim.snapshot import Snapshot

LOOK = 0.5
"""Longest time between two looks at the engine, s; a new picture ends the wait at once."""
LARGEST = 8 << 20
"""Bytes of the largest message from a viewer: an order that names a hundred thousand agents."""
BACKLOG = 16
_FAREWELL_SECONDS = 2.0
"""Longest wait for viewers to take the last picture."""


class Switchboard:
    """Joins an engine with those who watch it, until it is closed.

    Args:
        engine: what is watched and steered.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._address: Path | None = None
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._numbers = FIRST
        """The number given out last; the first is that of the screen that it was started for."""
        self._watching: dict[int, threading.Thread] = {}
        """Viewer → what sends it pictures."""
        self._alone_since = time.monotonic()
        self._since = time.time()
        self.lost = False
        """Whether the last viewer that went did so without a word."""

    @property
    def viewers(self) -> int:
        """How many watch."""
        return len(self._watching)

    @property
    def alone(self) -> float:
        """How long nobody has watched, s."""
        return 0.0 if self._watching else time.monotonic() - self._alone_since

    @property
    def listens(self) -> bool:
        """Whether others can come in."""
        return self._socket is not None

    def listen(self, address: Path, group: int | None = None) -> None:
        """Let others come in.

        Args:
            address: where the socket is made; only its owner can connect.
            group: whose members can, too.

        Raises:
            OSError: it cannot be made.
        """
        # A socket that is there and refuses is taken for that of a dead engine, and swept away.
        building = address.with_suffix(".new")
        with suppress(FileNotFoundError):
            building.unlink()  # left by an engine that was killed: this run has one at a time
        near = socket.socket(socket.AF_UNIX)
        before = os.umask(0o177)
        try:
            near.bind(str(building))
        finally:
            os.umask(before)
        if group is not None:
            os.chown(building, -1, group)
            building.chmod(0o660)
        near.listen(BACKLOG)
        building.replace(address)
        self._socket, self._address = near, address
        threading.Thread(target=self._accept, args=(near,), name="switchboard", daemon=True).start()

    def admit(self, line: Line, hello: Hello) -> None:
        """Let the viewer in that has been welcomed already, and return at once."""
        self._enter(line, FIRST)
        threading.Thread(
            target=self._attend, args=(line, hello, FIRST), name="viewer", daemon=True
        ).start()

    def close(self) -> None:
        """Let nobody in any more, and see that all who listen have heard that it is over."""
        if self._socket is not None and self._address is not None:
            with suppress(OSError):
                self._address.unlink()
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
        until = time.monotonic() + _FAREWELL_SECONDS
        for shower in list(self._watching.values()):
            shower.join(max(until - time.monotonic(), 0.0))

    # -- one viewer ----------------------------------------------------------------------------

    def _accept(self, near: socket.socket) -> None:
        with suppress(OSError):
            while True:
                line, _ = near.accept()
                threading.Thread(
                    target=self._serve, args=(Line(line),), name="viewer", daemon=True
                ).start()

    def _serve(self, line: Line) -> None:
        """Who comes in by the socket, from hello to the end."""
        with suppress(OSError, EOFError, DecsimError):
            hello = line.receive(LARGEST)
            if not isinstance(hello, Hello) or hello.protocol != PROTOCOL:
                line.send(refusal())
            elif hello.watch:
                with self._lock:
                    self._numbers += 1
                    viewer = self._numbers
                line.send(self._welcome(viewer))
                self._enter(line, viewer)
                self._attend(line, hello, viewer)
                return
            else:
                line.send(self._welcome(0))
                if hello.reads:
                    serve_rows(line, Path(self._engine.snapshot.run_dir))
        line.close()

    def _enter(self, line: Line, viewer: int) -> None:
        """Begin to send pictures."""
        shower = threading.Thread(
            target=self._show, args=(line, viewer), name="pictures", daemon=True
        )
        with self._lock:
            self._watching[viewer] = shower
        shower.start()

    def _attend(self, line: Line, hello: Hello, viewer: int) -> None:
        """Take what a viewer gives, until it leaves or is gone."""
        word: object = None
        with suppress(OSError, EOFError, HostError):
            giver = line.giver(hello.giver, viewer)
            while isinstance(word := line.receive(LARGEST), Given):
                order = order_of(word, giver)
                if hello.read_only and not isinstance(order.command, Inspect):
                    continue  # who only watches may look at what they like
                self._engine.take(order)
                if isinstance(order.command, Stop):
                    line.send(Heard())
        with self._lock:
            del self._watching[viewer]
            self.lost, self._alone_since = not isinstance(word, Detach), time.monotonic()
        self._engine.take(Order(Inspect(), ticket=viewer << VIEWER_BITS))
        line.hang_up()  # wakes whoever still sends
        line.close()

    def _show(self, line: Line, viewer: int) -> None:
        """Send every new picture that the viewer has time for, the latest first."""
        last: Snapshot | None = None
        company = 1
        with suppress(OSError):
            while viewer in self._watching:
                if company != self.viewers:
                    company = self.viewers
                    line.send(Company(company))
                ended = self._engine.ended
                picture = self._engine.seen_by(viewer)
                if picture is not last:
                    line.send(Picture(picture.generation, parts_of(last, picture)))
                    last = picture
                if ended:
                    line.send(Over())
                    return
                self._engine.wait_beyond(picture.generation, LOOK)

    def _welcome(self, viewer: int) -> Welcome:
        shot = self._engine.snapshot
        return Welcome(
            protocol=PROTOCOL,
            version=own_version(),
            viewer=viewer,
            pid=os.getpid(),
            run_dir=shot.run_dir,
            run_id=shot.run_id,
            state=shot.state.value,
            step=shot.step,
            steps_per_s=shot.performance.steps_per_second,
            viewers=self.viewers,
            since=self._since,
            loaded=packed(self._engine.loaded) if viewer else b"",
        )


def refusal() -> Refusal:
    """The answer to who speaks another protocol."""
    return Refusal(f"the engine is of version {own_version()}, expected a program of the same one")
