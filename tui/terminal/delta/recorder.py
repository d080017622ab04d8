"""A driver without a terminal: what would be drawn goes to recorders alone."""

from __future__ import annotations

from textual import events
from textual.geometry import Size

from tui.terminal.delta.configured import ConfiguredDriver


class Recorder(ConfiguredDriver):
    """Draws for the recorders of its settings; hears no keys."""

    def write(self, data: str) -> None:
        """Nowhere."""

    def start_application_mode(self) -> None:
        """Tell the app how large the screen is."""
        size = Size(*(self._size or (80, 24)))
        self.send_message(events.Resize(size, size))

    def disable_input(self) -> None:
        """There is none."""

    def stop_application_mode(self) -> None:
        """There is nothing to give back."""
