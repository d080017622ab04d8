"""How kernels are compiled, and the random bits that they share. Imports numba: import it late.

numba's cache notices a change of the file that a kernel is in, not of this one: whoever changes
`mixed` deletes the `__pycache__` folders.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit, types

U = np.uint64
GOLDEN = U(0x9E3779B97F4A7C15)

F = TypeVar("F", bound=Callable[..., Any])
_HOW: Any = {"nogil": True, "error_model": "numpy"}
"""Dividing by zero gives infinity as in NumPy: a check for it would cost a branch."""


def compiled(function: F) -> F:
    """Compile together with the kernel that calls it."""
    return cast(F, njit(**_HOW)(function))


def cached(function: F) -> F:
    """Compile later; keep the machine code in `__pycache__`, else in the user's cache folder."""
    try:
        return cast(F, njit(cache=True, **_HOW)(function))
    except RuntimeError:
        # Neither can be written: compile in every process.
        return cast(F, njit(**_HOW)(function))


@compiled
def mixed(x: np.uint64) -> np.uint64:
    """SplitMix64's finaliser: a bijection of 64 bits."""
    x = (x ^ (x >> U(30))) * U(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> U(27))) * U(0x94D049BB133111EB)
    return x ^ (x >> U(31))


def read(kind: Any, dimensions: int) -> Any:
    """Type of an array that a kernel only reads; a writable one is accepted too."""
    return types.Array(kind, dimensions, "C", readonly=True)


def written(kind: Any, dimensions: int) -> Any:
    """Type of an array that a kernel writes."""
    return types.Array(kind, dimensions, "C")
