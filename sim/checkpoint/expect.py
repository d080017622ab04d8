"""What arrays and values of a checkpoint must be before compiled code sees them.

Kernels check no index. Each class that remembers says in `check_memory` what its arrays may hold,
by the sizes that its configuration gives.
"""

from __future__ import annotations

import types
import typing
from collections import deque
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.errors import CheckpointError

Shape: TypeAlias = tuple[int | None, ...]
"""None stands for any length."""


def within(name: str, array: NDArray[Any], low: int, high: int) -> None:
    """Refuse an array with a number that is out of its range.

    Args:
        name: of the array.
        array: of integers.
        low: the least that it may hold.
        high: the most.
    """
    if array.size and not (low <= int(array.min()) and int(array.max()) <= high):
        raise CheckpointError(f"{name} holds {array.min()} to {array.max()}, not {low} to {high}")


def shaped(name: str, array: NDArray[Any], shape: Shape) -> None:
    """Refuse an array of another shape."""
    same = len(array.shape) == len(shape) and all(
        wanted in (None, size) for size, wanted in zip(array.shape, shape, strict=True)
    )
    if not same:
        raise CheckpointError(f"{name} has the shape {array.shape}, expected {shape}")


def typed(name: str, value: object, hint: Any) -> None:
    """Refuse a value that is not of its declared type, at any depth."""
    if not _fits(value, hint):
        raise CheckpointError(f"{name} is a {type(value).__name__}, which was never saved there")


@cache
def hints_of(kind: type) -> dict[str, Any]:
    """The declared types of a dataclass."""
    return typing.get_type_hints(kind)


def _expanded(hint: Any) -> Any:
    """What an alias stands for; from NumPy 2.5 on `NDArray` is a `TypeAliasType`."""
    meant = getattr(typing.get_origin(hint) or hint, "__value__", None)
    if meant is None:
        return hint
    arguments = typing.get_args(hint)
    return _expanded(meant[arguments] if arguments else meant)


def _fits(value: Any, hint: Any) -> bool:
    hint = _expanded(hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, each) for each in arguments)
    if origin is np.ndarray:
        return isinstance(value, np.ndarray) and value.dtype == typing.get_args(arguments[1])[0]
    if origin is typing.Literal:
        return value in arguments
    if origin is tuple:
        if type(value) is not tuple:
            return False
        wanted = arguments[:1] * len(value) if arguments[-1:] == (...,) else arguments
        return len(wanted) == len(value) and all(map(_fits, value, wanted))
    if origin in (list, deque):
        return isinstance(value, origin) and all(_fits(item, arguments[0]) for item in value)
    if origin is dict:
        key, item = arguments
        return type(value) is dict and all(
            _fits(k, key) and _fits(v, item) for k, v in value.items()
        )
    if hint is float:
        return type(value) in (int, float)
    return type(value) is (type(None) if hint is None else hint)
