"""One line of a form: label, control, and beside it the bounds or what is wrong."""

from __future__ import annotations

from textual.color import Color
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.theme.ink import Ink
from tui.widgets.line import Line, fit, printable

LABEL = 12
"""Cells of the label."""
CONTROL = 26
"""Cells of the control, unless it takes all there are."""
GAP = 2
"""Cells between control and note."""
_NOTE = 24
"""Most cells that a note takes from a wide control."""
TINT = 0.3
"""Share of the colour that marks a control."""


class FormLine(Widget, can_focus=True):
    """Label, control and note, drawn by one widget: a form of many lines is there at once.

    Args:
        label: what is asked.
        note: what stands beside the control.
        id: names the line within its dialog.
        wide: whether the control takes what room there is.
    """

    DEFAULT_CSS = "FormLine { height: auto; width: 1fr; }"

    def __init__(self, label: str, note: str, *, id: str, wide: bool = False) -> None:  # noqa: A002
        super().__init__(id=id)
        self.label = label
        self.noted = note
        """What stands beside the control."""
        self.wide = wide
        self._ink: Ink | None = None

    class Noted(Message):
        """What stands beside the control is to be read: it has the focus, or something is wrong."""

        def __init__(self, text: str, *, wrong: bool) -> None:
            super().__init__()
            self.text = text
            self.wrong = wrong

    @property
    def value(self) -> str:
        """What the control holds."""
        raise NotImplementedError

    @property
    def wrong(self) -> bool:
        """Whether the note is a complaint."""
        return self.has_class("-wrong")

    def note(self, text: str, *, wrong: bool = False) -> None:
        """Show `text` beside the control."""
        self.noted = printable(text)
        self.set_class(wrong, "-wrong")
        self.refresh()
        lines = self.screen.query(FormLine)
        if self.has_focus_within or not any(line.has_focus_within for line in lines):
            self.on_descendant_focus()

    def on_focus(self) -> None:
        """Have the note read where there is no room for it here."""
        self.on_descendant_focus()

    def on_descendant_focus(self) -> None:
        """Likewise."""
        self.post_message(self.Noted(self.noted, wrong=self.wrong))

    @property
    def room(self) -> int:
        """Cells beside a wide control."""
        return min(_NOTE, GAP + len(self.noted))

    # Drawing.

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line."""
        return 1

    def control(self, ink: Ink) -> Line:
        """What the control shows, in colours on its background."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """The one line."""
        width, ink = self.size.width, self._colours()
        muted = ink("text-muted")
        taken = max(width - LABEL - self.room, 0) if self.wide else min(CONTROL, width - LABEL)
        ground = self._ground(ink)
        control = self.control(ground).strip(taken, ground())
        said = fit(self.noted, width - LABEL - taken - GAP)
        note = Line().add(" " * GAP, ink()).add(said, ink("text-error") if self.wrong else muted)
        label = Line().add(fit(self.label, LABEL), muted).strip(LABEL, muted)
        beside = note.strip(max(width - LABEL - taken, 0), muted)
        return Strip.join([label, control, beside]).adjust_cell_length(width, muted)

    def _colours(self) -> Ink:
        if self._ink is None:
            background: Color = self.background_colors[1]
            self._ink = Ink(self.app.theme_variables, background)
        return self._ink

    def _ground(self, ink: Ink) -> Ink:
        if self.wrong:
            return ink.tinted("error", TINT)
        return ink.tinted("primary", TINT) if self.has_focus else ink.on("background")

    def notify_style_update(self) -> None:
        """Another theme or focus needs other colours."""
        super().notify_style_update()
        self._ink = None
