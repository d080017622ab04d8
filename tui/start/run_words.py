"""What lists say about a run, in columns; on the command line and on the start screen."""

from __future__ import annotations

from sim.archive.overview import Overview

HEADER = ("RUN", "SCENARIO", "STEPS", "STATE", "ACCEPTED", "F1", "SIZE", "AGE")
RIGHT = (False, False, True, False, True, True, True, True)
"""Columns of numbers."""
_UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))


def run_words(overview: Overview, now: float) -> tuple[str, ...]:
    """One text for each column.

    Args:
        overview: the run.
        now: seconds since the epoch.
    """
    accepted = "–"
    if overview.accepted is not None:
        accepted = f"{overview.accepted:,} of {overview.published:,}"
    return (
        overview.run_id,
        overview.scenario or "–",
        _steps(overview),
        "traffic ended" if _over(overview) else overview.state,
        accepted,
        "–" if overview.f1 is None else f"{overview.f1:.2f}",
        size_words(overview.size),
        _age(now - overview.began),
    )


def size_words(size: int) -> str:
    """Bytes in a unit that suits."""
    amount = float(size)
    for unit in ("B", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"


def _over(overview: Overview) -> bool:
    """Whether it is complete because there was no more traffic."""
    return overview.state == "finished" and overview.traffic_ended


def _steps(overview: Overview) -> str:
    if overview.steps is None:
        return "–"
    whole = overview.goal is None or overview.steps >= overview.goal or _over(overview)
    return f"{overview.steps:,}" + ("" if whole else f" of {overview.goal:,}")


def _age(seconds: float) -> str:
    for length, unit in _UNITS:
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return "0 s"
