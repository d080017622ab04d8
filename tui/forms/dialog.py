"""What all dialogs share: a small framed box, keyboard first, left by Esc."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import BindingType
from textual.color import Color
from textual.containers import Vertical, VerticalScroll
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, Static

from sim.commands import Command
from sim.snapshot import EMPTY, Snapshot
from tui.forms.apply import Apply
from tui.forms.choice import Choice
from tui.forms.entry import Entry
from tui.forms.foot import Foot
from tui.forms.form_line import FormLine
from tui.keys.inside import bindings_of
from tui.messages import Aim
from tui.terminal.backdrop import Overlay
from tui.theme.ink import Ink
from tui.widgets.line import printable

_ROOMY = 100
"""Cells of a screen on which nothing has to be close together."""
_LOW = 16
"""Lines of a screen below which nothing is left blank."""
_LIST = 3
"""Rows of a list that are seen, whatever is above it."""
Give = Callable[[Command], int]
"""Hands a command to the engine and returns its ticket."""


class Dialog(Overlay):
    """A box over the dashboard. The app keeps `snapshot` up to date."""

    HEADING: ClassVar[str] = ""
    KEYS: tuple[tuple[str, str], ...] = ()
    """Keys and what they do, for the line at the bottom."""
    FILLS: ClassVar[bool] = False
    """Whether the box takes most of the screen, for things to read."""
    APPLY: str = ""
    """What enter does, in a word, where the form begins with a choice."""
    DOCKED: ClassVar[bool] = False
    """Whether it stands at the right, 40 cells wide, so that the map is seen beside it."""
    SCROLLS: ClassVar[bool] = False
    """Whether the content as a whole is scrolled by the arrow keys."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background 60%;
        #box {
            width: 76;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            border: round $primary;
            border-title-color: $primary;
            border-title-style: bold;
            border-subtitle-color: $text-muted;
            background: $surface;
            padding: 0 1;
        }
        #body { height: auto; max-height: 100%; scrollbar-size-vertical: 1; }
        #foot { margin: 1 0 0 0; }
        #says { height: auto; display: none; color: $text-error; }
        #says.-said { display: block; }
        #says.-calm { color: $text-muted; }
        .heading { color: $primary; text-style: bold; margin: 1 0 0 0; height: 1; }
        .quiet { color: $text-muted; height: auto; }
        #hint { height: auto; display: none; color: $text-muted; }
        &.-docked { align: right bottom; background: transparent; }
        &.-docked #box { width: 40; margin: 0 0 1 0; }
        &.-docked #hint { display: block; height: 2; margin: 1 0 0 0; }
        &.-docked #hint.-wrong { color: $text-error; }
        &.-docked #foot { margin: 0; }
        &.-fills #box { width: 96%; max-width: 116; height: 94%; }
        &.-fills #body { height: 1fr; }
        &.-low #foot { margin: 0; }
        &.-low .heading { margin: 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("dialog")

    snapshot: reactive[Snapshot] = reactive(EMPTY, repaint=False, always_update=True)

    def __init__(self, snapshot: Snapshot, give: Give) -> None:
        super().__init__()
        self.set_reactive(Dialog.snapshot, snapshot)
        self.give = give
        self._ink: tuple[object, Ink] | None = None
        self.seen = False
        """Whether it has been painted."""
        self.set_class(self.FILLS, "-fills")
        self.set_class(self.DOCKED, "-docked")

    def compose(self) -> ComposeResult:
        """The frame around what the dialog asks or shows."""
        self._fit()
        with Vertical(id="box") as box:
            box.border_title = printable(self.heading)
            with VerticalScroll(id="body", can_focus=self.SCROLLS):
                yield from self.content()
            if self.APPLY:
                yield Apply(self.APPLY)
            if self.DOCKED:
                yield Static("", id="hint", markup=False)
            yield Static("", id="says")
            gap = "  " if self.DOCKED or self.app.size.width < _ROOMY else "   "
            yield Foot(self.KEYS, ("esc", "close"), gap)

    def _fit(self) -> None:
        self.set_class(self.app.size.height < _LOW, "-low")

    def on_resize(self) -> None:
        """Leave lines blank where there are enough of them; text is as wide as there is room."""
        self._fit()
        if self.seen:
            self.redraw()

    @property
    def line_width(self) -> int:
        """Cells of a line in a box that fills the screen."""
        return max(min(self.size.width * 96 // 100, 116) - 6, 10)

    @property
    def line_count(self) -> int:
        """Lines of such a box for what it shows."""
        return max(self.size.height * 94 // 100 - 3, 1)

    def shortened(self, text: Text, rows: int) -> Text:
        """As many lines as leave room for a list below with its heading, and the first `rows`."""
        lines = text.split("\n", allow_blank=True)
        heading = 1 if self.has_class("-low") else 2
        most = max(self.line_count - heading - max(1, min(rows, _LIST)), 1)
        return text if len(lines) <= most else Text("\n").join(lines[:most])

    def on_mount(self) -> None:
        """Draw what there is."""
        self.redraw()
        if self.APPLY:
            self.query_one(Apply).focus()
        self.call_after_refresh(self._be_seen)

    def on_apply_pressed(self) -> None:
        """The button was clicked."""
        self.submit()

    def _be_seen(self) -> None:
        self.seen = True

    def update_node_styles(self, animate: bool = True) -> None:
        """Style all that is in it anew; what is not seen yet was styled when it was mounted.

        Textual asks for it when a screen comes to the front, also for the first time.
        """
        if self.seen:
            super().update_node_styles(animate)

    def watch_snapshot(self) -> None:
        """Draw what changed."""
        if self.is_mounted:
            self.redraw()

    def redraw(self) -> None:
        """Show what `snapshot` says now."""

    @property
    def heading(self) -> str:
        """The title in the frame."""
        return self.HEADING

    def content(self) -> ComposeResult:
        """The widgets inside the frame."""
        raise NotImplementedError

    @property
    def ink(self) -> Ink:
        """Styles of the present theme on the dialog's background."""
        variables = self.app.theme_variables
        if self._ink is None or self._ink[0] is not variables:
            self._ink = (variables, Ink(variables, Color.parse(variables["surface"])))
        return self._ink[1]

    def say(self, text: str, *, calm: bool = False) -> None:
        """Show one line above the keys; an empty one takes it away."""
        line = self.query_one("#says", Static)
        line.update(Text(printable(text)))
        line.set_class(bool(text), "-said")
        line.set_class(calm, "-calm")

    def entries_hold(self) -> bool:
        """Whether all visible entries are usable; the first that is not gets the focus."""
        wrong = [e for e in self.query(Entry) if e.display and not e.check()]
        if wrong:
            wrong[0].focus()
        return not wrong

    def entry(self, name: str) -> Entry[Any]:
        """The entry with this id."""
        return self.query_one(f"#{name}", Entry)

    def set_focus(
        self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False
    ) -> None:
        """Give the focus to a widget, or to the input of an entry."""
        if isinstance(widget, Entry):
            widget = widget.edit()
        super().set_focus(widget, scroll_visible, from_app_focus)

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Close, once: two keys may each want to, and the second would close another.

        Nobody would be reached by it any more.
        """
        if not self.is_active:
            return AwaitComplete()
        if self.DOCKED:
            self.app.post_message(Aim())
        return super().dismiss(result)

    def close_if_current(self) -> None:
        """Leave by itself; not while another dialog stands in front."""
        if self.is_current:
            self.dismiss()

    def submit(self) -> None:
        """What Enter does."""

    def action_submit(self) -> None:
        """Enter outside a text input."""
        self.submit()

    def action_leave(self) -> None:
        """Esc."""
        self.dismiss()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter inside a text input."""
        event.stop()
        self.submit()

    def on_form_line_noted(self, event: FormLine.Noted) -> None:
        """Where there is no room beside the control, its note stands below."""
        event.stop()
        if self.DOCKED:
            hint = self.query_one("#hint", Static)
            hint.update(event.text)
            hint.set_class(event.wrong, "-wrong")

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Choices change nothing by themselves."""
        event.stop()
