"""Compiling the loops of a step: once per machine, seconds; afterwards loading, tenths of a second.

Every package keeps its compiled loops in a module `kernels` beside what they serve, imported late
because it imports numba. Such a module lists in `SIGNATURES` what is compiled, by name: the kernel
and the types of its arguments. Kernels release the GIL, reduce in a fixed order and treat each
agent by itself, so the same agent gets the same bits whoever else is in the call.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from types import ModuleType

STEP = (
    "sim.signatures.kernels",
    "sim.signatures.reach_kernels",
    "sim.traffic.kernels",
    "sim.shard.kernels",
    "sim.shard.judgement_kernels",
)
"""Modules of kernels that every step needs, whatever its detector."""
FOREST = "sim.detection.kernels"
"""Kernels of the detector `isolation_forest`."""
PEERS = "sim.peers.kernels"
"""Kernels of second opinions, which need that detector."""

_lock = threading.Lock()


@cache
def kernels_of(name: str) -> ModuleType:
    """A module of kernels, ready to run.

    Raises:
        ImportError: numba cannot be imported here.
    """
    warm_up([name])
    return importlib.import_module(name)


def warm_up(names: Iterable[str], on_progress: Callable[[str], None] | None = None) -> None:
    """Compile kernels, or load them from the cache; at once if that was done before.

    Args:
        names: modules of kernels.
        on_progress: called before each kernel with a line to show.

    Raises:
        ImportError: numba cannot be imported here.
    """
    for module in map(importlib.import_module, names):
        for name, (kernel, signature) in module.SIGNATURES.items():
            with _lock:
                if kernel.overloads:
                    continue
                if on_progress is not None:
                    how = "loading" if _is_cached(module, kernel) else "compiling (once)"
                    on_progress(f"{how} {name} kernel")
                kernel.compile(signature)
                # Calls with writable arrays shall use this code, not compile their own.
                kernel.disable_compile()


def is_compiled(names: Iterable[str]) -> bool:
    """Whether `warm_up` only has to load: the caches exist and are newer than the source.

    A cache made by another numba or for another processor is noticed only on loading, so this is
    for telling people what to expect and nothing else.

    Raises:
        ImportError: numba cannot be imported here.
    """
    modules = map(importlib.import_module, names)
    return all(
        kernel.overloads or _is_cached(module, kernel)
        for module in modules
        for kernel, _ in module.SIGNATURES.values()
    )


def _is_cached(module: ModuleType, kernel: object) -> bool:
    source = Path(module.__file__ or "")
    folder = getattr(getattr(kernel, "stats", None), "cache_path", None)
    if folder is None:
        return False
    name = getattr(kernel, "__name__", "")
    made = [index.stat().st_mtime for index in Path(folder).glob(f"{source.stem}.{name}-*.nbi")]
    return any(when >= source.stat().st_mtime for when in made)
