"""All parameters with their values in force: find one, then change it."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input, Static

from sim.config.parameters import Parameter, parameter_named, parameters
from sim.config.schema import Config
from sim.snapshot import Snapshot, Value
from tui.forms.dialog import Dialog, Give
from tui.forms.rows import Rows
from tui.keys.inside import bindings_of
from tui.messages import EditParameter
from tui.panes.knob import waiting_value
from tui.widgets.line import fit, printable

_KEY, _VALUE, _UNIT = 30, 14, 11
"""Cells of the columns; the unit is left out where there is no room, then the section."""


class ParametersDialog(Dialog):
    """A list that a word narrows down; Enter opens the editor."""

    HEADING = "Parameters"
    KEYS = (("enter", "change"), ("type", "to find"), ("↑ ↓", "move"))
    FILLS = True
    DEFAULT_CSS = """
    ParametersDialog {
        #find { margin: 0 0 1 0; background: $background; }
        #list { height: 1fr; }
        #about { height: 2; margin: 1 0 0 0; color: $text-muted; }
        #body { overflow-y: hidden; }
        #foot { margin: 0; }
        &.-low #find { margin: 0; }
        &.-low #about { margin: 0; height: 1; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings_of("find")

    def __init__(self, snapshot: Snapshot, give: Give, *, config: Config | None = None) -> None:
        super().__init__(snapshot, give)
        self._config = config
        self._shown: tuple[object, ...] = ()

    def content(self) -> ComposeResult:
        """The word to find, and the list."""
        find = Input(placeholder="find a parameter, e.g. quorum", id="find", compact=True)
        find.cursor_blink = False
        yield find
        yield Rows("No parameter contains that.", id="list")
        yield Static(id="about", markup=False)

    def redraw(self) -> None:
        """Show the values in force."""
        self._fill()

    def on_input_changed(self) -> None:
        """Narrow down."""
        self._fill()

    def _fill(self) -> None:
        word = self.query_one("#find", Input).value.strip().lower()
        values = self.snapshot.parameters
        wanted = (word, id(values), self.snapshot.pending, self.line_width)
        if self._shown == wanted:
            return
        self._shown = wanted
        found = [p for p in parameters() if all(w in _words(p) for w in word.split())]
        found.sort(key=lambda p: not p.live)
        self.query_one("#list", Rows).show([(p.key, self._row(p)) for p in found])
        self._explain()

    def _row(self, parameter: Parameter) -> Text:
        value = value_of(parameter, self.snapshot, self._config)
        text = Text(no_wrap=True, style="" if parameter.live else "dim")
        text.append("• " if value != parameter.default else "  ")
        figure, room = printable(shown(value), _VALUE), max(self.line_width - 2, 0)
        if room < _KEY + _VALUE:
            text.append(fit(parameter.key.split(".")[1], max(room - len(figure) - 1, 0)) + " ")
            return text.append(figure, "bold")
        text.append(f"{parameter.key:<{_KEY}}").append(f"{figure:>{_VALUE}}", "bold")
        left = room - _KEY - _VALUE - 1 - _UNIT
        if left >= 0:
            text.append(f" {parameter.unit:<{_UNIT}}", "dim")
        for words, style in self._remarks(parameter, value):
            if words and len(words) <= left:
                text.append(words, style).append("  ")
                left -= len(words) + 2
        return text

    def _remarks(self, parameter: Parameter, value: Value) -> tuple[tuple[str, str], ...]:
        """What waits, when it takes effect where not at once, what it was, and what it may be."""
        waits = waiting_value(self.snapshot, parameter.key)
        when = "" if parameter.applies == "next step" else parameter.applies
        changed = value != parameter.default
        return (
            ("" if waits is None else f"→ {printable(shown(waits), _VALUE)}", "bold"),
            (when, "dim"),
            (f"default {printable(shown(parameter.default), _VALUE)}" if changed else "", "dim"),
            (parameter.expected if parameter.live else "", "dim"),
        )

    def on_resize(self) -> None:
        """Other columns."""
        super().on_resize()
        if self.is_mounted:
            self._fill()

    def action_move(self, by: int) -> None:
        """Move the list's cursor while the word has the focus."""
        self.query_one("#list", Rows).action_move(by)

    def action_page(self, by: int) -> None:
        """Likewise, by a page."""
        self.query_one("#list", Rows).action_page(by)

    def on_rows_moved(self, event: Rows.Moved) -> None:
        """Say what the marked one does."""
        event.stop()
        self._explain()

    def _explain(self) -> None:
        key = self.query_one("#list", Rows).key
        self.query_one("#about", Static).update(parameter_named(key).help if key else "")

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Edit the marked one."""
        event.stop()
        self.submit()

    def submit(self) -> None:
        """Edit the marked one."""
        key = self.query_one("#list", Rows).key
        if key:
            self.app.post_message(EditParameter(key))


def value_of(parameter: Parameter, snapshot: Snapshot, config: Config | None) -> Value:
    """The value in force: of the run, else of the configuration, else the default."""
    if parameter.key in snapshot.parameters:
        return snapshot.parameters[parameter.key]
    if config is None:
        return parameter.default
    section, name = parameter.key.split(".")
    value: Value = getattr(getattr(config, section), name)
    return value


def shown(value: Value) -> str:
    """A value as a person writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _words(parameter: Parameter) -> str:
    return f"{parameter.key} {parameter.help} {parameter.unit}".lower()
