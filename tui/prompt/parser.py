"""From a line to what it asks for."""

from __future__ import annotations

from sim.text import nearest, quoted
from tui.prompt.intents import Intent, Perform, PromptError, Scope
from tui.prompt.verbs import SHORT, verbs
from tui.prompt.words import Words, last_part


def parse(line: str, scope: Scope) -> Intent | None:
    """What a line asks for; None for an empty one.

    Raises:
        PromptError: it means nothing; the message is one line.
    """
    words = Words(line)
    if not words:
        return None
    name = words.take("a command").removeprefix(":")
    known = verbs()
    verb = known.get(name)
    if verb is not None:
        intent = verb.parse(words, scope)
        words.end()
        return intent
    actions = {action.id: action for action in scope.actions}
    name = SHORT.get(name, name)
    action = actions.get(name)
    meant = _meant(name, (*known, *actions))
    if action is None and meant:
        return parse(f"{meant} {words.rest}", scope)
    if action is None:
        hint = nearest(name, (*known, *actions)) or "; tab lists what there is"
        raise PromptError(f"no command {quoted(name)}{hint}")
    words.end()
    return Perform(action)


def _meant(name: str, known: tuple[str, ...]) -> str:
    """The one command that begins so, or whose last part is or begins so; empty where none is."""
    ways = (
        [n for n in known if n.startswith(name)],
        [n for n in known if last_part(n) == name],
        [n for n in known if last_part(n).startswith(name)],
    )
    return next((found[0] for found in ways if len(found) == 1), "")
