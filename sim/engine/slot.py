"""The slot that a run puts its pictures into: the latest one wins, and nobody waits for anybody."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sim.errors import LedgerCorruptError, LedgerError
from sim.snapshot import Focus, RunState, Snapshot

if TYPE_CHECKING:
    from sim.picture.painter import Painter
    from sim.run.run import Run

PAINT_INTERVAL: Final = 0.8
"""Least time between two snapshots of a run at full speed, as a share of the screen's interval:
a snapshot that nobody looks at costs the run as much as one that is seen."""
Status = Callable[[Snapshot], Snapshot]
"""Gives a picture with what is known about the run from outside: state, cause, commands."""


class Slot:
    """Holds the latest picture of a run, and has the next one painted.

    Args:
        first: the picture before there is a run.
        status: what is asked before each new picture.
        refresh_hz: how often a screen looks, per second.
    """

    def __init__(self, first: Snapshot, status: Status, refresh_hz: float) -> None:
        self._latest = first
        self._lock = threading.Lock()
        """Nothing that one thread adds is lost under what another one shows."""
        self._status = status
        self.painted = threading.Event()
        """Set with every new picture; whoever waits for one clears it."""
        self.focus = Focus()
        """What is painted from near."""
        self._run: Run | None = None
        self._painter: Painter | None = None
        self._between = PAINT_INTERVAL / refresh_hz
        """Least time between two pictures at full speed, s."""
        self._last = 0.0
        """When it was painted last."""
        self._suspected = False
        """Whether the ledger was found damaged when it was painted last."""

    @property
    def latest(self) -> Snapshot:
        """The latest picture; reading it never waits."""
        return self._latest

    def attach(self, run: Run) -> None:
        """Paint this run from now on."""
        from sim.picture.painter import Painter  # heavy: not before there is a run

        self._run = run
        self._painter = Painter(run)

    def observe(self, seconds: float) -> None:
        """Note the cost of the step just done; once per step, painted or not."""
        if self._painter is not None:
            self._painter.observe(seconds)

    def due(self, wait: float) -> bool:
        """Whether a new picture is due, if the next step comes in `wait` seconds.

        A slow run shows each step: until the next one nothing would paint it.
        """
        return max(time.monotonic() - self._last, wait) > self._between

    def put(self, picture: Snapshot) -> None:
        """Let this be the latest picture."""
        self._latest = picture
        self.painted.set()

    def update(self) -> None:
        """Show the present status over what was painted last; from any thread."""
        with self._lock:
            self.put(self._status(self._latest))

    def tell(self, state: RunState, cause: str) -> None:
        """Show what is being done, over what was painted last."""
        self.put(replace(self._status(self._latest), state=state, cause=cause))

    def paint(self) -> None:
        """Paint the present picture; where the ledger cannot be read, the one before stands."""
        self._last = time.monotonic()
        status = self._status(self._latest)
        try:
            self.put(self._painter.paint(status, self.focus) if self._painter else status)
        except LedgerError as error:
            self._keep(error)
        else:
            self._suspected = False

    def _keep(self, error: LedgerError) -> None:
        """Count that the ledger could not be read, and show no more than the status."""
        if self._run is not None:
            simulation = self._run.simulation
            simulation.errors.record("ledger.read", simulation.now, str(error))
            if isinstance(error, LedgerCorruptError) and not self._suspected:
                self._suspected = True
                self._run.ledger.let_go()  # looked through before it is written again
        self.update()
