"""Compiling the loops of a step: once per machine, seconds; afterwards loading, tenths of a second.

Every package keeps its compiled loops in a module `kernels` beside what they serve, imported late
because it imports numba. Such a module lists in `SIGNATURES` what is compiled, by name: the kernel
and the types of its arguments; and in `LATER`, if it has any, those that the first steps of a run
do without. Kernels release the GIL, reduce in a fixed order and treat each agent by itself, so the
same agent gets the same bits whoever else is in the call.
"""

from __future__ import annotations

import gc
import importlib
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from sim.errors import require_memory
from sim.numerics.kernel_cache import KernelCache

require_memory()  # before the libraries that whoever imports this imports next

STEP = (
    "sim.signatures.kernels",
    "sim.signatures.reach_kernels",
    "sim.signatures.burst_kernels",
    "sim.traffic.kernels",
    "sim.shard.kernels",
    "sim.shard.judgement_kernels",
)
"""Modules of kernels that every step needs, whatever its detector."""
FAIR = "sim.traffic.fair.kernels"
"""Kernels of `traffic.difficulty: fair`."""
FOREST = "sim.detection.kernels"
"""Kernels of the detector `isolation_forest`."""
PEERS = "sim.peers.kernels"
"""Kernels of second opinions, which need that detector."""
FIRST_STEPS = 3
"""Steps of a new run that do without the kernels that are for `LATER`."""
GONE = 3
"""Exit code of a process that compiles for one that is gone."""

_LOG = logging.getLogger(__name__)
_lock = threading.Lock()
_trouble: list[str] = []


@dataclass(frozen=True, slots=True)
class Kernel:
    """A compiled loop by its name."""

    module: str
    name: str

    @property
    def is_ready(self) -> bool:
        """Whether this process can call it."""
        return bool(self.dispatcher.overloads)

    @property
    def is_later(self) -> bool:
        """Whether the first steps of a run do without it."""
        return self.name in getattr(self._home, "LATER", ())

    @property
    def dispatcher(self) -> Any:
        """What numba compiles, and calls."""
        return self._home.SIGNATURES[self.name][0]

    @property
    def cache(self) -> KernelCache:
        """Its files."""
        return KernelCache(Path(self._home.__file__ or ""), self.dispatcher)

    def compile(self) -> None:
        """Load it or compile it, unless that was done.

        Raises:
            DecsimError: it cannot be compiled.
        """
        with _lock:
            if self.is_ready:  # another thread was here meanwhile
                return
            with _no_collection():
                trouble = self.cache.compile(self._home.SIGNATURES[self.name][1])
            if trouble:
                _LOG.warning("%s", trouble)  # the first steps may be over, and notices written
                _trouble.append(trouble)
            # Calls with writable arrays shall use this code, not compile their own.
            self.dispatcher.disable_compile()

    @property
    def _home(self) -> ModuleType:
        return importlib.import_module(self.module)


class Kernels:
    """What is compiled of a module: each kernel is made ready when it is called the first time.

    What is not among its `SIGNATURES` is as numba has made it.
    """

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        module = importlib.import_module(self._module)
        if name in module.SIGNATURES:
            Kernel(self._module, name).compile()
        function = getattr(module, name)
        setattr(self, name, function)
        return function


@cache
def kernels_of(module: str) -> Kernels:
    """The kernels of a module, to be called."""
    return Kernels(module)


def kernels_in(modules: Iterable[str]) -> list[Kernel]:
    """The kernels of these modules that this process has not made ready, in their order."""
    return [
        kernel
        for module in modules
        for kernel in (Kernel(module, name) for name in importlib.import_module(module).SIGNATURES)
        if not kernel.is_ready
    ]


def warm_up(kernels: Iterable[Kernel], on_progress: Callable[[str], None] | None = None) -> None:
    """Compile kernels, or load them from the cache.

    Args:
        kernels: those that are not ready.
        on_progress: called before each kernel with a line to show.

    Raises:
        DecsimError: a kernel cannot be compiled.
    """
    cold = list(kernels)
    for number, kernel in enumerate(cold, 1):
        if on_progress is not None:
            how = "loading" if kernel.cache.is_fresh else "compiling, once"
            on_progress(f"kernel {number} of {len(cold)}: {how}: {kernel.name}")
        kernel.compile()


@contextmanager
def _no_collection() -> Iterator[None]:
    """No looking for garbage: compiling makes very much, and nearly all of it stays."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def cache_trouble() -> tuple[str, ...]:
    """What was wrong with the caches since this was asked last, one line each."""
    with _lock:
        told = tuple(_trouble)
        _trouble.clear()
    return told


def uncompiled(kernels: Iterable[Kernel]) -> list[Kernel]:
    """Kernels that have to be compiled, and can be left in a cache.

    A cache made by another numba or for another processor is noticed only on loading, so this is
    for sharing the work, and nothing else.
    """
    return [
        kernel
        for kernel in kernels
        if kernel.cache.folder is not None and not kernel.cache.is_fresh
    ]


def end_with_parent() -> None:
    """Wait until whoever started this process is gone, and end it then: nobody needs its work."""
    os.read(0, 1)  # nothing is ever written: it returns at the end of the pipe
    os._exit(GONE)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    warm_up(Kernel(*name.split(":")) for name in sys.argv[1:])
