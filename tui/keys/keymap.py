"""Other keys than ours: what `ui.keys` of the configuration says, checked against the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from textual.binding import Binding
from textual.keys import Keys, key_to_character

from sim.errors import ConfigError
from sim.text import nearest, quoted
from tui.keys.action import Action, readable

Keymap = Mapping[str, tuple[str, ...]]
"""Id of an action → its keys in Textual's spelling."""
NO_KEYMAP: Keymap = MappingProxyType({})
_FIXED = ("field.", "scroll.")
"""Beginnings of ids that are Textual's."""
_NAMED = {key.value for key in Keys} | {f"f{n}" for n in range(1, 25)}
_MODIFIERS = ("ctrl", "shift", "alt", "super", "hyper", "meta")


def remapped(actions: Iterable[Action], keymap: Keymap) -> tuple[Action, ...]:
    """The actions with the keys that a keymap gives them."""
    return tuple(
        replace(action, keys=keymap[action.id]) if action.id in keymap else action
        for action in actions
    )


def keymap_of(text: str, actions: tuple[Action, ...]) -> Keymap:
    """What `ui.keys` says: `pause=p, undo=ctrl+z backspace`.

    Raises:
        ConfigError: an action or a key that does not exist, or one key for two actions of a place.
    """
    known = {a.id: a for a in actions if not a.id.startswith(_FIXED)}
    found: dict[str, tuple[str, ...]] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, keys = (piece.strip() for piece in part.partition("="))
        if not (equals and keys.split()):
            raise ConfigError(f"ui.keys: {quoted(part)} is not ACTION=KEY, as undo=ctrl+z")
        if name not in known:
            raise ConfigError(f"ui.keys: unknown action {quoted(name)}{nearest(name, known)}")
        found[name] = tuple(_key(name, key) for key in keys.split())
    _check(remapped(known.values(), found), found)
    return found


def _key(name: str, written: str) -> str:
    """A key as a person writes it, in Textual's spelling."""
    *modifiers, last = written.split("+") if len(written) > 1 else [written]
    (spelled,) = Binding.make_bindings([Binding(last, "")])
    known = spelled.key in _NAMED or key_to_character(spelled.key) is not None
    if not (known and set(modifiers) <= set(_MODIFIERS)):
        raise ConfigError(
            f"ui.keys: {name}={written}: {quoted(written)} is no key,"
            " expected one as p, ctrl+z, f5, space or slash"
        )
    return "+".join([*modifiers, spelled.key])


def _check(actions: tuple[Action, ...], keymap: Keymap) -> None:
    """No key may mean two things in one place."""
    taken: dict[tuple[str, str], Action] = {}
    for action in actions:
        for key in action.keys:
            other = taken.setdefault((action.place, key), action)
            if other is not action and {other.id, action.id} & keymap.keys():
                raise ConfigError(
                    f"ui.keys: {quoted(readable(key))} would mean both {other.id} and {action.id}"
                )


def for_textual(keymap: Keymap) -> dict[str, str]:
    """The same as Textual takes it."""
    return {name: ",".join(keys) for name, keys in keymap.items()}
