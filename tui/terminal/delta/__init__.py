"""A driver for Textual that sends only the cells that change.

    app.driver_class, reason = choose_driver(Settings())

`reason` says why the stock driver has to do, where this Textual is not one that was tested.
"""

from __future__ import annotations

from textual.driver import Driver

from tui.terminal.delta.configured import Settings
from tui.terminal.delta.driver import DeltaDriver
from tui.terminal.delta.meter import Meter
from tui.terminal.delta.updates import unsupported
from tui.terminal.driver import PatientDriver

__all__ = ["DeltaDriver", "Meter", "Settings", "choose_driver"]


def choose_driver(settings: Settings) -> tuple[type[Driver], str]:
    """The driver to use, and why it is the stock one if it is."""
    if reason := unsupported():
        return PatientDriver, reason
    return DeltaDriver.with_settings(settings), ""
