"""Keys one after another: a key is handed on when the one before it has had its effect.

Over a slow line several keys arrive at once. Textual hands all of them to whatever has the focus
at that moment, and only then learns that the first one opens a dialog or moves the focus; the rest
would steer something that nobody meant.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from textual.app import App
from textual.dom import DOMNode
from textual.events import Event, Key

AT_ONCE = "ctrl+c"
"""Waits for no other key; as on any terminal, what was typed ahead of it is thrown away."""
PATIENCE = 0.5
"""Seconds after which the next key is handed on, whatever the one before it is waiting for."""


class TypeAhead:
    """Lets keys through one at a time.

    A key climbs from the focused widget to the app, which acts on it; what the action posts to the
    focused widget climbs the same way. A call is sent behind each, from queue to queue. When the
    second one has arrived, and the screen that may have been opened is there, the key is done with.
    """

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._ahead: deque[Event] = deque()
        self._turn = 0
        """Keys so far."""
        self._busy = False
        """Whether a key is on its way."""
        self._called: Event | None = None
        """The key whose turn it is, on its way back through the app's queue."""
        self._dropped: Event | None = None
        """A key that was on its way back when all that waited was thrown away."""

    def admit(self, key: Event) -> bool:
        """Whether it is this key's turn; if not, it comes again when it is."""
        if key is self._dropped:
            self._dropped = None
            return False
        if isinstance(key, Key) and key.key == AT_ONCE:
            self._ahead.clear()
            self._dropped = self._called
        elif self._busy and key is not self._called:
            self._ahead.append(key)
            self._app.set_timer(PATIENCE, partial(self._hand_on, self._turn))
            return False
        self._busy, self._called = True, None
        self._turn += 1
        return True

    @property
    def idle(self) -> bool:
        """Whether every key before has had its effect."""
        return not self._busy

    def pass_on(self) -> None:
        """The key whose turn it is has had its effect already."""
        self._hand_on(self._turn)

    def follow(self, start: DOMNode) -> None:
        """Go after the key that was just handed to `start`."""
        self._climb(start, partial(self._acted, self._turn))

    def _climb(self, node: DOMNode | None, then: Callable[[], None]) -> None:
        """Go from queue to queue up to the app, behind all that is on its way now."""
        while node is not None and node is not self._app:
            parent = node.parent
            if node.call_later(self._climb, parent, then):
                return
            node = parent
        self._app.call_later(then)

    def _acted(self, turn: int) -> None:
        """The app has acted on the key."""
        if self._app.screen_stack:
            start = self._app.focused or self._app.screen
            self._climb(start, partial(self._answered, turn))

    def _answered(self, turn: int) -> None:
        """All have heard of it; only a new screen may not be there yet."""
        if not (self._app.screen_stack and self._app.screen.call_later(self._hand_on, turn)):
            self._hand_on(turn)

    def _hand_on(self, turn: int) -> None:
        """The key of this turn is done with: the next one, if there is one."""
        if turn != self._turn or self._called is not None:
            return
        if not self._ahead:
            self._busy = False
            return
        self._called = self._ahead.popleft()
        self._app.post_message(self._called)
