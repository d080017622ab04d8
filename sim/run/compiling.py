"""The first run on a machine: kernels are compiled by two processes, where there are processors."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence

from sim.machine.capacity import processors
from sim.machine.python import python_command, python_environment
from sim.numerics.compilation import FIRST_STEPS, Kernel, kernels_in, uncompiled, warm_up

_helpers: list[subprocess.Popen[bytes]] = []
"""Processes that compile. Each ends with its work, and at the latest with this process."""


def make_ready(
    modules: Sequence[str], tell: Callable[[str], None], steps: int | None = None
) -> None:
    """Make the kernels ready that a run will call, by loading them where that is enough.

    Another process compiles from the other end of the list: numba holds the GIL while it compiles,
    so a thread would gain nothing. Where the two meet, what the other has left in the cache is
    loaded; at most one kernel is compiled by both.

    Args:
        modules: modules of kernels.
        tell: called before each kernel with a line to show.
        steps: how many the run will do, if that is known; a few do without some of the kernels,
            which are made ready when they are called after all.

    Raises:
        DecsimError: a kernel cannot be compiled.
    """
    few = steps is not None and steps <= FIRST_STEPS
    kernels = [kernel for kernel in kernels_in(modules) if not (few and kernel.is_later)]
    theirs = uncompiled(reversed(kernels))
    if len(theirs) > 1 and processors() > 1:
        _share(theirs)
    warm_up(kernels, tell)


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
