"""What the machine has: processors and memory."""

from __future__ import annotations

import os
import resource
import sys
from contextlib import suppress
from pathlib import Path

_GROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
_UNKNOWN = 2 << 30
"""Memory assumed where a machine does not tell."""


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def resident_bytes() -> int:
    """Memory of this process: the present resident set on Linux, its peak elsewhere."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def memory_limit() -> int:
    """Bytes that this process may grow to: the machine's memory, or less in a container."""
    limits = []
    with suppress(AttributeError, ValueError, OSError):
        limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for file in _GROUP_LIMITS:
        with suppress(OSError, ValueError):
            limits.append(int(file.read_text(encoding="ascii")))
    return min((limit for limit in limits if limit > 0), default=_UNKNOWN)
