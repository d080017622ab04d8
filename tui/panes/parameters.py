"""The parameters in force, each to be turned by the arrow keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import BindingType
from textual.events import Blur, Focus
from textual.reactive import reactive
from textual.timer import Timer

from sim.config.parameters import Parameter, parameters
from sim.snapshot import PREVIEWED, Snapshot, Value
from tui.keys.inside import bindings_of
from tui.messages import EditParameter, PreviewKnob, TurnKnob
from tui.panes.knob import COARSE, MOST_TURNED, consequence, nudged, slider, waiting_value
from tui.panes.list_pane import ListPane
from tui.record.book import Book
from tui.theme.glyphs import UNICODE, Glyphs
from tui.theme.ink import Ink
from tui.widgets.line import Line, fit
from tui.widgets.line_list import Row
from tui.widgets.quantity import plain_value

SETTLED = 0.3
"""Seconds without another press after which a knob that was turned is given to the engine."""
_SLIDER = 12
_NAME = 21
_NARROW = 44
"""Cells below which only names and values are listed."""


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
    difference: reactive[bool] = reactive(False)
    """Whether only what differs from the scenario or the defaults is listed."""
    everything: reactive[bool] = reactive(False)
    """Whether parameters that need a restart are listed too."""

    def __init__(self, glyphs: Glyphs = UNICODE, book: Book | None = None) -> None:
        super().__init__(glyphs, book)
        self.scenario: Mapping[str, Value] = {}
        """What the run began with."""
        self._presses: Counter[str] = Counter()
        """How often each was turned up more than down meanwhile."""
        self._turned: dict[str, Value] = {}
        """What the arrows turned a knob to and the engine has not been asked for."""
        self._settling: Timer | None = None

    def parts(self, snapshot: Snapshot) -> tuple[object, ...]:
        """Values, what waits, and what another value would do."""
        return snapshot.parameters, snapshot.pending, snapshot.view.preview

    def rows(self) -> list[Row]:
        """The most turned first, then one row for each parameter under its section."""
        shown = [p for p in parameters() if self._is_shown(p)]
        first = [p for key in MOST_TURNED for p in shown if p.key == key]
        rows = [Row(None, _Heading("most turned"))] if first else []
        rows += [_row(p) for p in first]
        section = ""
        for parameter in (p for p in shown if p not in first):
            head = parameter.key.split(".")[0]
            if head != section:
                section = head
                rows.append(Row(None, _Heading(section)))
            rows.append(_row(parameter))
        return rows

    def _is_shown(self, parameter: Parameter) -> bool:
        if not self.everything and (not parameter.live or parameter.key.startswith("ui.")):
            return False
        if parameter.key not in self.snapshot.parameters:
            return False
        return not self.difference or self._differs(parameter)

    def _differs(self, parameter: Parameter) -> bool:
        value = self.snapshot.parameters[parameter.key]
        begun = self.scenario.get(parameter.key, value)
        return value != parameter.default or value != begun

    def line(self, row: Row, width: int, ink: Ink) -> Line:
        """Name, slider, value with unit, what waits or the default, and exceptions."""
        if isinstance(row.item, _Heading):
            return Line().add(f" {row.item.text}", ink("ink-dim", bold=True))
        parameter: Parameter = row.item
        value = self.snapshot.parameters[parameter.key]
        wanted = self._wanted(parameter.key)
        changed = value != parameter.default
        name = "value-pending" if wanted is not None else "value-changed" if changed else ""
        mark = self.glyphs.pending if wanted is not None else self.glyphs.changed if changed else ""
        line = Line().add(f"  {mark or ' '} ", ink(name or "foreground"))
        word = self.safe(parameter.key.split(".")[1])
        after = "" if wanted is None else self.safe(f" → {plain_value(wanted)}")
        bare = self.safe(plain_value(value))
        shown = self.safe(f"{plain_value(value)} {parameter.unit}".strip())
        if width < _NARROW or line.width + _NAME + 1 + len(shown + after) > width:
            # The unit is left out, and a name gives way to its value.
            line.add(fit(word, width - line.width - 1 - len(bare + after)) + " ", ink())
            line.add(bare, ink(name or "foreground", bold=changed))
            return line.add(after, ink("value-pending", bold=True))
        line.add(f"{fit(word, _NAME)} ", ink())
        if width >= 56:
            at = value if wanted is None else wanted
            line.add(slider(parameter, at, _SLIDER, self.glyphs) + " ", ink("ink-dim"))
        line.add(shown, ink(name or "foreground", bold=changed))
        line.add(after, ink("value-pending", bold=True))
        self._remark(line, parameter, changed=changed, width=width, ink=ink)
        return line

    def _remark(
        self, line: Line, parameter: Parameter, *, changed: bool, width: int, ink: Ink
    ) -> None:
        """What another value would do, else the default, and when an exception takes effect."""
        said = self.glyphs.plain(self._consequence(parameter.key))
        if said and line.width + len(said) + 2 <= width:
            line.add(f"  {said}", ink("steering"))
            return
        origin = self.safe(self._origin(parameter, changed=changed))
        if line.width + len(origin) <= width:
            line.add(origin, ink("ink-dim"))
        applies = f"  {parameter.applies}"
        if parameter.applies != "next step" and line.width + len(applies) <= width:
            line.to(width - len(applies), ink()).add(applies, ink("ink-dim"))

    def _origin(self, parameter: Parameter, *, changed: bool) -> str:
        """What it was before somebody changed it."""
        begun = self.scenario.get(parameter.key)
        if begun is not None and begun != self.snapshot.parameters[parameter.key]:
            return f"  began with {plain_value(begun)}"
        return f"  default {plain_value(parameter.default)}" if changed else ""

    def _consequence(self, key: str) -> str:
        """What a parameter would have done at the value that it is turned to, where known."""
        preview = self.snapshot.view.preview
        if preview is None or preview.key != key:
            return ""
        value, present = self._asked(key), self.snapshot.parameters[key]
        said = consequence(preview, value, present)
        fits = cell_len(said) <= self.border_room
        return said if fits else consequence(preview, value, present, brief=True)

    def _asked(self, key: str) -> Value:
        wanted = self._wanted(key)
        return self.snapshot.parameters[key] if wanted is None else wanted

    def _wanted(self, key: str) -> Value | None:
        """What a parameter is turned to, or what the last waiting command makes of it."""
        if key in self._turned:
            return self._turned[key]
        return waiting_value(self.snapshot, key)

    # Turning.

    def action_turn(self, by: int) -> None:
        """Turn the marked knob."""
        row = self.list_cursor.row(self.listed)
        if row is None or not row.item.live:
            return
        parameter: Parameter = row.item
        value = nudged(parameter, self._asked(parameter.key), by)
        self._turned[parameter.key] = value
        self._presses[parameter.key] += by
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(SETTLED, self._settle)
        self._preview()
        self.redraw()

    def action_move(self, dx: int, dy: int) -> None:
        """Up and down move the cursor, left and right turn the marked knob."""
        if dx:
            self.action_turn(dx)
        else:
            super().action_move(dx, dy)
            self._preview()

    def action_turn_far(self, by: int) -> None:
        """Turn it ten times as far."""
        self.action_turn(by * COARSE)

    def _settle(self) -> None:
        """Give what was turned to the engine."""
        turned, self._turned = self._turned, {}
        presses, self._presses = self._presses, Counter()
        for key, value in turned.items():
            self.post_message(TurnKnob(key, value, presses[key]))

    def _preview(self) -> None:
        """Ask what the marked knob would do."""
        row = self.list_cursor.row(self.listed)
        key = row.item.key if row is not None else ""
        value = self._asked(key) if key in PREVIEWED else 0.0
        if isinstance(value, int | float):
            self.post_message(PreviewKnob(key if key in PREVIEWED else "", float(value)))

    def on_focus(self, event: Focus) -> None:
        """The cursor shows, and what the marked knob would do."""
        super().on_focus(event)
        self._preview()

    def on_blur(self, event: Blur) -> None:
        """Nobody looks any more."""
        super().on_blur(event)
        self.post_message(PreviewKnob("", 0.0))

    # Words.

    def empty(self) -> tuple[str, ...]:
        """Before the configuration is known."""
        if self.difference and self.snapshot.parameters:
            return ("Everything is as the scenario and the defaults say. D lists all.",)
        return ("The parameters appear here when the simulation has loaded.",)

    def summary(self) -> str:
        """The parameter under the cursor; without focus, how many differ from their defaults."""
        values = self.snapshot.parameters
        here = self.list_cursor.row(self.listed) if self.has_focus else None
        if here is not None:
            return self._consequence(here.item.key) or self._help(str(here.item.help))
        if not values:
            return ""
        changed = sum(values.get(p.key, p.default) != p.default for p in parameters())
        waiting = f" · {len(self.snapshot.pending)} waiting" if self.snapshot.pending else ""
        shown = "all" if self.everything else "live ones (V: all)"
        if self.difference:
            shown = "what differs (D: all)"
        return f"{shown} · {changed} changed{waiting}"

    def _help(self, text: str) -> str:
        """What a parameter is, or as much of that as fits."""
        return text if len(text) <= self.border_room else text.partition(";")[0]

    def activate(self, row: Row) -> None:
        """Edit it, if it can be changed while the run goes on."""
        self.post_message(EditParameter(row.item.key))

    def action_difference(self) -> None:
        """List what differs from the scenario or the defaults only, or everything."""
        self.difference = not self.difference

    def watch_difference(self) -> None:
        """Other rows."""
        self.redraw()

    def action_everything(self) -> None:
        """List live parameters only, or all."""
        self.everything = not self.everything

    def watch_everything(self) -> None:
        """Other rows."""
        self.redraw()


def _row(parameter: Parameter) -> Row:
    return Row(parameter.key, parameter, f"{parameter.key} {parameter.help}")
