"""Compiling the loops of a step: once per machine, seconds; afterwards loading, tenths of a second.

Every package keeps its compiled loops in a module `kernels` beside what they serve, imported late
because it imports numba. Such a module lists in `SIGNATURES` what is compiled, by name: the kernel
and the types of its arguments. Kernels release the GIL, reduce in a fixed order and treat each
agent by itself, so the same agent gets the same bits whoever else is in the call.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from types import ModuleType

from sim.numerics.kernel_cache import KernelCache

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
GONE = 3
"""Exit code of a process that compiles for one that is gone."""

_lock = threading.Lock()
_trouble: list[str] = []


@cache
def kernels_of(name: str) -> ModuleType:
    """A module of kernels, ready to run."""
    warm_up([name])
    return importlib.import_module(name)


def warm_up(names: Iterable[str], on_progress: Callable[[str], None] | None = None) -> None:
    """Compile kernels, or load them from the cache; at once if that was done before.

    Args:
        names: modules of kernels.
        on_progress: called before each kernel with a line to show.
        DecsimError: a kernel cannot be compiled.
    """
    cold = [
        (module, name, kernel, signature)
        for module in map(importlib.import_module, names)
        for name, (kernel, signature) in module.SIGNATURES.items()
        if not kernel.overloads
    ]
    for number, (module, name, kernel, signature) in enumerate(cold, 1):
        with _lock:
            if kernel.overloads:  # another thread was here meanwhile
                continue
            cache = _cache_of(module, kernel)
            if on_progress is not None:
                how = "loading" if cache.is_fresh else "compiling, once"
                on_progress(f"kernel {number} of {len(cold)}: {how}: {name}")
            if trouble := cache.compile(signature):
                _trouble.append(trouble)
            # Calls with writable arrays shall use this code, not compile their own.
            kernel.disable_compile()


def cache_trouble() -> tuple[str, ...]:
    """What was wrong with the caches since this was asked last, one line each."""
    with _lock:
        told = tuple(_trouble)
        _trouble.clear()
    return told


def uncompiled(names: Iterable[str]) -> list[str]:
    """Modules of which `warm_up` has to compile something, and can leave it in a cache.

    A cache made by another numba or for another processor is noticed only on loading, so this is
    for telling what to expect and for sharing the work, and nothing else.
    """
    return [name for name in names if any(map(_is_cold, _caches(name)))]


def source_of(name: str) -> Path:
    """The file of a module of kernels."""
    return Path(importlib.import_module(name).__file__ or "")


def _caches(name: str) -> list[KernelCache]:
    module = importlib.import_module(name)
    return [
        _cache_of(module, kernel)
        for kernel, _ in module.SIGNATURES.values()
        if not kernel.overloads
    ]


def _is_cold(cache: KernelCache) -> bool:
    return cache.folder is not None and not cache.is_fresh


def _cache_of(module: ModuleType, kernel: object) -> KernelCache:
    return KernelCache(Path(module.__file__ or ""), kernel)


def end_with_parent() -> None:
    """Wait until whoever started this process is gone, and end it then: nobody needs its work."""
    os.read(0, 1)  # nothing is ever written: it returns at the end of the pipe
    os._exit(GONE)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    warm_up(sys.argv[1:])
