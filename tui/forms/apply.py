"""The line that carries out what a form says; where a form begins with a choice, it begins here."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.events import Click, Key
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.forms.choice import Choice
from tui.forms.form_line import LABEL
from tui.keys.inside import bindings_of
from tui.theme.ink import Ink
from tui.widgets.line import Line

_ENTER = "  enter"


class Apply(Widget, can_focus=True):
    """`[ Inject ]`.

    Arrows and letters turn the first choice of the form, so that it need not be visited: a letter
    and enter are enough.
    """

    DEFAULT_CSS = "Apply { height: 1; width: 1fr; margin: 1 0 0 0; }"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("apply")

    class Pressed(Message):
        """Carry it out."""

    def __init__(self, label: str) -> None:
        super().__init__(id="apply")
        self.label = label

    def render_line(self, y: int) -> Strip:
        """The button under the controls."""
        ink = Ink(self.app.theme_variables, self.background_colors[1])
        line = Line().to(LABEL, ink())
        style = ink("primary", bold=True, reverse=True) if self.has_focus else ink("primary")
        line.add(f"[ {self.label} ]", style)
        if self.has_focus and line.width + len(_ENTER) <= self.size.width:
            line.add(_ENTER, ink("text-muted"))
        return line.strip(self.size.width, ink())

    def _choice(self) -> Choice | None:
        return next(iter(self.screen.query(Choice)), None)

    def action_turn(self, by: int) -> None:
        """Turn the first choice."""
        if (choice := self._choice()) is not None:
            choice.action_turn(by)

    def on_key(self, event: Key) -> None:
        """A letter chooses among the first choice's options."""
        choice = self._choice()
        if choice is not None and choice.pick(event.character or ""):
            event.stop()

    def on_click(self, event: Click) -> None:
        """Carry it out."""
        if event.x >= LABEL:
            self.post_message(self.Pressed())
