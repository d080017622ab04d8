"""What the drivers of this package have in common: settings, and every update."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from textual.app import App
from textual.driver import Driver

from tui.terminal.delta.meter import Meter
from tui.terminal.delta.updates import Update, take_updates


@dataclass(frozen=True, slots=True)
class Settings:
    """How a driver writes, and who else is told."""

    max_bytes_per_second: int = 0
    """0 for no limit of its own; a slow line is found out anyway."""
    meter: Meter = field(default_factory=Meter)
    recorders: tuple[Callable[[Update], None], ...] = ()
    """Called with every update before it is drawn."""
    typed: str = ""
    """What was typed before the app took the terminal."""
    entered: bool = False
    """Whether the other screen of the terminal is in use already, with something on it."""


class ConfiguredDriver(Driver):
    """Gets what Textual would write as updates, before they become escape sequences."""

    settings: ClassVar[Settings] = Settings()

    @classmethod
    def with_settings(cls, settings: Settings) -> type[Self]:
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

    def _take(self, update: Update) -> None:
        """Tell the recorders."""
        for record in self.settings.recorders:
            record(update)
