"""What an engine is doing, and what a parameter may hold."""

from __future__ import annotations

from enum import StrEnum

Value = bool | int | float | str


class RunState(StrEnum):
    """What the engine is doing."""

    LOADING = "loading"
    RUNNING = "running"
    PAUSED = "paused"
    FAULT = "fault"
    """Paused by a fault that someone must look at; the cause is `Snapshot.cause`."""
    FINISHED = "finished"
    """The traffic or the asked number of steps came to its end."""
    FAILED = "failed"
    """The run ended by an error; the cause is `Snapshot.cause`."""
    STOPPED = "stopped"
