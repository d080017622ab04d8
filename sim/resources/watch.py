"""The watch: looks at the checks between two steps, cleans up, and says so."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from sim.resources.checks import CHECKS, Check, limit_of, value_of, written
from sim.resources.readings import Readings, take
from sim.resources.relief import relieve
from sim.resources.resources import Resources
from sim.snapshot import HealthView

_LOG = logging.getLogger(__name__)
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
        self._due = clock()
        self._relieved: dict[str, float] = {}
        """Check → when it was cleaned up for last; only unhealthy ones."""
        self._view: dict[str, HealthView] = {}
        self._shown: tuple[HealthView, ...] = ()

    def view(self) -> tuple[HealthView, ...]:
        """The checks as they were seen last; empty where checking is off."""
        return self._shown

    @property
    def healthy(self) -> bool:
        """Whether all checks were well when they were seen last."""
        return all(seen.healthy for seen in self._view.values())

    def observe(self) -> bool:
        """Look, unless it was less than a second ago; returns whether it did."""
        now = self._clock()
        if now < self._due:
            return False
        self._due = now + INTERVAL
        self.look()
        return True

    def look(self) -> None:
        """Measure, judge each check, and clean up for what is unhealthy."""
        if not self._resources.config.monitoring.health:
            self._view, self._relieved, self._shown = {}, {}, ()
            return
        readings = self._measure()
        for check in CHECKS:
            value = value_of(check, readings)
            if value is None:
                self._view.pop(check.name, None)
            else:
                self._judge(check, value)
        self._shown = tuple(self._view.values())

    def _judge(self, check: Check, value: int) -> None:
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
            seen = self._clean_up(seen, before)
        self._view[check.name] = seen

    def _clean_up(self, seen: HealthView, before: HealthView | None) -> HealthView:
        """Clean up at once, and again after some time; keeps what was done on show."""
        last, now = self._relieved.get(seen.name), self._clock()
        if last is not None and now - last < REPEAT:
            return replace(seen, done=before.done if before else "")
        self._relieved[seen.name] = now
        seen = replace(seen, done=relieve(self._resources, seen.name))
        message = f"{seen.name}: {seen.text}; {seen.done}"
        self._resources.log.count_error(f"resource.{seen.name}", message)
        if last is None:
            self._say(message)
        return seen

    def _say(self, text: str) -> None:
        log = self._resources.log
        log.notice(f"step {log.now}: {text}")

    def _limit(self, check: Check) -> int:
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
