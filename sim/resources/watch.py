"""The watch: looks at the checks between two steps, cleans up, and says so.

Beside a step that takes long it only looks, from a thread of its own (`sim.resources.sentinel`):
what is cleaned up belongs to the thread that steps.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from sim.errors import RAISED
from sim.plugins.catalogue import CHECKS as REGISTERED
from sim.resources.checks import STEP, Check, limit_of, value_of, written
from sim.resources.readings import Readings, take
from sim.resources.relief import relieve
from sim.resources.resources import Resources
from sim.snapshot import HealthView
from sim.text import failure

_LOG = logging.getLogger(__name__)
Unhealthy = Callable[[Check, HealthView, HealthView | None], HealthView]
"""What is done about a check that is not well: seen now, and before; gives what is shown."""
INTERVAL = 1.0
"""Least time between two looks, s."""
REPEAT = 30.0
"""Time after which clean-up is tried again while a check stays unhealthy, s."""


class HealthWatch:
    """Watches over the resources of one run; never changes what comes out of it.

    It goes by the clock, so two equal runs may be cleaned up at different steps. That is why it
    only touches what no result depends on.

    Args:
        resources: what is watched.
        clock: seconds.
        measure: takes the readings; by default those of this process.
    """

    def __init__(
        self,
        resources: Resources,
        clock: Callable[[], float] = time.monotonic,
        measure: Callable[[], Readings] | None = None,
    ) -> None:
        self._resources = resources
        self._clock = clock
        self._measure = measure or self._of_this_process
        self._lock = threading.Lock()
        self._due = clock()
        self._began: float | None = None
        """When the step under way began; None between two steps."""
        self._hung = 0.0
        """How long the step has taken that was found to hang, s."""
        self._relieved: dict[str, float] = {}
        """Check → when it was cleaned up for last; only unhealthy ones."""
        self._view: dict[str, HealthView] = {}
        self._shown: tuple[HealthView, ...] = ()
        things, broken = REGISTERED.usable(Check)
        self._checks: dict[str, Check] = {c.name: c for c in things.values() if c is not STEP}
        for line in broken:
            resources.log.notice(line)

    def view(self) -> tuple[HealthView, ...]:
        """The checks as they were seen last; empty where checking is off."""
        return self._shown

    @property
    def healthy(self) -> bool:
        """Whether all checks were well when they were seen last."""
        return all(seen.healthy for seen in self._shown)

    def begin(self) -> None:
        """A step begins."""
        self._began = self._clock()

    def observe(self) -> bool:
        """Look between two steps, unless it was less than a second ago; whether it did."""
        self._began = None
        now = self._clock()
        if now < self._due and not self._hung:
            return False
        self.look()
        return True

    def look(self) -> None:
        """Measure, judge each check, and clean up for what is unhealthy."""
        with self._lock:
            if self._hung:
                text = f"step: it took {written(STEP, self._hung)} or more"
                self._resources.log.count_error("resource.step", text)
                self._hung = 0.0
            self._look(self._clean_up)

    def glance(self) -> bool:
        """Look beside a step that takes long; from any thread.

        Returns:
            Whether there is something to show: what is healthy is another than before, or the step
            still hangs.
        """
        with self._lock:
            if self._clock() < self._due:
                return False
            before = self._judged()
            self._look(lambda check, seen, before: seen)
            return self._hung > 0.0 or self._judged() != before

    def _judged(self) -> list[tuple[str, bool]]:
        return [(seen.name, seen.healthy) for seen in self._shown]

    def _look(
        self, unhealthy: Callable[[Check, HealthView, HealthView | None], HealthView]
    ) -> None:
        self._due = self._clock() + INTERVAL
        if not self._resources.config.monitoring.health:
            self._view, self._relieved, self._shown = {}, {}, ()
            return
        readings = self._measure()
        for check in tuple(self._checks.values()):
            value = self._value(check, readings)
            if value is None:
                self._view.pop(check.name, None)
            else:
                self._judge(check, value, unhealthy)
        self._judge(STEP, self._under_way(), self._note_hanging)
        self._shown = tuple(self._view.values())

    def _value(self, check: Check, readings: Readings) -> float | None:
        """What a check measures; one of a plug-in that raises is left out from now on."""
        try:
            value = value_of(check, readings)
            return None if value is None else float(value)
        except RAISED as error:
            if check.measure is None:
                raise
            del self._checks[check.name]
            text = f"the health check {check.name} is skipped: {failure(error, 160)}"
            _LOG.warning("%s", text, exc_info=error)
            self._say(text)
            return None

    def _under_way(self) -> float:
        """How long the step under way has taken, s."""
        began = self._began
        return 0.0 if began is None else self._clock() - began

    def _note_hanging(
        self, check: Check, seen: HealthView, _before: HealthView | None
    ) -> HealthView:
        self._hung = seen.value
        return seen

    def _judge(self, check: Check, value: float, unhealthy: Unhealthy) -> None:
        before, limit = self._view.get(check.name), self._limit(check)
        was_well = before is None or before.healthy
        well = check.well(value, limit, was_well)
        step = self._resources.log.now
        since = before.since if before is not None and before.healthy == well else step
        relation = "of at least" if check.least else "of at most"
        text = f"{written(check, value)} {relation} {written(check, limit)}" if limit > 0 else ""
        seen = HealthView(check.name, well, value, limit, check.unit, since, text)
        if well and not was_well:
            self._say(f"{check.name} is well again: {text}")
            _LOG.info("%s is well again: %s", check.name, text)
            self._relieved.pop(check.name, None)
        elif not well:
            if was_well:
                _LOG.warning("step %d: %s: %s", step, check.name, text)
            seen = unhealthy(check, seen, before)
        self._view[check.name] = seen

    def _clean_up(self, check: Check, seen: HealthView, before: HealthView | None) -> HealthView:
        """Clean up at once, and again after some time; keeps what was done on show."""
        last, now = self._relieved.get(seen.name), self._clock()
        if last is not None and now - last < REPEAT:
            return replace(seen, done=before.done if before else "")
        self._relieved[seen.name] = now
        seen = replace(seen, done=relieve(self._resources, check))
        message = f"{seen.name}: {seen.text}; {seen.done}"
        self._resources.log.count_error(f"resource.{seen.name}", message)
        if last is None:
            self._say(message)
        return seen

    def _say(self, text: str) -> None:
        log = self._resources.log
        log.notice(f"step {log.now}: {text}")

    def _limit(self, check: Check) -> float:
        resources = self._resources
        return limit_of(
            check,
            resources.config.monitoring,
            workers=resources.executor.workers,
            readers=resources.pool.size,
        )

    def _of_this_process(self) -> Readings:
        resources = self._resources
        connections = resources.pool.statistics().open + 1
        return take(resources.ledger.path.parent, connections)
