"""What an action is: a key, a name, a sentence, and what it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.binding import Binding

from sim.snapshot import RunState, Snapshot

HELD = frozenset({RunState.PAUSED, RunState.FAULT})
"""States in which the run waits for someone."""


def always(snapshot: Snapshot) -> bool:
    """Available at any moment."""
    return True


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a person can do from the keyboard, the footer or the palette."""

    id: str
    """Names it for keymaps and for tests."""
    keys: tuple[str, ...]
    """Keys in Textual's spelling; the first is the one that is shown."""
    label: str
    """One or two words for the footer."""
    help: str
    """One sentence for the help screen, the palette and the README."""
    group: str
    """Heading in the help screen."""
    footer: bool = False
    """Whether the footer shows it."""
    held: str = ""
    """What the footer calls it while the run waits for somebody, where that is another name."""
    call: str = ""
    """Textual action; the id where it is empty."""
    when: Callable[[Snapshot], bool] = always
    """Whether it makes sense now; where it does not, the key is dim and does nothing."""
    place: str = "app"
    """Whose it is: the app, a kind of widget, or the pane of this id."""
    first: bool = False
    """Whether it goes before what the focused widget does with the key."""

    def name(self, snapshot: Snapshot) -> str:
        """What the footer calls it now."""
        return self.held if self.held and snapshot.state in HELD else self.label

    @property
    def action(self) -> str:
        """What Textual runs."""
        return self.call or self.id

    @property
    def shown(self) -> str:
        """The keys as a person reads them."""
        return " ".join(dict.fromkeys(readable(key) for key in self.keys))

    def bindings(self) -> list[Binding]:
        """One binding for each key, all under one id, so that a keymap replaces them together."""
        return [
            Binding(
                key,
                self.action,
                self.label,
                id=self.id,
                tooltip=self.help,
                show=self.footer and key == self.keys[0],
                key_display=readable(key),
                priority=self.first or (self.id == "quit" and key.startswith("ctrl+")),
            )
            for key in self.keys
        ]


_READABLE = {
    "plus": "+",
    "equals_sign": "=",
    "minus": "-",
    "slash": "/",
    "colon": ":",
    "full_stop": ".",
    "question_mark": "?",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "escape": "esc",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}


def readable(key: str) -> str:
    """A key in Textual's spelling as a person reads it: `question_mark` is `?`."""
    return _READABLE.get(key, key)
