"""The parameters in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType
from textual.reactive import reactive

from sim.commands import SetParameter
from sim.config.parameters import Parameter, parameters
from sim.snapshot import Snapshot
from tui.keys.inside import bindings_of
from tui.messages import EditParameter
from tui.panes.list_pane import ListPane
from tui.theme.ink import Ink
from tui.widgets.line import Line
from tui.widgets.line_list import Row
from tui.widgets.quantity import plain_value


@dataclass(frozen=True, slots=True)
class _Heading:
    text: str


class ParametersPane(ListPane):
    """Values by section; marked where they differ from the default or wait for the next step."""

    PANE = "parameters"
    NAME = "Knobs"
    KEY = "6"
    SHORT = "Knobs"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("parameters")
    everything: reactive[bool] = reactive(False)
    """Whether parameters that need a restart are listed too."""

    def parts(self, snapshot: Snapshot) -> tuple[object, ...]:
        """Values and what waits."""
        return snapshot.parameters, snapshot.pending

    def rows(self) -> list[Row]:
        """One row for each parameter, under its section."""
        rows: list[Row] = []
        section = ""
        for parameter in parameters():
            if not (parameter.live or self.everything):
                continue
            if parameter.key.split(".")[0] == "ui" and not self.everything:
                continue
            if parameter.key not in self.snapshot.parameters:
                continue
            head = parameter.key.split(".")[0]
            if head != section:
                section = head
                rows.append(Row(None, _Heading(section)))
            rows.append(Row(parameter.key, parameter, f"{parameter.key} {parameter.help}"))
        return rows

    def line(self, row: Row, width: int, ink: Ink) -> Line:
        """Name, value with unit, what waits or the default, when a change takes effect."""
        if isinstance(row.item, _Heading):
            return Line().add(f" {row.item.text}", ink("ink-dim", bold=True))
        parameter: Parameter = row.item
        value = self.snapshot.parameters[parameter.key]
        waiting = self._waiting(parameter.key)
        changed = value != parameter.default
        name = "value-pending" if waiting else "value-changed" if changed else "foreground"
        mark = self.glyphs.pending if waiting else self.glyphs.changed if changed else " "
        line = Line().add(f"  {mark} ", ink(name))
        line.add(f"{self.safe(parameter.key.split('.')[1], 21)} ", ink())
        shown = f"{plain_value(value)} {parameter.unit}".strip()
        line.add(self.safe(shown), ink(name, bold=changed))
        if waiting:
            line.add(self.safe(f" → {waiting}"), ink("value-pending", bold=True))
        elif changed:
            line.add(self.safe(f"  not {plain_value(parameter.default)}"), ink("ink-dim"))
        applies = f"  {parameter.applies}"
        if line.width + len(applies) <= width:
            line.to(width - len(applies), ink()).add(applies, ink("ink-dim"))
        return line

    def _waiting(self, key: str) -> str:
        """What the last waiting command does to a parameter, or nothing."""
        for order in reversed(self.snapshot.pending):
            match order.command:
                case SetParameter(changed, value) if changed == key:
                    return plain_value(value)
        return ""

    def empty(self) -> tuple[str, ...]:
        """Before the configuration is known."""
        return ("The parameters appear here when the simulation has loaded.",)

    def summary(self) -> str:
        """The parameter under the cursor; without focus, how many differ from their defaults."""
        values = self.snapshot.parameters
        here = self.list_cursor.row(self.listed) if self.has_focus else None
        if here is not None:
            return f"{here.item.applies}: {here.item.help}"
        if not values:
            return ""
        changed = sum(values.get(p.key, p.default) != p.default for p in parameters())
        waiting = f" · {len(self.snapshot.pending)} waiting" if self.snapshot.pending else ""
        shown = "all" if self.everything else "live ones (V: all)"
        return f"{shown} · {changed} changed{waiting}"

    def activate(self, row: Row) -> None:
        """Edit it, if it can be changed while the run goes on."""
        self.post_message(EditParameter(row.item.key))

    def action_everything(self) -> None:
        """List live parameters only, or all."""
        self.everything = not self.everything

    def watch_everything(self) -> None:
        """Other rows."""
        self.redraw()
