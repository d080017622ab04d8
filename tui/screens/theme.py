"""Pick a theme; the screen behind shows it at once."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult

from sim.snapshot import Snapshot
from tui.forms.dialog import Dialog, Give
from tui.forms.rows import Rows
from tui.messages import ThemeKept
from tui.widgets.line import printable


class ThemeDialog(Dialog):
    """A list; Enter keeps, Esc takes back."""

    HEADING = "Theme"
    KEYS = (("enter", "keep"), ("↑ ↓", "try"))
    DEFAULT_CSS = """
    ThemeDialog {
        align: right middle;
        background: transparent;
        #box { width: 46; margin: 0 2; }
        #themes { max-height: 14; }
    }
    """

    def __init__(self, snapshot: Snapshot, give: Give, *, names: Sequence[str]) -> None:
        super().__init__(snapshot, give)
        self._names = tuple(names)
        self._before = ""

    def content(self) -> ComposeResult:
        """The list."""
        yield Rows("No theme was found.", id="themes")

    def on_mount(self) -> None:
        """Mark the present theme."""
        self._before = self.app.theme
        rows = self.query_one("#themes", Rows)
        rows.show([(name, Text(" " + printable(name, 40))) for name in self._names])
        if self._before in self._names:
            rows.cursor = self._names.index(self._before)

    def on_rows_moved(self, event: Rows.Moved) -> None:
        """Show the marked theme."""
        event.stop()
        if self._before and event.rows.key:
            self.app.theme = event.rows.key

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Keep it."""
        event.stop()
        self.submit()

    def submit(self) -> None:
        """Keep the marked theme."""
        self.app.post_message(ThemeKept(self.app.theme))
        self.dismiss()

    def action_leave(self) -> None:
        """Take the former theme back."""
        self.app.theme = self._before
        self.dismiss()
