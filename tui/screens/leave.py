"""Asks, where others are watching, whether the run is to end for all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from sim.snapshot import Snapshot
from sim.text import quantity
from tui.forms.dialog import Dialog, Give
from tui.keys.inside import bindings_of


class LeaveDialog(Dialog):
    """End the run for all, leave it to them, or stay.

    Args:
        snapshot: the present picture.
        give: hands a command to the engine.
        others: how many watch besides this screen.
        end: ends the run.
        detach: leaves it as it is.
    """

    HEADING = "Others are watching"
    KEYS = (("enter", "end it for all"), ("d", "leave it running"))
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("leave")

    def __init__(
        self,
        snapshot: Snapshot,
        give: Give,
        *,
        others: int,
        end: Callable[[], None],
        detach: Callable[[], None],
    ) -> None:
        super().__init__(snapshot, give)
        self._others, self._end_run, self._leave_run = others, end, detach

    def content(self) -> ComposeResult:
        """Who is concerned."""
        screens = quantity(self._others, "other screen")
        yield Static(f"{screens} would lose this run, too. It is kept and can be resumed.")

    def submit(self) -> None:
        """End it."""
        self.dismiss()
        self._end_run()

    def action_detach(self) -> None:
        """Leave it to the others."""
        self.dismiss()
        self._leave_run()
