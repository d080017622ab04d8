"""Compiling the kernels: once per machine, seconds; afterwards loading them, tenths of a second."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from sim.errors import DetectionError

_lock = threading.Lock()


def load_kernels() -> ModuleType:
    """The module of the kernels, not necessarily compiled yet.

    Raises:
        DetectionError: numba cannot be imported here.
    """
    try:
        from sim.detection import kernels
    except ImportError as error:
        raise DetectionError(
            f"isolation_forest needs numba, which cannot be imported ({ascii(str(error))[:80]});"
            " choose isolation_forest_sklearn or mahalanobis"
        ) from error
    return kernels


def compiled_kernels() -> ModuleType:
    """The module of the kernels, ready to run.

    Raises:
        DetectionError: numba cannot be imported here.
    """
    warm_up()
    return load_kernels()


def warm_up(on_progress: Callable[[str], None] | None = None) -> None:
    """Compile the kernels, or load them from the cache; at once if that was done before.

    Args:
        on_progress: Called before each kernel with a line to show.

    Raises:
        DetectionError: numba cannot be imported here.
    """
    kernels = load_kernels()
    for name, (kernel, signature) in kernels.SIGNATURES.items():
        with _lock:
            if kernel.overloads:
                continue
            if on_progress is not None:
                on_progress(
                    f"{'loading' if _is_cached(kernel) else 'compiling (once)'} {name} kernel"
                )
            kernel.compile(signature)
            # Calls with writable arrays shall use this code, not compile their own.
            kernel.disable_compile()


def is_compiled() -> bool:
    """Whether `warm_up` only has to load: the caches exist and are newer than the source.

    A cache made by another numba or for another processor is noticed only on loading, so this is
    for telling people what to expect and nothing else.

    Raises:
        DetectionError: numba cannot be imported here.
    """
    kernels = load_kernels()
    return all(k.overloads or _is_cached(k) for k, _ in kernels.SIGNATURES.values())


def _is_cached(kernel: object) -> bool:
    source = Path(load_kernels().__file__ or "")
    folder = getattr(getattr(kernel, "stats", None), "cache_path", None)
    if folder is None:
        return False
    name = getattr(kernel, "__name__", "")
    made = [index.stat().st_mtime for index in Path(folder).glob(f"{source.stem}.{name}-*.nbi")]
    return any(when >= source.stat().st_mtime for when in made)
