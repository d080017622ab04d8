"""Leaving the app: ending the run, or letting it go on without the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Literal

from textual.app import App

from sim.commands import Stop
from sim.snapshot import RunState, Snapshot
from sim.steerable import Steerable
from tui.leaving.ending import Ending
from tui.terminal.background import in_background

CLOSING_SECONDS = 0.8
"""How long leaving waits for the engine; after that the caller closes it without a screen."""


class Departure:
    """Takes the app away from its run, by one way only, whoever asks and how often.

    Args:
        app: exits with an `Ending`.
        engine: ends, or goes on by itself.
        on_hangup: what becomes of the run where the terminal is lost.
        latest: gives the last picture that was shown.
        let_go: closes what the app reads of the run, and waits for that, not for long: its ledger
            is one file again only where nobody has it open when it ends.
    """

    def __init__(
        self,
        app: App[Ending],
        engine: Steerable,
        on_hangup: Literal["detach", "end"],
        latest: Callable[[], Snapshot],
        let_go: Callable[[], None],
    ) -> None:
        self._app = app
        self._engine = engine
        self._on_hangup = on_hangup
        self._latest = latest
        self._let_go = let_go
        self.begun = False
        """Whether somebody has asked to leave, and it could be done."""
        self._before = RunState.LOADING
        """How the run stood when somebody asked."""
        self.abandoned = False
        """Whether the run was left to itself though nobody asked for it."""

    def end_run(self) -> None:
        """End the run and leave in little more than a second; asked twice, at once."""
        if self.begun:
            self._exit(closed=False)
            return
        self.begun, self._before = True, self._latest().state
        self._app.run_worker(self._close(), name="leave")

    async def _close(self) -> None:
        closed = False
        try:
            await in_background(self._let_go)
            self._engine.submit(Stop())
            closing = in_background(lambda: self._engine.close(CLOSING_SECONDS))
            with suppress(TimeoutError):
                closed = await asyncio.wait_for(closing, CLOSING_SECONDS + 0.1)
        finally:
            self._exit(closed=closed)

    def _exit(self, *, closed: bool) -> None:
        ending = Ending.of(self._engine.snapshot, before=self._before, closed=closed)
        self._app.exit(ending, return_code=ending.code)

    def detach(self) -> bool:
        """Leave the engine to itself.

        Returns:
            Whether that can be.
        """
        if self.begun or not self._engine.detach():
            return self.begun
        self.begun = True
        latest = self._latest()
        ending = Ending.of(latest, before=latest.state, closed=True)
        self._app.exit(replace(ending, detached=True))
        return True

    def hang_up(self) -> None:
        """The terminal is gone: leave, and let the run go on where that is wanted and possible."""
        if self._ends_when_lost() or not self.detach():
            self.end_run()

    def settle(self) -> None:
        """The app has ended: where nobody asked for it, the run goes on or is told to end."""
        if self.begun:
            return
        self.abandoned = not self._ends_when_lost() and self._engine.detach()
        if not self.abandoned:
            self._engine.submit(Stop())

    def _ends_when_lost(self) -> bool:
        return self._on_hangup == "end" and not self._engine.others
