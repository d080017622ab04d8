"""`compare`: where runs part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from sim.text import quantity
from tui.command_line.help import Helpful
from tui.command_line.output import print_json, print_rows
from tui.command_line.run_name import run_type

if TYPE_CHECKING:
    from sim.archive.comparison import Comparison


@click.command(cls=Helpful, epilog="decsim-tui compare quickstart-2026 87c4")
@click.argument("names", metavar="RUN RUN...", nargs=-1, required=True, type=run_type)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def compare(names: tuple[str, ...], as_json: bool) -> None:
    """Tell up to which step runs have the same chain, and what differs first."""
    from sim.archive.comparison import compare as compared
    from sim.archive.kept import find_run

    found = compared([find_run(name) for name in names])
    if as_json:
        print_json(asdict(found) | {"identical": found.identical})
    else:
        print_rows(_rows(found))


def _rows(found: Comparison) -> Iterator[tuple[str, str]]:
    for run in found.runs:
        yield run.run_id, f"{quantity(run.steps, 'step')}, head {run.head[:16]}…"
    common, difference = found.common, found.first_difference
    yield "Common", f"up to step {common.step:,}, head {common.head}" if common else "nothing"
    if found.identical:
        yield "Difference", "none"
    elif difference is None:
        yield "Difference", "none as far as all of them go"
    else:
        yield "Difference", f"step {difference.step:,}, {difference.table} #{difference.seq:,}"
        for run, row in zip(found.runs, difference.rows, strict=True):
            yield f"  {run.run_id}", row or "ended"
