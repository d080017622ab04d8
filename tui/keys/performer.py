"""Does an action from elsewhere than its key: finds the widget that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from textual.app import App
from textual.command import CommandPalette
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget

from sim.snapshot import Snapshot
from tui.keys.action import Action


class Performer:
    """Performs actions for the palette and the command line.

    Args:
        app: where they are performed.
        panes: the panes of the dashboard, the one used last first.
        latest: the picture that decides what makes sense now.
    """

    def __init__(
        self,
        app: App[Any],
        panes: Callable[[], Sequence[Widget]],
        latest: Callable[[], Snapshot],
    ) -> None:
        self._app = app
        self._panes = panes
        self._latest = latest

    def can(self, action: Action) -> bool:
        """Whether it can be done now."""
        holder = self._holder(action)
        if holder is None or not action.when(self._latest()):
            return False
        return bool(holder.check_action(action.action.partition("(")[0], ()))

    async def do(self, action: Action) -> bool:
        """Do it, in the pane that it belongs to; whether it could be done."""
        holder = self._holder(action)
        if holder is None or not self.can(action):
            return False
        if isinstance(holder, Widget) and holder in self._panes() and not holder.has_focus:
            holder.focus()
            self._app.screen.set_focus(holder)
        return await self._app.run_action(action.action, default_namespace=holder)

    def _holder(self, action: Action) -> DOMNode | None:
        """The nearest widget that has the action; None where none has."""
        if action.place == "app":
            return self._app
        return next((node for node in self._near() if _has(node, action)), None)

    def _near(self) -> Iterator[DOMNode]:
        screen = self._screen()
        yield from (screen.focused or screen).ancestors_with_self
        panes = self._panes()
        if panes and panes[0].screen is screen:
            yield from panes

    def _screen(self) -> Screen[Any]:
        """The screen in front, the palette aside."""
        found = [s for s in self._app.screen_stack if not isinstance(s, CommandPalette)]
        return found[-1]


def _has(node: DOMNode, action: Action) -> bool:
    return any(binding.id == action.id for _, binding in node._bindings)
