"""`render`: a recording of the screen, made from the record of a run."""

from __future__ import annotations

from pathlib import Path

import click

from sim.text import quantity
from tui.command_line.output import file_or_stdout, notify
from tui.command_line.progress import progress
from tui.command_line.proof import allow_traffic_option
from tui.command_line.run_name import run_argument

_STEPS_PER_SECOND = 10.0
"""Pace of a recording of a run at full speed."""


class _Size(click.ParamType[tuple[int, int]]):
    """Columns and rows."""

    name = "size"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        columns, _, rows = str(value).partition("x")
        if columns.isascii() and rows.isascii() and columns.isdigit() and rows.isdigit():
            size = int(columns[:6]), int(rows[:6])
            if 10 <= size[0] <= 500 and 5 <= size[1] <= 300:
                return size
        raise click.UsageError(
            f"--size: {value!a} is no size, expected COLUMNSxROWS from 10x5 to 500x300", ctx
        )


_step = click.IntRange(min=1)


@click.command()
@run_argument
@click.option("--cast", metavar="FILE", required=True, help="The asciicast to write.")
@click.option("--from", "first", type=_step, metavar="STEP", default=1, help="First step shown.")
@click.option("--to", "last", type=_step, metavar="STEP", help="Last step shown.")
@click.option(
    "--speed",
    type=click.FloatRange(min=0, max=1000, min_open=True),
    metavar="X",
    default=1.0,
    help="Times the pace of the run.",
)
@click.option("--size", type=_Size(), metavar="COLSxROWS", default="120x40", help="Of the screen.")
@allow_traffic_option
def render(
    name: str | None,
    cast: str,
    first: int,
    last: int | None,
    speed: float,
    size: tuple[int, int],
    allow_traffic: bool,
) -> int:
    """Record the screen of a run that was recorded, without a terminal.

    The run is computed again, from the nearest checkpoint before the first step that is shown, and
    every step is compared with what was recorded.
    """
    from sim.archive.consent import check_traffic
    from sim.archive.export import check_target
    from sim.archive.kept import find_run

    directory = find_run(name)
    if cast != "-":
        check_target(directory, Path(cast), "--cast")
    if not allow_traffic:
        check_traffic(directory)
    pace = directory.load().config.simulation.steps_per_second or _STEPS_PER_SECOND
    computed = 0

    def count(step: int) -> None:
        nonlocal computed
        computed += 1
        advance(step)

    from tui.command_line.film import Film

    with progress("render", last) as advance:
        film = Film(directory, pace * speed)
        text = film.record(first, last, size, count)
    with file_or_stdout(Path(cast)) as file:
        _write(file, text)
    size_kib = len(text.encode()) / 1024
    shown = f"{quantity(film.frames, 'step')} shown, {computed:,} computed"
    notify(f"{shown}, {size_kib:,.0f} KiB written to {cast}")
    return 0


def _write(file: Path, text: str) -> None:
    from sim.errors import InputError
    from sim.machine.files import write_whole
    from sim.text import shown

    try:
        write_whole(file, text)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"--cast: {shown(str(file))} cannot be written ({reason})") from None
