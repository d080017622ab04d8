"""Versions of what computes the figures: another one may compute others."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import Final

LIBRARIES: Final = ("decsim-tui", "mesa", "numba", "numpy", "scikit-learn")


def versions() -> dict[str, str]:
    """Versions of `LIBRARIES` in this process."""
    return dict(_versions())


@cache
def _versions() -> dict[str, str]:
    """Read once: later there may be no file left to open."""
    return {name: version(name) for name in LIBRARIES}
