"""An engine in another process, as a screen holds it: pictures in, commands out."""

from __future__ import annotations

import threading
import time
from abc import abstractmethod
from contextlib import suppress
from dataclasses import replace

from sim.commands import VIEWER_BITS, Command, Order, Steering, Stop, describe
from sim.errors import HostError
from sim.host.codec import with_parts
from sim.host.line import Line
from sim.host.messages import Company, Detach, Heard, Over, Picture, given
from sim.snapshot import JournalEntry, RunState, Snapshot
from sim.text import command_line

HEARING_SECONDS = 3.0
"""Longest wait for a sign that an engine has heard that it is to end: one that is stopped
(SIGSTOP) gives none, and ends once it goes on."""


class JoinedEngine:
    """Satisfies `sim.steerable.Steerable`; `start` is for whoever knows how it begins.

    Args:
        line: where the engine is.
        viewer: number of this screen among all that watch it.
        first: the picture before the first one.
    """

    def __init__(self, line: Line, viewer: int, first: Snapshot) -> None:
        self.viewer = viewer
        self._line = line
        self._slot = first
        self._tickets = viewer << VIEWER_BITS
        self._giving = threading.Lock()
        self._heard = threading.Event()
        """Set once the engine is known to end."""
        self._over = threading.Event()
        """Set once nothing more will come."""
        self._viewers = 1
        self._left = False
        """Whether the run was left to itself."""

    @property
    def snapshot(self) -> Snapshot:
        """The latest picture."""
        return self._slot

    @property
    def others(self) -> int:
        """How many watch besides this screen."""
        return 0 if self._over.is_set() else self._viewers - 1

    @property
    def in_charge(self) -> bool:
        """Whether the run ends when this screen asks for it."""
        return True

    @abstractmethod
    def start(self) -> None:
        """Begin to watch."""

    def submit(self, command: Command) -> int:
        """Queue a command; see `Steerable.submit`."""
        with self._giving:
            self._tickets += 1
            order = Order(command, ticket=self._tickets)
            if not self._over.is_set():
                with suppress(OSError):
                    self._line.send(given(order))
                    return order.ticket
        self._refuse(order, "the run has ended")
        return order.ticket

    def detach(self) -> bool:
        """Leave the run as it is."""
        self._left = True
        with suppress(OSError):
            self._line.send(Detach())
        self._line.hang_up()
        return True

    def close(self, timeout: float | None = None) -> bool:
        """End the run, and wait until everything is recorded; see `Steerable.close`.

        An engine that gives no sign of life within a few seconds is not waited for.
        """
        return self._left or (self._closed(timeout) and self.detach())

    def _closed(self, timeout: float | None) -> bool:
        """Whether the engine, told to end, has done so in time."""
        until = None if timeout is None else time.monotonic() + timeout
        self.submit(Stop())
        self._heard.wait(HEARING_SECONDS if timeout is None else min(timeout, HEARING_SECONDS))
        if not self._heard.is_set():
            return False
        return self._over.wait(None if until is None else max(until - time.monotonic(), 0.0))

    def _refuse(self, order: Order, reason: str) -> None:
        if isinstance(order.command, Steering):
            text, step = describe(order.command), self._slot.step
            late = JournalEntry(-1, step, order, text, "null", "null", "rejected", reason)
            self._slot = replace(self._slot, journal=(late, *self._slot.journal))

    def _watch(self) -> None:
        """Take pictures from now on."""
        threading.Thread(target=self._listen, name="engine", daemon=True).start()

    def _listen(self) -> None:
        """Take pictures until the engine is gone."""
        with suppress(EOFError, OSError, HostError):
            while True:
                match self._line.receive():
                    case Picture() as picture:
                        self._slot = self._seen(with_parts(self._slot, picture))
                    case Company(viewers):
                        self._viewers = viewers
                    case Heard():
                        self._heard.set()
                    case Over():
                        self._end()
        if not self._left and not self._over.is_set():
            self._report_death()
        self._end()

    def _seen(self, picture: Snapshot) -> Snapshot:
        """The picture as this screen is to show it."""
        return picture

    def _end(self) -> None:
        self._over.set()
        self._heard.set()

    def _report_death(self) -> None:
        """Show that the engine has gone without a word; what is recorded is safe."""
        cause = self._exit_report()
        if self._slot.run_dir:
            cause += f"; what is recorded is kept: {command_line('resume', self._slot.run_dir)}"
        self._slot = replace(self._slot, state=RunState.FAILED, cause=cause, pending=())

    def _exit_report(self) -> str:
        """Why it ended though nobody asked it to, as far as that is known."""
        return "the engine is gone"
