"""What may come next in a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sim.commands import FAULTS
from sim.config.parameters import parameter_named
from sim.errors import ConfigError
from sim.plugins.catalogue import BEHAVIOURS
from tui.prompt.intents import Scope
from tui.prompt.verbs import FIGURES, RELATIONS, live_keys, verbs
from tui.prompt.words import last_part
from tui.widgets.quantity import plain_value

_AGENTS = ("10%", "20%", "50%", "all", "at")
_REGION = ("radius", "spread")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One word that may stand where the cursor is."""

    line: str
    """The whole line with it."""
    word: str
    help: str = ""


def candidates(line: str, scope: Scope) -> list[Candidate]:
    """What may be meant by the last word of a line, or come after it."""
    words = line.split()
    last = "" if not line or line[-1].isspace() else words.pop()
    stem = line[: len(line) - len(last)]
    found = [
        Candidate(stem + word, word, said)
        for word, said in _offered(words, scope)
        if (word.startswith(last) or last_part(word).startswith(last)) and word != last
    ]
    return sorted(found, key=lambda candidate: not candidate.word.startswith(last))


def _offered(before: list[str], scope: Scope) -> Iterator[tuple[str, str]]:
    """Words with what they are, after the words that are there."""
    if not before:
        known = verbs()
        yield from ((verb.name, verb.help) for verb in known.values())
        yield from ((a.id, a.help) for a in scope.actions if a.id not in known)
        return
    for word in _after(before, scope):
        yield word, _said(before, word, scope)


def _after(before: list[str], scope: Scope) -> Iterable[str]:
    name, given = before[0].removeprefix(":"), before[1:]
    snapshot = scope.snapshot
    match name:
        case "set":
            return _of_parameter(given, scope)
        case "inject":
            ends = _ends(given[1:], ("for", "intensity"))
            return snapshot.attack_kinds if not given else (*_whom(given[1:], scope), *ends)
        case "adversaries":
            return BEHAVIOURS.names if not given else _whom(given[1:], scope)
        case "fault":
            ends = _ends(given[1:], ("for",))
            return tuple(FAULTS) if not given else (*_whom(given[1:], scope), *ends)
        case "stop":
            return () if given else (*(f"#{a.id}" for a in snapshot.attacks),)
        case "pause":
            following = (("when",), (*FIGURES, "never"), RELATIONS, ("0",))
            return following[len(given)] if len(given) < len(following) else ()
        case "pace":
            return () if given else ("full", "1", "8", "64")
        case name if name in BEHAVIOURS.names:
            return _whom(given, scope)
    return ()


def _of_parameter(given: list[str], scope: Scope) -> Iterable[str]:
    if not given:
        return live_keys()
    if len(given) > 1:
        return ()
    try:
        parameter = parameter_named(given[0])
    except ConfigError:
        return ()
    if parameter.choices:
        return parameter.choices
    if parameter.kind == "bool":
        return ("true", "false")
    now = scope.snapshot.parameters.get(parameter.key, parameter.default)
    return dict.fromkeys((plain_value(now), plain_value(parameter.default)))


def _whom(given: list[str], scope: Scope) -> Iterable[str]:
    if not given:
        return (*(("selected",) if scope.chosen else ()), *_AGENTS)
    if given[0] == "at" and len(given) == 1:
        return (f"{scope.snapshot.grid.width // 2},{scope.snapshot.grid.height // 2}",)
    return [word for word in _REGION if given[0] == "at" and word not in given]


def _ends(given: list[str], words: tuple[str, ...]) -> list[str]:
    return [word for word in words if word not in given and given[-1:] != ["at"]]


def _said(before: list[str], word: str, scope: Scope) -> str:
    """What a word is about, where that can be said."""
    if before == ["set"]:
        value = scope.snapshot.parameters.get(word)
        return f"{'' if value is None else plain_value(value)}  {parameter_named(word).help}"
    if before == ["stop"]:
        return next((a.kind for a in scope.snapshot.attacks if f"#{a.id}" == word), "")
    return ""
