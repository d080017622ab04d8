"""`render`: a recording of the screen, made from the record of a run."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.text import quantity
from tui.command_line.output import file_or_stdout, notify
from tui.command_line.progress import progress
from tui.command_line.proof import allow_traffic_option
from tui.command_line.run_name import run_argument

if TYPE_CHECKING:
    from sim.archive.directory import RunDirectory
    from sim.snapshot import Snapshot
    from tui.app import DecsimApp
    from tui.terminal.delta.cast import Cast

_STEPS_PER_SECOND = 10.0
"""Pace of a recording of a run at full speed."""
_FRAMES_PER_SECOND = 30.0
_LOOK = 0.1
"""Seconds between two looks at whether the app that is filmed still lives."""


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
    from sim.archive.kept import find_run

    directory = find_run(name)
    if not allow_traffic:
        check_traffic(directory)
    pace = directory.load().config.simulation.steps_per_second or _STEPS_PER_SECOND
    computed = 0

    def count(step: int) -> None:
        nonlocal computed
        computed += 1
        advance(step)

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


@dataclass
class _Reel:
    """Satisfies `sim.steerable.Steerable` with pictures that were taken before."""

    snapshot: Snapshot
    others: int = 0
    in_charge: bool = True

    def start(self) -> None:
        """There is nothing to start."""

    def submit(self, command: object) -> int:
        """What is recorded cannot be steered."""
        return 0

    def detach(self) -> bool:
        """There is nothing to leave."""
        return False

    def close(self, timeout: float | None = None) -> bool:
        """There is nothing to close."""
        return True


class Film:
    """The app, shown pictures of the past, on a screen of its own.

    Args:
        directory: the recorded run.
        pace: steps per second of the recording.
    """

    def __init__(self, directory: RunDirectory, pace: float) -> None:
        self._directory, self._pace = directory, pace
        self.frames = 0
        """Pictures shown."""
        self._now = 0.0

    def record(
        self, first: int, last: int | None, size: tuple[int, int], advance: Callable[[int], None]
    ) -> str:
        """The recording, as text.

        Raises:
            InputError: the run cannot be computed again, or has not these steps.
            VerificationError: it was computed, and differs.
        """
        from sim.picture.past import pictures
        from tui.terminal.delta.cast import Cast

        taken = pictures(self._directory, first, last, advance)
        out = io.StringIO()
        cast = Cast(out, lambda: self._now, title=f"decsim-tui {self._directory.run_id}")
        self._play(_Reel(next(taken)), taken, cast, size)
        return out.getvalue()

    def _play(
        self, reel: _Reel, taken: Iterator[Snapshot], cast: Cast, size: tuple[int, int]
    ) -> None:
        from tui.app import DecsimApp
        from tui.terminal.delta import Settings
        from tui.terminal.delta.recorder import Recorder

        loaded = self._directory.load()
        app = DecsimApp(reel, ui=loaded.config.ui, config=loaded)
        app.driver_class = Recorder.with_settings(Settings(recorders=(cast.record,)))
        failures: list[Exception] = []

        async def project(_: object) -> None:
            try:
                await self._project(app, reel, chain([reel.snapshot], taken))
            except Exception as error:  # raised again where it is understood
                failures.append(error)
            app.exit()

        asyncio.run(app.run_async(size=size, mouse=False, auto_pilot=project))
        for error in (*failures, app.broke_with):
            if error is not None:
                raise error

    async def _project(self, app: DecsimApp, reel: _Reel, taken: Iterable[Snapshot]) -> None:
        every = max(1, round(self._pace / _FRAMES_PER_SECOND))
        for number, snapshot in enumerate(taken):
            if number % every:
                continue
            self._now = number / self._pace
            self.frames += 1
            reel.snapshot = snapshot
            app.dashboard.hurried = False  # a film shows each picture whole
            app.poll()
            if not await _drawn(app):
                return


async def _drawn(app: DecsimApp) -> bool:
    """Wait until the screen is drawn; False where the app broke, which then never comes to it."""
    drawn = asyncio.Event()
    app.screen.call_after_refresh(drawn.set)
    waiting = asyncio.ensure_future(drawn.wait())
    while not waiting.done() and app.broke_with is None:
        await asyncio.wait([waiting], timeout=_LOOK)
    waiting.cancel()
    return drawn.is_set()
