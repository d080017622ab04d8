"""The last lines: the filter while there is one, and the keys that fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Static

from sim.snapshot import EMPTY, Snapshot
from tui.actions import ACTIONS, available
from tui.keys.action import Action, readable
from tui.keys.inside import bindings_of
from tui.prompt.bar import PromptBar

LAST = ("help", "quit")
"""Shown even where nothing else fits."""
GAP = 2
"""Blanks between two keys."""

_FILTERS = "rows with: word  !not  kind:poison  author:9  verdict:acc  step:30-40"


class Keys(Widget):
    """One line of keys; what makes no sense now is dim. The stock footer cuts the last ones off."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"keys--key", "keys--dim"}
    DEFAULT_CSS = """
    Keys {
        height: 1;
        background: $panel;
        color: $text-muted;
        .keys--key { color: $primary; text-style: bold; }
        .keys--dim { color: $text-disabled; }
    }
    """
    snapshot: reactive[Snapshot] = reactive(EMPTY, repaint=False)

    def __init__(self, actions: Sequence[Action] = ACTIONS) -> None:
        super().__init__()
        self._shown = tuple(action for action in actions if action.footer)

    class Pressed(Message):
        """The mouse chose an action."""

        def __init__(self, action: Action) -> None:
            self.action = action
            super().__init__()

    def watch_snapshot(self, old: Snapshot, new: Snapshot) -> None:
        """Repaint where an availability changed."""
        if any(
            action.when(old) != action.when(new) or action.name(old) != action.name(new)
            for action in self._shown
        ):
            self.refresh()

    def layout_of(self, width: int) -> list[tuple[int, Action]]:
        """Column → action, for those that fit; the last ones always do."""
        room = width - 1 + GAP - sum(_width(a) for a in self._shown if a.id in LAST)
        found, column = [], 1
        for action in self._shown:
            if action.id not in LAST:
                if _width(action) > room:
                    continue
                room -= _width(action)
            found.append((column, action))
            column += _width(action)
        return found

    def render_line(self, y: int) -> Strip:
        """The keys."""
        width, blank = self.size.width, self.rich_style
        key, dim = (self.get_component_rich_style(f"keys--{n}") for n in ("key", "dim"))
        segments = [Segment(" ", blank)]
        for _, action in self.layout_of(width):
            usable = available(action.action, self.snapshot)
            name = action.name(self.snapshot).ljust(_name_width(action))
            segments += _segments(
                action, name, key if usable else dim, blank if usable else dim, blank
            )
        return Strip(segments).adjust_cell_length(width, blank)

    def on_click(self, event: Click) -> None:
        """Do what was clicked."""
        for column, action in self.layout_of(self.size.width):
            if column <= event.x < column + _width(action) - GAP:
                self.post_message(self.Pressed(action))


class Filter(Input):
    """A word; rows of the lists that do not contain it are hidden while one types."""

    DEFAULT_CSS = "Filter { width: 1fr; background: $panel; }"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("filter")

    class Cleared(Message):
        """Esc: show everything again."""

    def __init__(self) -> None:
        super().__init__(placeholder=_FILTERS, id="filter", compact=True)
        self.cursor_blink = False

    def action_clear(self) -> None:
        """Show everything again."""
        self.post_message(self.Cleared())


class Footer(Vertical):
    """Filter and keys."""

    DEFAULT_CSS = """
    Footer {
        height: auto;
        dock: bottom;
        #word { height: 1; display: none; background: $panel; }
        #ask { display: none; }
        #word Static { width: 3; color: $primary; text-style: bold; padding: 0 1; }
        &.-asking #ask { display: block; }
        &.-asking Keys { display: none; }
        &.-filtering #word { display: block; }
    }
    """

    def __init__(self, actions: Sequence[Action] = ACTIONS, bar: PromptBar | None = None) -> None:
        super().__init__()
        self._actions = actions
        self._bar = bar

    def compose(self) -> ComposeResult:
        """The filter is hidden until it is asked for."""
        if self._bar is not None:
            yield self._bar
        with Horizontal(id="word"):
            yield Static("/")
            yield Filter()
        yield Keys(self._actions)

    def ask(self) -> None:
        """Ask for the word of the filter."""
        self.add_class("-filtering")
        self.query_one(Filter).focus()

    def ask_command(self, line: str = "") -> None:
        """Ask for a command, in the place of the keys."""
        if self._bar is not None:
            self.add_class("-asking")
            self._bar.ask(line)

    @on(PromptBar.Closed)
    def _answered(self) -> None:
        self.remove_class("-asking")

    def forget(self) -> None:
        """Take the filter away."""
        self.query_one(Filter).value = ""
        self.remove_class("-filtering")


def _name_width(action: Action) -> int:
    """Cells of its longest name, so that nothing moves when it has another one."""
    return max(len(action.label), len(action.held))


def _width(action: Action) -> int:
    return len(readable(action.keys[0])) + _name_width(action) + 1 + GAP


def _segments(action: Action, name: str, key: Style, label: Style, blank: Style) -> list[Segment]:
    return [
        Segment(readable(action.keys[0]), key),
        Segment(f" {name}", label),
        Segment(" " * GAP, blank),
    ]
