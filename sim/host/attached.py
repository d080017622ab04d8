"""An engine that runs already, as another screen holds it."""

from __future__ import annotations

import getpass
import os
import socket
import threading
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path

from sim.commands import VIEWER_BITS, Command, Order, Steering, Stop
from sim.errors import HostError, NobodyListensError
from sim.host.codec import (
    PROTOCOL,
    Hello,
    Over,
    Picture,
    Refusal,
    Welcome,
    decode,
    encode,
    given,
    with_parts,
)
from sim.snapshot import EMPTY, JournalEntry, RunState, Snapshot
from sim.text import command_line

PATIENCE = 5.0
"""Longest wait for the first answer, s: an engine that is stopped listens, and says nothing."""


def call(address: Path, hello: Hello) -> tuple[Connection, Welcome]:
    """Connect to an engine and introduce oneself.

    Raises:
        NobodyListensError: the engine is dead.
        HostError: it does not answer, or not to this version.
    """
    line = socket.socket(socket.AF_UNIX)
    try:
        line.connect(str(address))
    except OSError as error:
        line.close()
        raise NobodyListensError(f"no engine answers ({error.strerror})") from None
    connection = Connection(line.detach())
    try:
        connection.send_bytes(encode(hello))
        if not connection.poll(PATIENCE):
            raise HostError(f"the engine does not answer within {PATIENCE:.0f} s")
        answer = decode(connection.recv_bytes())
        if isinstance(answer, Welcome):
            return connection, answer
        reason = answer.reason if isinstance(answer, Refusal) else "the engine does not answer"
        raise HostError(reason)
    except (OSError, EOFError):
        connection.close()
        raise HostError("the engine went while it was called") from None
    except HostError:
        connection.close()
        raise


def hang_up(line: Connection) -> None:
    """End a conversation, also for a thread that listens: closing alone would not wake it."""
    with suppress(OSError), socket.socket(fileno=os.dup(line.fileno())) as near:
        near.shutdown(socket.SHUT_RDWR)


def ask(address: Path) -> Welcome:
    """How the run of an engine stands.

    Raises:
        HostError: nobody answers there.
    """
    line, welcome = call(address, Hello(PROTOCOL, version("decsim-tui"), watch=False))
    line.close()
    return welcome


class AttachedEngine:
    """Satisfies `sim.steerable.Steerable`, for an engine in another process.

    Args:
        address: where the engine listens.
        read_only: whether this screen only watches.

    Raises:
        HostError: nobody answers there.
    """

    def __init__(self, address: Path, *, read_only: bool = False) -> None:
        hello = Hello(PROTOCOL, version("decsim-tui"), getpass.getuser(), read_only)
        self._line, welcome = call(address, hello)
        self._read_only = read_only
        self._tickets = welcome.viewer << VIEWER_BITS
        self._slot = replace(EMPTY, cause="attaching", run_dir=welcome.run_dir)
        self._sending = threading.Lock()
        self._over = threading.Event()
        self._left = False

    @property
    def snapshot(self) -> Snapshot:
        """The latest picture."""
        return self._slot

    def start(self) -> None:
        """Begin to watch; the run goes on as it did."""
        threading.Thread(target=self._listen, name="engine", daemon=True).start()

    def submit(self, command: Command) -> int:
        """Queue a command; see `Steerable.submit`."""
        with self._sending:
            self._tickets += 1
            order = Order(command, ticket=self._tickets)
        if self._read_only and isinstance(command, Steering | Stop):
            self._refuse(order, "this screen only watches (--read-only)")
            return order.ticket
        try:
            with self._sending:
                self._line.send_bytes(encode(given(order)))
        except OSError:
            self._refuse(order, "the run has ended")
        return order.ticket

    def detach(self) -> bool:
        """Leave the run as it is."""
        self._left = True
        hang_up(self._line)
        return True

    def close(self, timeout: float | None = None) -> bool:
        """End the run, and wait until everything is recorded; see `Steerable.close`."""
        if self._left or self._read_only:
            return True
        self.submit(Stop())
        if not self._over.wait(timeout):
            return False
        return self.detach()

    def _refuse(self, order: Order, reason: str) -> None:
        if isinstance(order.command, Steering):
            text = type(order.command).__name__
            step = self._slot.step
            late = JournalEntry(-1, step, order, text, "null", "null", "rejected", reason)
            self._slot = replace(self._slot, journal=(late, *self._slot.journal))

    def _listen(self) -> None:
        """Take pictures until the engine is gone."""
        with suppress(EOFError, OSError, HostError):
            while True:
                match decode(self._line.recv_bytes()):
                    case Picture() as picture:
                        self._slot = with_parts(self._slot, picture)
                    case Over():
                        self._over.set()
        if not self._left and not self._over.is_set():
            self._report_death()
        self._over.set()
        self._line.close()

    def _report_death(self) -> None:
        """Show that the engine has gone without a word; what is recorded is safe."""
        again = command_line("resume", self._slot.run_dir)
        cause = f"the engine is gone; what is recorded is kept: {again}"
        self._slot = replace(self._slot, state=RunState.FAILED, cause=cause, pending=())
