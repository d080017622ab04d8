"""The ladder of paces that `+` and `-` climb."""

from __future__ import annotations

from math import floor, log2

TOP = 512.0
"""Fastest limited pace; one rung above it is full speed, written as 0."""
LOWEST = 0.125


def faster(pace: float) -> float:
    """Twice the pace, or full speed (0) above the top."""
    if pace <= 0:
        return 0.0
    doubled = pace * 2
    return doubled if doubled <= TOP else 0.0


def slower(pace: float, measured: float) -> float:
    """Half the pace, never below the lowest rung.

    From full speed the next rung down is the largest power of two below what was `measured`, so
    that one key press is seen even where the run does not reach the top.
    """
    if pace <= 0:
        if measured <= 0:
            return TOP
        below = 2.0 ** floor(log2(measured))
        return min(TOP, max(LOWEST, below if below < measured else below / 2))
    return max(LOWEST, pace / 2)
