"""The app on a screen of its own, shown pictures that were taken before, and recorded."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from sim.picture.past import pictures
from tui.app import DecsimApp
from tui.terminal.delta import Settings
from tui.terminal.delta.cast import Cast
from tui.terminal.delta.recorder import Recorder

if TYPE_CHECKING:
    from sim.archive.directory import RunDirectory
    from sim.snapshot import Snapshot

_FRAMES_PER_SECOND = 30.0
_LOOK = 0.1
"""Seconds between two looks at whether the app that is filmed still lives."""


@dataclass
class _Reel:
    """Satisfies `sim.steerable.Steerable` with pictures that were taken before."""

    snapshot: Snapshot
    viewer: int = 0
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
        taken = pictures(self._directory, first, last, advance)
        out = io.StringIO()
        cast = Cast(out, lambda: self._now, title=f"decsim-tui {self._directory.run_id}")
        self._play(_Reel(next(taken)), taken, cast, size)
        return out.getvalue()

    def _play(
        self, reel: _Reel, taken: Iterator[Snapshot], cast: Cast, size: tuple[int, int]
    ) -> None:
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
