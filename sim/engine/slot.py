"""The slot that a run puts its pictures into: the latest one wins, and nobody waits for anybody."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sim.engine.pacing import Pacer
from sim.errors import LedgerCorruptError, LedgerError
from sim.snapshot import Focus, RunState, Snapshot, View

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

    All viewers share one picture; what each of them inspects is put beside it. A picture
    that is like the one before is the one before, so that nobody is told of it.

    Args:
        first: the picture before there is a run.
        status: what is asked before each new picture.
        pacer: knows whether the run stands still.
        refresh_hz: how often a screen looks, per second.
    """

    def __init__(self, first: Snapshot, status: Status, pacer: Pacer, refresh_hz: float) -> None:
        self._latest = first
        self._pictures: Mapping[int, Snapshot] = {}
        """Viewer → the latest picture with what that one looks at."""
        self._views: dict[int, View] = {}
        self._changed = threading.Condition()
        """Nothing that one thread adds is lost under what another one shows."""
        self._status = status
        self._pacer = pacer
        self._focus: dict[int, Focus] = {}
        """Viewer → what is painted in detail for that one."""
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
        """The latest picture as all viewers share it; reading it never waits."""
        return self._latest

    def seen_by(self, viewer: int) -> Snapshot:
        """The latest picture with what one viewer looks at; reading it never waits."""
        return self._pictures.get(viewer, self._latest)

    def look(self, viewer: int, focus: Focus) -> None:
        """Paint this for a viewer from now on."""
        if focus == Focus():
            self._focus.pop(viewer, None)
        else:
            self._focus[viewer] = focus

    def attach(self, run: Run) -> None:
        """Paint this run from now on."""
        from sim.picture.painter import Painter  # heavy: not before there is a run

        self._run = run
        self._painter = Painter(run)

    def observe(self, seconds: float) -> None:
        """Note the cost of the step just done; once per step, painted or not."""
        if self._painter is not None:
            self._painter.observe(seconds, after_pause=self._pacer.held)

    def due(self, wait: float) -> bool:
        """Whether a new picture is due, if the next step comes in `wait` seconds.

        A slow run shows each step: until the next one nothing would paint it.
        """
        return max(time.monotonic() - self._last, wait) > self._between

    def put(self, picture: Snapshot, views: Mapping[int, View] | None = None) -> None:
        """Let this be the latest picture, if it is another one than that before.

        Args:
            picture: what all viewers share.
            views: what each of them looks at; as it was where nothing is said.
        """
        from sim.picture.unchanged import kept  # with arrays, as the painter

        with self._changed:
            before, seen = self._latest, self._views
            views = seen if views is None else {v: kept(seen.get(v), n) for v, n in views.items()}
            after = kept(before, picture)
            if after is before and _same(views, seen):
                return
            self._latest = replace(after, generation=before.generation + 1)
            self._views = dict(views)
            self._pictures = {v: replace(self._latest, view=view) for v, view in views.items()}
            self._changed.notify_all()

    def wait_beyond(self, generation: int, timeout: float) -> None:
        """Wait for a picture after this one, but no longer than so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._latest.generation > generation, timeout)

    def update(self) -> None:
        """Show the present status over what was painted last; from any thread."""
        self.put(self._status(self._latest))

    def tell(self, state: RunState, cause: str) -> None:
        """Show what is being done, over what was painted last."""
        self.put(replace(self._status(self._latest), state=state, cause=cause))

    def paint(self) -> None:
        """Paint the present picture; where the ledger cannot be read, the one before stands."""
        self._last = time.monotonic()
        status, painter = self._status(self._latest), self._painter
        if painter is None:
            self.put(status)
            return
        if self._pacer.held:
            painter.hold()
        try:
            views = {viewer: painter.view(focus) for viewer, focus in self._focus.items()}
            self.put(painter.paint(status), views)
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


def _same(views: Mapping[int, View], before: Mapping[int, View]) -> bool:
    return views.keys() == before.keys() and all(views[v] is before[v] for v in views)
