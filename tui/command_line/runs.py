"""`runs`: the runs that are kept on this machine."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tui.command_line.output import notify, print_json, print_rows

if TYPE_CHECKING:
    from sim.archive.overview import Overview

_UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))
_HEADER = ("RUN", "SCENARIO", "STEPS", "STATE", "ACCEPTED", "F1", "SIZE", "AGE")
_RIGHT = (False, False, True, False, True, True, True, True)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def runs(as_json: bool) -> None:
    """List the runs kept on this machine, newest first."""
    from sim.archive.kept import kept_runs
    from sim.archive.overview import overview_of
    from sim.config import paths

    found = [overview_of(run) for run in kept_runs()]
    now = time.time()
    if as_json:
        print_json({"runs": [asdict(o) | {"age_s": round(now - o.began, 1)} for o in found]})
        return
    if not found:
        notify(f"no run is kept in {paths.runs()}")
        return
    print_rows((_HEADER, *(_row(overview, now) for overview in found)), right=_RIGHT)
    for overview in found:
        if overview.problem:
            notify(f"{overview.run_id}: {overview.problem}")


def _row(overview: Overview, now: float) -> tuple[str, ...]:
    accepted = "–"
    if overview.accepted is not None:
        accepted = f"{overview.accepted:,} of {overview.published:,}"
    return (
        overview.run_id,
        overview.scenario or "–",
        _steps(overview),
        overview.state,
        accepted,
        "–" if overview.f1 is None else f"{overview.f1:.2f}",
        _size(overview.size),
        _age(now - overview.began),
    )


def _steps(overview: Overview) -> str:
    if overview.steps is None:
        return "–"
    whole = overview.goal is None or overview.steps >= overview.goal
    return f"{overview.steps:,}" + ("" if whole else f" of {overview.goal:,}")


def _size(size: int) -> str:
    amount = float(size)
    for unit in ("B", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"


def _age(seconds: float) -> str:
    for length, unit in _UNITS:
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return "0 s"
