"""What did not change stays the same object, so that whoever shows it can skip it by identity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")
DEPTH = 2
"""Levels of dataclasses whose fields are looked at one by one: a snapshot, and its parts."""


def kept(before: object, after: T, depth: int = DEPTH) -> T:
    """`before`, if it is like `after`; else `after` with those parts of `before` that are.

    Args:
        before: the picture before, or one of its parts.
        after: what takes its place.
        depth: levels below which only the whole is compared.
    """
    if before is after or same(before, after):
        return before  # type: ignore[return-value]  # like `after`, so of its type
    if not depth or type(before) is not type(after) or not is_dataclass(after):
        return after
    parts = {
        field.name: kept(getattr(before, field.name), getattr(after, field.name), depth - 1)
        for field in fields(after)
    }
    return replace(after, **parts)  # type: ignore[type-var]


def same(a: Any, b: Any) -> bool:
    """Whether two values say the same; what is not a number is like itself."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return bool(a == b or (a != a and b != b))
    if isinstance(a, np.ndarray):
        return _same_arrays(a, b)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, Mapping):
        return a.keys() == b.keys() and all(same(value, b[key]) for key, value in a.items())
    if is_dataclass(a):
        return all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    return bool(a == b)


def _same_arrays(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> bool:
    return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
