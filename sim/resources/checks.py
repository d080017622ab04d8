"""The checks by name: what is measured, what it is held against, and when it is well again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sim.config.schema import MonitoringSection
from sim.machine.capacity import file_limit, memory_limit, processors
from sim.resources.readings import Readings

MEBIBYTE = 1 << 20
SHARE = 0.9
"""Share of what a process may have from which memory and files count as scarce."""
RECOVERY = 0.05
"""Distance from the limit, as a share of it, at which a check is well again (hysteresis)."""
SPARE_CONNECTIONS = 2
"""Connections allowed besides the reader pool and the writer, e.g. for an export."""
THREADS_OF_LIBRARIES = 64
THREADS_PER_PROCESSOR = 16


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a run needs enough of, or must not take too much of."""

    name: str
    """Also the field of `Readings`."""
    unit: str
    """`bytes`, `s`, or empty for a count."""
    least: bool
    """Whether the value must not fall below the limit; else it must not exceed it."""
    measure: Callable[[], float | None] | None = None
    """Of a check of one's own: the present value, None where the machine does not tell.

    It is called in a thread of its own, too, and must not take long.
    """
    limit: float = 0.0
    """Of a check of one's own; 0 is none."""
    relieve: Callable[[], str] | None = None
    """Of a check of one's own: cleans up, and says in a few words what it did."""

    def well(self, value: float, limit: float, before: bool) -> bool:
        """Whether a value is well, given whether it was `before`."""
        if limit <= 0:
            return True
        if self.least:
            return value >= limit * (1 if before else 1 + RECOVERY)
        return value <= limit * (1 if before else 1 - RECOVERY)


MEMORY = Check("memory", "bytes", least=False)
DISK = Check("disk", "bytes", least=True)
FILES = Check("files", "", least=False)
CONNECTIONS = Check("connections", "", least=False)
THREADS = Check("threads", "", least=False)
STEP = Check("step", "s", least=False)
CHECKS = (MEMORY, DISK, FILES, CONNECTIONS, THREADS)
"""Those of what a process uses of its machine."""


def value_of(check: Check, readings: Readings) -> float | None:
    """What was read for a check; None where the machine does not tell."""
    if check.measure is not None:
        return check.measure()
    value: int | None = getattr(readings, check.name)
    return value


def limit_of(check: Check, settings: MonitoringSection, *, workers: int, readers: int) -> float:
    """The limit in force; 0 is none.

    Args:
        check: which.
        settings: the configuration; 0 there means automatic, for the disk: off.
        workers: threads that compute.
        readers: reader connections allowed.
    """
    if check.measure is not None:
        return check.limit
    match check.name:
        case "memory":
            return settings.memory_limit * MEBIBYTE or round(SHARE * memory_limit())
        case "disk":
            return settings.disk_limit * MEBIBYTE
        case "files":
            return settings.files_limit or round(SHARE * file_limit())
        case "connections":
            return settings.connections_limit or readers + 1 + SPARE_CONNECTIONS
        case "threads":
            automatic = THREADS_OF_LIBRARIES + THREADS_PER_PROCESSOR * processors() + workers
            return settings.threads_limit or automatic
        case "step":
            return settings.step_limit
    raise ValueError(f"no check {check.name!r}")


def written(check: Check, value: float) -> str:
    """A value with its unit, for people."""
    if check.unit == "bytes":
        return f"{value / MEBIBYTE:,.0f} MiB"
    return f"{value:,.0f} {check.unit}".rstrip()
