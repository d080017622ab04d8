"""What an engine is doing, and what a parameter may hold."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

Value = bool | int | float | str
TRAFFIC_ENDED: Final = "the traffic has ended"
"""Cause of `RunState.FINISHED` where no step can follow, whoever asks for more."""


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
