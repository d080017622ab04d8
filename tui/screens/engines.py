"""A list of engines that are alive, to choose one from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tui.forms.rows import Rows
from tui.keys.inside import bindings_of
from tui.theme.themes import load_themes, variable_defaults
from tui.widgets.line import printable


class EngineChooser(App[str]):
    """Enter takes the marked one, Esc none.

    Args:
        engines: key and line of each, the one that is marked first coming first.
        theme: name of the theme.
    """

    TITLE = "decsim-tui"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    EngineChooser { align: center middle; }
    #box {
        width: 100%; max-width: 116; height: auto; max-height: 100%;
        border: round $primary; border-title-color: $primary; padding: 0 1;
    }
    #engines { height: auto; max-height: 20; }
    #foot { height: 1; margin: 1 0 0 0; color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("engines")

    def __init__(self, engines: Sequence[tuple[str, str]], theme: str) -> None:
        super().__init__()
        self._engines = engines
        self._wanted = theme

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The colours of the domain's states, also under a theme that does not know them."""
        return variable_defaults(self.current_theme)

    def compose(self) -> ComposeResult:
        """The list in a frame."""
        with Vertical(id="box") as box:
            box.border_title = "Which run?"
            yield Rows("No engine is alive.", id="engines")
            yield Static("enter attach   esc leave", id="foot")

    def on_mount(self) -> None:
        """Fill the list."""
        shelf = load_themes()
        for theme in shelf.themes:
            self.register_theme(theme)
        self.theme, _ = shelf.choose(self._wanted, self.available_themes)
        rows = self.query_one(Rows)
        rows.show([(key, Text(printable(line, 400))) for key, line in self._engines])
        rows.focus()

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Take it."""
        event.stop()
        self.exit(event.rows.key)

    def action_leave(self) -> None:
        """Take none."""
        self.exit(None)
