"""The words that a line may begin with, and what each of them asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import get_args

from sim.commands import (
    FAULTS,
    PACE,
    Condition,
    Figure,
    InjectAttack,
    InjectFault,
    Pause,
    PauseWhen,
    Relation,
    Resume,
    SetAdversaries,
    SetPace,
    SetParameter,
    Step,
    StopAttack,
    Targets,
)
from sim.config.parameters import parameter_named, parameters, parse_value
from sim.errors import ConfigError
from sim.plugins.catalogue import BEHAVIOURS
from sim.text import quoted
from tui.forms.bounds import Bounds, bounds_of
from tui.forms.where import folder_for
from tui.prompt.intents import (
    Give,
    GoTo,
    Intent,
    ListKeys,
    Narrow,
    PromptError,
    SaveTo,
    Scope,
    ShowAgent,
    ShowSignature,
)
from tui.prompt.words import Words

FIGURES: tuple[Figure, ...] = get_args(Figure)
RELATIONS: tuple[Relation, ...] = get_args(Relation)
_SHARES = {"inject": 0.25, "adversaries": 0.2, "fault": 0.1}
"""Share of the agents where nobody is named or selected."""


@dataclass(frozen=True, slots=True)
class Verb:
    """A word with what may follow it."""

    name: str
    usage: str
    help: str
    parse: Callable[[Words, Scope], Intent]


def _set(words: Words, scope: Scope) -> Intent:
    key, equals, value = words.take("a parameter").partition("=")
    try:
        parameter = parameter_named(key)
        if not parameter.live:
            raise PromptError(f"{key} takes effect at a {parameter.applies}: it cannot be set now")
        parsed = parse_value(parameter, value if equals else words.take(parameter.expected))
    except ConfigError as error:
        raise PromptError(str(error)) from None
    return Give(SetPace(float(parsed)) if key == PACE else SetParameter(key, parsed))


def _inject(words: Words, scope: Scope) -> Intent:
    kind = words.choose("attack", scope.snapshot.attack_kinds)
    targets = words.targets(scope, _SHARES["inject"])
    command = InjectAttack(kind, targets=targets)
    while words:
        if words.skip("for"):
            steps = words.number("steps", bounds_of(InjectAttack, "duration"))
            command = InjectAttack(kind, command.intensity, int(steps), targets)
            words.skip("steps")
        elif words.skip("intensity"):
            part = float(words.number("intensity", bounds_of(InjectAttack, "intensity")))
            command = InjectAttack(kind, part, command.duration, targets)
        else:
            words.end()
    return Give(command)


def _stop(words: Words, scope: Scope) -> Intent:
    attacks = scope.snapshot.attacks
    if not attacks:
        raise PromptError("no attack is under way")
    if not words:
        if len(attacks) > 1:
            which = ", ".join(f"#{a.id} {a.kind}" for a in attacks[:5])
            raise PromptError(f"expected which attack: {which}")
        return Give(StopAttack(attacks[0].id))
    word = words.take("an attack").removeprefix("#")
    found = [a for a in attacks if word in (str(a.id), a.kind)]
    if not found:
        raise PromptError(f"no attack {quoted(word)} is under way")
    return Give(StopAttack(max(found, key=lambda a: a.since).id))


def behave(name: str) -> Callable[[Words, Scope], Intent]:
    """What the name of a behaviour asks for: agents that behave so."""

    def parse(words: Words, scope: Scope) -> Intent:
        share = 1.0 if name == "honest" else _SHARES["adversaries"]
        return Give(SetAdversaries(name, words.targets(scope, share)))

    return parse


def _adversaries(words: Words, scope: Scope) -> Intent:
    return behave(words.choose("behaviour", BEHAVIOURS.names))(words, scope)


def _fault(words: Words, scope: Scope) -> Intent:
    name = words.choose("fault", FAULTS)
    kind = next(fault for fault in FAULTS if fault == name)
    strikes = FAULTS[kind].strikes_agents
    targets: Targets | None = words.targets(scope, _SHARES["fault"]) if strikes else None
    command = InjectFault(kind, targets)
    if words.skip("for"):
        steps = words.number("steps", bounds_of(InjectFault, "duration"))
        command = InjectFault(kind, targets, int(steps))
        words.skip("steps")
    return Give(command)


def _step(words: Words, scope: Scope) -> Intent:
    return Give(Step(int(words.number("steps", bounds_of(Step, "steps"))) if words else 1))


def _pause(words: Words, scope: Scope) -> Intent:
    if not words.skip("when"):
        return Give(Pause())
    if words.skip("never"):
        return Give(PauseWhen())
    name = words.choose("figure", FIGURES)
    sign = words.choose("relation", RELATIONS) if words else ""
    if not sign:
        raise PromptError(f"expected one of {' '.join(RELATIONS)} and a number")
    value = float(words.number("number", Bounds(False)))
    figure = next(f for f in FIGURES if f == name)
    relation = next(r for r in RELATIONS if r == sign)
    return Give(PauseWhen(Condition(figure, relation, value)))


def _pace(words: Words, scope: Scope) -> Intent:
    full = words.skip("full")
    return Give(SetPace(0.0 if full else float(words.number("steps per second", _PACES))))


_PACES = Bounds(False, 0, high=1_000_000)


def _resume(words: Words, scope: Scope) -> Intent:
    return Give(Resume())


def _go_to(words: Words, scope: Scope) -> Intent:
    return GoTo(int(words.number("step", Bounds(True, 0, high=max(scope.snapshot.step, 0)))))


def _agent(words: Words, scope: Scope) -> Intent:
    last = len(scope.snapshot.grid.states) - 1
    if last < 0:
        raise PromptError("there are no agents yet")
    return ShowAgent(int(words.number("agent", Bounds(True, 0, high=last))))


def _signature(words: Words, scope: Scope) -> Intent:
    return ShowSignature(int(words.number("signature", Bounds(True, 0))))


def _filter(words: Words, scope: Scope) -> Intent:
    text = words.rest
    while words:
        words.take("")
    return Narrow(text)


def _save(over: bool) -> Callable[[Words, Scope], Intent]:
    def parse(words: Words, scope: Scope) -> Intent:
        text = words.rest
        while words:
            words.take("")
        if not text:
            text = str(folder_for(scope.snapshot.run_dir) / "effective.yaml")
        return SaveTo(Path(text).expanduser(), over)

    return parse


def _list_keys(words: Words, scope: Scope) -> Intent:
    return ListKeys()


_AGENTS = "[20% | 3,7,10-14 | all | selected | at COLUMN,ROW radius R spread S]"
VERBS: tuple[Verb, ...] = (
    Verb("set", "set KEY VALUE", "Give a parameter a value.", _set),
    Verb("inject", f"inject KIND {_AGENTS} [for STEPS] [intensity X]", "Begin an attack.", _inject),
    Verb("stop", "stop [#ID | KIND]", "End an attack.", _stop),
    Verb("adversaries", f"adversaries BEHAVIOUR {_AGENTS}", "Agents that misbehave.", _adversaries),
    Verb("fault", f"fault KIND {_AGENTS} [for STEPS]", "Break something.", _fault),
    Verb("step", "step [STEPS]", "So many steps, then pause.", _step),
    Verb("pause", "pause [when FIGURE > NUMBER | when never]", "Pause now, or once it is so.",
         _pause),
    Verb("resume", "resume", "Go on.", _resume),
    Verb("pace", "pace STEPS_PER_SECOND | full", "How fast to go.", _pace),
    Verb("goto", "goto STEP", "Look at a step on the timeline.", _go_to),
    Verb("agent", "agent ID", "Inspect an agent.", _agent),
    Verb("signature", "signature ID", "Inspect a signature.", _signature),
    Verb("filter", "filter [WORDS]", "Filter the list in use; nothing clears it.", _filter),
    Verb("w", "w [FILE]", "Save the configuration in force.", _save(False)),
    Verb("w!", "w! [FILE]", "The same over a file that exists.", _save(True)),
    Verb("keys", "keys", "All keys, with the ids that ui.keys takes.", _list_keys),
)  # fmt: skip


@cache
def verbs() -> dict[str, Verb]:
    """Word → verb; the names of behaviours are verbs, too."""
    found = {verb.name: verb for verb in VERBS}
    for name in BEHAVIOURS.names:
        help_text = "Agents that behave well." if name == "honest" else "Agents that misbehave so."
        found.setdefault(name, Verb(name, f"{name} {_AGENTS}", help_text, behave(name)))
    return found


SHORT = {"q": "quit", "q!": "quit", "wq": "quit", "e": "export", "h": "help", "x": "stop"}
"""What one types from habit."""


def live_keys() -> list[str]:
    """The parameters that `set` takes."""
    return [p.key for p in parameters() if p.live]
