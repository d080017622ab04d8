"""What the machine has, and what this process takes of it: processors, memory, files, threads."""

from __future__ import annotations

import os
import resource
from contextlib import suppress
from pathlib import Path

import psutil

_GROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
"""Of the control group that this process sees as the outermost, version 2 and 1."""


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory_limit() -> int:
    """Bytes that this process may grow to: the machine's memory, or less in a container."""
    limits = [psutil.virtual_memory().total]
    for file in _GROUP_LIMITS:
        with suppress(OSError, ValueError):
            limits.append(int(file.read_text(encoding="ascii")))
    return min(limit for limit in limits if limit > 0)


def resident_bytes() -> int:
    """Resident memory of this process."""
    # Asked anew each time: a process that was forked is another one.
    return int(psutil.Process().memory_info().rss)


def open_files() -> int:
    """File descriptors of this process in use."""
    return psutil.Process().num_fds()


def threads() -> int:
    """Threads of this process, those of libraries included."""
    return psutil.Process().num_threads()


def file_limit() -> int:
    """File descriptors that this process may have; 0 where there is no limit."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 0 if soft == resource.RLIM_INFINITY else soft
