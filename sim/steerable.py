"""The seam between a screen and a running simulation: snapshots out, commands in."""

from __future__ import annotations

from typing import Final, Protocol

from sim.commands import Command
from sim.snapshot import Snapshot

WATCHES: Final = "this screen only watches (--read-only)"
"""Why nothing is done for who may look and no more; see `Snapshot.watched`."""


class Steerable(Protocol):
    """Something that runs and can be watched and steered, from any thread.

    `sim.engine.engine.Engine` is the real one.
    """

    @property
    def snapshot(self) -> Snapshot:
        """The latest picture; reading it never waits."""

    @property
    def viewer(self) -> int:
        """Number of whoever holds this among all that watch; 0 where nobody else can."""

    @property
    def others(self) -> int:
        """How many watch besides whoever holds this."""

    @property
    def in_charge(self) -> bool:
        """Whether the run ends when whoever holds this asks for it."""

    def start(self) -> None:
        """Begin to load and run, in the background."""

    def submit(self, command: Command) -> int:
        """Queue a command; never waits, never drops.

        Returns:
            A ticket, > 0. A steering command appears under it in `snapshot.pending` until it is
            acknowledged in `snapshot.journal`, applied or rejected with a reason.
        """

    def detach(self) -> bool:
        """Leave the run as it is; nothing is asked of it any more.

        Returns:
            Whether it goes on without whoever leaves; if not, nothing has happened.
        """

    def close(self, timeout: float | None = None) -> bool:
        """Stop after the step under way, record what is done, and end the background work.

        Returns:
            Whether it ended within `timeout` seconds.
        """
