"""Change one live parameter."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from sim.commands import PACE, SetPace, SetParameter
from sim.config.parameters import Parameter, Value, parse_value
from sim.config.schema import Config
from sim.errors import ConfigError
from sim.snapshot import RunState, Snapshot
from tui.actions import OVER
from tui.forms.bounds import EntryError
from tui.forms.choice import Choice
from tui.forms.dialog import Dialog, Give
from tui.forms.entry import Entry
from tui.forms.form_line import FormLine
from tui.keys.inside import bindings_of
from tui.screens.parameters import shown, value_of


class ParameterEditor(Dialog):
    """Value, bounds, default and effect of one parameter.

    It waits for the acknowledgement: applied closes it, rejected keeps it open with the reason.
    While the run is paused there is nothing to wait for: the status line says what is queued.
    """

    DEFAULT_CSS = """
    ParameterEditor {
        #help { height: auto; margin: 0 0 1 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("editor")

    def __init__(
        self,
        snapshot: Snapshot,
        give: Give,
        *,
        parameter: Parameter,
        config: Config | None = None,
    ) -> None:
        super().__init__(snapshot, give)
        self.parameter = parameter
        self._config = config
        self._ticket = 0
        self._asked: Value | None = None
        if parameter.live:
            self.KEYS = (("enter", "apply"), ("ctrl+r", "default"))
            self.APPLY = "Apply" if parameter.kind in ("choice", "bool") else ""

    @property
    def heading(self) -> str:
        """The key."""
        return self.parameter.key

    def content(self) -> ComposeResult:
        """Help, the value, and what it was."""
        parameter, value = self.parameter, self._value()
        yield Static(parameter.help, id="help", markup=False)
        if parameter.live:
            yield self._control(value)
        yield Static(f"Now         {shown(value)} {parameter.unit}", id="now", markup=False)
        yield Static(f"Default     {shown(parameter.default)} {parameter.unit}", markup=False)
        effect = f"takes effect at a {parameter.applies}; read-only while the run goes on"
        if parameter.live:
            effect = f"at the {parameter.applies}"
        yield Static(f"Effect      {effect}", markup=False)

    def _control(self, value: Value) -> FormLine:
        parameter = self.parameter
        if parameter.kind == "choice":
            return Choice("Value", parameter.choices, str(value), id="value")
        if parameter.kind == "bool":
            return Choice("Value", ("false", "true"), shown(value), id="value")
        return Entry(
            "Value", shown(value), self.parse, expected=parameter.expected, unit=parameter.unit,
            id="value",
        )  # fmt: skip

    def parse(self, text: str) -> Value:
        """The value that `text` means.

        Raises:
            EntryError: it means none; the message says what is expected.
        """
        try:
            return parse_value(self.parameter, text)
        except ConfigError:
            raise EntryError(f"expected {self.parameter.expected}") from None

    def _value(self) -> Value:
        return value_of(self.parameter, self.snapshot, self._config)

    def submit(self) -> None:
        """Ask for the value."""
        if not self.parameter.live or not self.entries_hold():
            return
        if self.snapshot.state in OVER:
            self.say("The run is over: nothing can be changed any more.")
            return
        self._asked = self.parse(self.query_one("#value", FormLine).value.strip())
        if self.parameter.key == PACE:
            self.give(SetPace(float(self._asked)))
            self.close_if_current()
            return
        self._ticket = self.give(SetParameter(self.parameter.key, self._asked))
        if self.snapshot.state is RunState.PAUSED:
            self.close_if_current()
        else:
            self._wait()

    def _wait(self) -> None:
        assert self._asked is not None
        step = self.snapshot.step + 1
        self.say(f"{shown(self._asked)} is pending until step {step:,}", calm=True)

    def redraw(self) -> None:
        """Show the value in force, and look for the acknowledgement."""
        now = f"Now         {shown(self._value())} {self.parameter.unit}"
        self.query_one("#now", Static).update(now)
        if not self._ticket:
            return
        entry = next((e for e in self.snapshot.journal if e.ticket == self._ticket), None)
        if entry is None:
            self._wait()
        elif entry.applied:
            self._ticket = 0
            self.close_if_current()
        else:
            self._ticket = 0
            self.say(entry.reason if entry.fate == "unchanged" else f"Rejected: {entry.reason}")

    def action_reset(self) -> None:
        """Write the default into the field."""
        default = shown(self.parameter.default)
        for control in self.query(Choice):
            control.choose(default)
        for entry in self.query(Entry):
            entry.value = default
