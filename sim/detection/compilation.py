"""The compiled kernels of the isolation forest, or why there are none."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from sim.errors import DetectionError
from sim.numerics import compilation


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
    load_kernels()
    return compilation.kernels_of(compilation.FOREST)


def warm_up(on_progress: Callable[[str], None] | None = None) -> None:
    """Compile the kernels of the forest; see `sim.numerics.compilation.warm_up`.

    Raises:
        DetectionError: numba cannot be imported here.
    """
    load_kernels()
    compilation.warm_up([compilation.FOREST], on_progress)


def is_compiled() -> bool:
    """Whether `warm_up` only has to load; see `sim.numerics.compilation.is_compiled`.

    Raises:
        DetectionError: numba cannot be imported here.
    """
    load_kernels()
    return compilation.is_compiled([compilation.FOREST])
