"""The first run on a machine: kernels are compiled by two processes, where there are processors."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence

from sim.machine.capacity import processors
from sim.machine.python import python_command, python_environment
from sim.numerics.compilation import Kernel, kernels_in, uncompiled, warm_up

_helpers: list[subprocess.Popen[bytes]] = []
"""Processes that compile. Each ends with its work, and at the latest with this process."""


def make_ready(modules: Sequence[str], tell: Callable[[str], None]) -> None:
    """Make the kernels ready that the first steps of a run call, by loading where that is enough.

    The others are loaded when they are called. Another process compiles from the other end of the
    list: numba holds the GIL while it compiles, so a thread would gain nothing. Where the two meet,
    what the other has left in the cache is loaded; at most one kernel is compiled by both.

    Args:
        modules: modules of kernels.
        tell: called before each kernel with a line to show.

    Raises:
        DecsimError: a kernel cannot be compiled.
    """
    kernels = kernels_in(modules)
    first = [kernel for kernel in kernels if not kernel.is_later]
    later = [kernel for kernel in kernels if kernel.is_later]
    theirs = uncompiled([*reversed(first), *later])
    if len(theirs) > 1 and processors() > 1:
        _share(theirs)
    warm_up(first, tell)


def _share(kernels: Sequence[Kernel]) -> None:
    """Let another process leave kernels in the cache; where the system gives none, nobody does."""
    _helpers[:] = [helper for helper in _helpers if helper.poll() is None]
    try:
        helper = subprocess.Popen(  # noqa: S603 (this program itself)
            python_command(
                "sim.numerics.compilation",
                *(f"{kernel.module}:{kernel.name}" for kernel in kernels),
            ),
            stdin=subprocess.PIPE,  # open as long as this process lives: the other ends with it
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # what it could not do is tried here, and told here
            env=python_environment(),
        )
    except OSError:
        return
    _helpers.append(helper)
