"""The first run on a machine: kernels are compiled by two processes, where there are processors."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence

from sim.machine.capacity import processors
from sim.machine.python import python_command, python_environment
from sim.numerics.compilation import source_of, uncompiled, warm_up

PATIENCE = 120.0
"""Seconds that the other process is waited for, before its share is compiled here."""


def compile_all(names: Sequence[str], tell: Callable[[str], None]) -> None:
    """Make kernels ready, by loading them where that is enough.

    numba holds the GIL while it compiles, so a second thread would gain nothing.

    Args:
        names: modules of kernels.
        tell: called before each kernel with a line to show.

    Raises:
        DecsimError: a kernel cannot be compiled.
    """
    missing = uncompiled(names)
    theirs = second_half(missing) if len(missing) > 1 and processors() > 1 else []
    helper = _start(theirs) if theirs else None
    warm_up([name for name in names if name not in theirs], tell)
    if helper is not None:
        tell("compiling, once: the rest")
        _await(helper)
    warm_up(theirs, tell)


def second_half(names: Sequence[str]) -> list[str]:
    """The last modules, up to half of the work, which goes by the length of their sources."""
    sizes = [source_of(name).stat().st_size for name in names]
    after = [sum(sizes[place:]) for place in range(len(names))]
    return [name for name, size in zip(names, after, strict=True) if size <= sum(sizes) / 2]


def _start(names: Sequence[str]) -> subprocess.Popen[bytes] | None:
    """A process that leaves kernels in the cache; None where the system gives none."""
    try:
        return subprocess.Popen(  # noqa: S603 (this program itself)
            python_command("sim.numerics.compilation", *names),
            stdin=subprocess.PIPE,  # open as long as this process lives: the other ends with it
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # what it could not do is tried here, and told here
            env=python_environment(),
        )
    except OSError:
        return None


def _await(helper: subprocess.Popen[bytes]) -> None:
    assert helper.stdin is not None
    try:
        helper.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        helper.kill()
        helper.wait()
    helper.stdin.close()
