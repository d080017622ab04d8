"""How the screen begins: as somebody asked, as they chose before, or as the terminal is."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from sim.config.paths import user_config
from tui.preferences import PreferenceFile
from tui.terminal.background_colour import BackgroundQuestion, is_light
from tui.theme.choice import AUTOMATIC, automatic_theme

if TYPE_CHECKING:
    from sim.config.schema import UiSection

_PATIENCE = 0.4
"""Seconds for a terminal that answers nothing at all."""


class Look:
    """Asks the terminal at once, so that its answer comes while the app is imported.

    Args:
        ui: what was asked for.
    """

    def __init__(self, ui: UiSection) -> None:
        self._ui = ui
        self.preferences = PreferenceFile(user_config() / "screen.json")
        self.typed = ""
        """What somebody typed before the app took the terminal."""
        kept = self.preferences.now
        automatic = ui.theme == AUTOMATIC and not kept.theme
        self._question = (
            BackgroundQuestion(sys.__stdin__.fileno(), sys.__stderr__.fileno())
            if automatic and sys.__stdin__ is not None and sys.__stderr__ is not None
            and not os.environ.get("TEXTUAL_DRIVER")
            else None
        )  # fmt: skip

    def settle(self) -> UiSection:
        """What was asked for, with a theme that is not open any more."""
        light = False
        if self._question is not None:
            colour, self.typed = self._question.answer(_PATIENCE)
            light = is_light(colour)
        if self._ui.theme != AUTOMATIC:
            return self._ui
        from rich.console import Console

        kept = self.preferences.now
        system = Console(force_terminal=True).color_system
        theme = automatic_theme(system, light=light, chosen=kept.theme, chosen_16=kept.theme_16)
        return self._ui.model_copy(update={"theme": theme})
