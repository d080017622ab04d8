"""Cases of which the usual suite tries some, and `pytest -m "long or not long"` all."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Any

import pytest


def first(count: int, cases: Iterable[Any]) -> list[Any]:
    """The first cases; the others are long."""
    return [
        case if at < count else _long(*case) if isinstance(case, tuple) else _long(case)
        for at, case in enumerate(cases)
    ]


def crossed(every: int, *cases: Iterable[Any]) -> list[Any]:
    """One combination in so many, in which each case has its turn; the others are long."""
    combinations = product(*(enumerate(each) for each in cases))
    return [
        _long(*values) if sum(places) % every else pytest.param(*values)
        for places, values in (zip(*combination, strict=True) for combination in combinations)
    ]


def _long(*values: Any) -> Any:
    return pytest.param(*values, marks=pytest.mark.long)
