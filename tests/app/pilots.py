"""Waiting for what a test needs, not for a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot


async def seen(pilot: Pilot[Any]) -> None:
    """The app runs and shows the engine's present picture."""
    app: Any = pilot.app
    await until(pilot, lambda: app.engine.started or not app.is_running)
    if app.is_running:
        app.poll()
    await pilot.pause()


async def until(pilot: Pilot[Any], reached: Callable[[], object]) -> None:
    """Wait, at most five seconds, until something is so."""
    for _ in range(250):
        if reached():
            return
        await pilot.pause(0.02)
    raise AssertionError("it did not happen within five seconds")
