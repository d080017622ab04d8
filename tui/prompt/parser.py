"""From a line to what it asks for."""

from __future__ import annotations

from sim.text import nearest, quoted
from tui.prompt.intents import Intent, Perform, PromptError, Scope
from tui.prompt.verbs import SHORT, verbs
from tui.prompt.words import Words


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
    matching = [n for n in (*known, *actions) if n.startswith(name)]
    action = actions.get(name)
    if action is None and len(matching) == 1:
        return parse(f"{matching[0]} {words.rest}", scope)
    if action is None:
        hint = nearest(name, (*known, *actions)) or "; tab lists what there is"
        raise PromptError(f"no command {quoted(name)}{hint}")
    words.end()
    return Perform(action)
