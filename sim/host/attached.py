"""An engine that runs already, as another screen holds it."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

from sim.commands import Command, Inspect, Order
from sim.config.load import LoadedConfig
from sim.errors import HostError, NobodyListensError
from sim.host.joined import JoinedEngine
from sim.host.line import Line
from sim.host.messages import PROTOCOL, Hello, Refusal, Welcome, own_version
from sim.host.opening import unpacked
from sim.machine.user import user_name
from sim.snapshot import EMPTY, Snapshot
from sim.steerable import WATCHES

PATIENCE = 5.0
"""Longest wait for the first answer, s: an engine that is stopped listens, and says nothing."""


def call(address: Path, hello: Hello) -> tuple[Line, Welcome]:
    """Connect to an engine and introduce oneself.

    Raises:
        NobodyListensError: the engine is dead.
        HostError: it does not answer, or not to this version.
    """
    near = socket.socket(socket.AF_UNIX)
    try:
        near.connect(str(address))
    except OSError as error:
        near.close()
        # Not what this process lacks, such as descriptors: that tells nothing of the engine.
        dead = isinstance(error, ConnectionRefusedError | FileNotFoundError | PermissionError)
        kind = NobodyListensError if dead else HostError
        raise kind(f"no engine answers ({error.strerror})") from None
    line = Line(near)
    try:
        line.send(hello)
        if not line.waits(PATIENCE):
            raise HostError(f"the engine does not answer within {PATIENCE:.0f} s")
        answer = line.receive()
        if isinstance(answer, Welcome):
            return line, answer
        reason = answer.reason if isinstance(answer, Refusal) else "the engine does not answer"
        raise HostError(reason)
    except (OSError, EOFError):
        line.close()
        raise HostError("the engine went while it was called") from None
    except HostError:
        line.close()
        raise


def ask(address: Path) -> Welcome:
    """How the run of an engine stands.

    Raises:
        HostError: nobody answers there.
    """
    line, welcome = call(address, Hello(PROTOCOL, own_version(), watch=False))
    line.close()
    return welcome


class AttachedEngine(JoinedEngine):
    """An engine that others may watch, too.

    Args:
        address: where the engine listens.
        read_only: whether this screen only watches.
        guest: whether the run is somebody else's: then it goes on when this screen leaves.

    Raises:
        HostError: nobody answers there.
    """

    def __init__(self, address: Path, *, read_only: bool = False, guest: bool = False) -> None:
        line, welcome = call(address, Hello(PROTOCOL, own_version(), user_name(), read_only))
        first = replace(EMPTY, cause="attaching", run_dir=welcome.run_dir, watched=read_only)
        super().__init__(line, welcome.viewer, first)
        self._read_only, self._guest = read_only, guest
        self.loaded: LoadedConfig = unpacked(welcome.loaded)
        """The configuration that the run began with."""

    @property
    def in_charge(self) -> bool:
        """Not for who only watches, nor for a guest."""
        return not (self._read_only or self._guest)

    def start(self) -> None:
        """Begin to watch; the run goes on as it did."""
        self._watch()

    def submit(self, command: Command) -> int:
        """Queue a command; see `Steerable.submit`. Who only watches may look, and no more."""
        if not self._read_only or isinstance(command, Inspect):
            return super().submit(command)
        with self._giving:
            self._tickets += 1
            order = Order(command, ticket=self._tickets)
        self._refuse(order, WATCHES)
        return order.ticket

    def _seen(self, picture: Snapshot) -> Snapshot:
        return picture if picture.watched is self._read_only else replace(picture, watched=True)

    def close(self, timeout: float | None = None) -> bool:
        """End the run; who only watches leaves it, and so does a guest."""
        return super().close(timeout) if self.in_charge else self.detach()
