"""A driver without a terminal: what would be drawn goes to recorders alone."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import events
from textual._compositor import CompositorUpdate
from textual.app import App
from textual.driver import Driver
from textual.geometry import Size

from tui.terminal.delta.driver import Settings
from tui.terminal.delta.updates import take_updates


class Recorder(Driver):
    """Draws for the recorders of its settings; hears no keys."""

    settings: ClassVar[Settings] = Settings()

    @classmethod
    def with_settings(cls, settings: Settings) -> type[Recorder]:
        """This driver with settings, to be used as an app's `driver_class`."""
        return type(cls.__name__, (cls,), {"settings": settings})

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        take_updates(app, self._take)

    def _take(self, update: CompositorUpdate) -> None:
        for record in self.settings.recorders:
            record(update)

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
