"""What a person has steered: the live configuration, attacks, adversaries, faults, and undo.

Commands are validated and applied here between two steps; each returns what it changed, so that
the journal can say so and undo can take it back.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from sys import intern
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.commands import (
    Command,
    InjectAttack,
    InjectFault,
    Order,
    Redo,
    SetAdversaries,
    SetParameter,
    Steering,
    StopAttack,
    Targets,
    Undo,
)
from sim.config.parameters import Value, parameter_named, parse_value
from sim.config.plugins import named_by, used_by
from sim.config.schema import AdversarySection, Config
from sim.errors import CommandRejectedError, ConfigError, PluginError
from sim.numerics.rng import Purpose, keys, uniforms
from sim.plugins.catalogue import ATTACKS
from sim.plugins.registry import Registry
from sim.plugins.usage import use
from sim.snapshot import UndoStep
from sim.steering.adversaries import code_of, effective, name_of
from sim.steering.faults import Fault, until_of
from sim.text import nearest, typed
from sim.traffic.attacks import Attack, reach

MAX_UNDO = 200
_POPULATION_KEYS = ("adversary.fraction", "adversary.behaviour")
"""Keys whose change assigns every agent its behaviour anew."""


Behaving = tuple[NDArray[np.uint8], NDArray[np.int64]]
"""Code of each agent's behaviour, and the step since which."""


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What one command did, as data that can be turned round."""

    title: str
    """For people, e.g. `detection.threshold 0.6 → 0.7`."""
    part: str
    """`parameter`, `attack`, `behaviour` or `fault`."""
    old: Any
    """JSON data for the journal."""
    new: Any
    before: Any
    """What `undo` puts back; its form depends on the part."""
    after: Any


class SteeringState:
    """Everything that commands can change, and nothing else.

    Args:
        config: a private copy; it is changed in place, and everyone reads it at the moment of use.
        agents: size of the population.
        attack_kinds: attacks that the traffic knows.
    """

    def __init__(self, config: Config, agents: int, attack_kinds: tuple[str, ...]) -> None:
        self.config = config
        self.attacks: tuple[Attack, ...] = ()
        self.faults: tuple[Fault, ...] = ()
        self.behaviour: NDArray[np.uint8] = np.zeros(agents, dtype=np.uint8)
        self.behaviour_since: NDArray[np.int64] = np.zeros(agents, dtype=np.int64)
        self.corrupting: tuple[Fault, ...] = ()
        """Cache corruptions given in this step; each strikes once."""
        self._agents = agents
        self._everyone = np.arange(agents, dtype=np.int64)
        self._kinds = attack_kinds
        self.plugins = used_by(config)
        """The plug-ins that have been used so far, as `group:name`."""
        self._next_id = 1
        self._done: list[Change] = []
        self._undone: list[Change] = []
        self._put_behaviour((self._everyone, *self._drawn(config.adversary, 1)), 1)

    # -- queries -------------------------------------------------------------------------------

    @property
    def undo(self) -> UndoStep | None:
        """What `Undo` would take back."""
        return _undo_step(self._done)

    @property
    def redo(self) -> UndoStep | None:
        """What `Redo` would do again."""
        return _undo_step(self._undone)

    def already(self, command: Command) -> str:
        """The value that a command asks for, in words, if all is as it would have it."""
        if not isinstance(command, SetParameter) or command.key in _POPULATION_KEYS:
            return ""  # the population is drawn anew, which is a change if others misbehave by now
        try:
            value = parse_value(parameter_named(command.key), command.value)
        except ConfigError:
            return ""
        return f"already {typed(value)}" if value == self.value(command.key) else ""

    def begin(self, step: int) -> None:
        """Forget what has ended."""
        self.attacks = tuple(a for a in self.attacks if step < a.until)
        self.faults = tuple(f for f in self.faults if step < f.until)
        self.corrupting = ()

    def behaviour_in(self, step: int) -> NDArray[np.uint8]:
        """(A,) codes in force."""
        after = self.config.adversary.betray_after
        return effective(self.behaviour, self.behaviour_since, step, after)

    def struck(self, kind: str, step: int) -> NDArray[np.bool_]:
        """(A,) agents that a fault of this kind strikes in this step."""
        hit = np.zeros(self._agents, dtype=np.bool_)
        for fault in self.faults:
            if fault.kind == kind:
                hit |= self.hit_by(fault, step)
        return hit

    def hit_by(self, fault: Fault, step: int) -> NDArray[np.bool_]:
        """(A,) agents that one fault strikes in this step."""
        if fault.targets is None:
            return np.zeros(self._agents, dtype=np.bool_)
        return self._reach(fault.targets, fault.id, step - fault.since)

    def reached(self, attack: Attack, step: int) -> NDArray[np.bool_]:
        """(A,) agents that an attack reaches in this step."""
        return self._reach(attack.targets, attack.id, step - attack.since)

    # -- commands ------------------------------------------------------------------------------

    def outcome(self, order: Order, step: int) -> Change | str:
        """Apply one order at the start of `step`: what it changed, or why it was rejected."""
        try:
            return self.apply(order.command, step, undoable=order.source != "scenario")
        except CommandRejectedError as error:
            return str(error)

    def apply(self, command: Command, step: int, *, undoable: bool) -> Change:
        """Apply one command at the start of `step`.

        Args:
            command: what to do.
            step: the step about to be computed.
            undoable: whether a person may take it back (what a scenario does is not theirs).

        Raises:
            CommandRejectedError: with the reason; nothing has changed.
        """
        if isinstance(command, Undo):
            return self._turn(self._done, self._undone, step, back=True)
        if isinstance(command, Redo):
            return self._turn(self._undone, self._done, step, back=False)
        if not isinstance(command, Steering):
            raise CommandRejectedError(f"{type(command).__name__} is no steering command")
        named = named_by(command)
        if named is not None:
            _check_usable(*named)
        change = self._change(command, step)
        self._put(change.part, change.after, step)
        if named is not None and change.part != "attack":
            self.plugins |= use(*named)
        elif isinstance(command, InjectAttack) and command.kind in ATTACKS.plugins:
            self.plugins |= use(ATTACKS, command.kind)
        if undoable:
            self._done = [*self._done, change][-MAX_UNDO:]
            self._undone = []
        return change

    def _change(self, command: Steering, step: int) -> Change:
        match command:
            case SetParameter():
                return self._set_parameter(command, step)
            case InjectAttack():
                return self._inject(command, step)
            case StopAttack():
                return self._stop(command)
            case SetAdversaries():
                return self._set_adversaries(command, step)
            case InjectFault():
                return self._inject_fault(command, step)
        raise CommandRejectedError(f"{type(command).__name__} is no steering command")

    def _set_parameter(self, command: SetParameter, step: int) -> Change:
        try:
            parameter = parameter_named(command.key)
            value = parse_value(parameter, command.value)
        except ConfigError as error:
            raise CommandRejectedError(str(error)) from None
        if not parameter.live:
            raise CommandRejectedError(f"{command.key} takes effect only at a restart")
        self._check_together(command.key, value)
        old = self.value(command.key)
        title = f"{command.key} {typed(old)} → {typed(value)}"
        before, after = None, None
        if command.key in _POPULATION_KEYS:
            before = (self.behaviour.copy(), self.behaviour_since.copy())
            name = command.key.split(".")[1]
            after = self._drawn(self.config.adversary.model_copy(update={name: value}), step)
        key = command.key
        return Change(title, "parameter", old, value, (key, old, before), (key, value, after))

    def _check_together(self, key: str, value: Value) -> None:
        """Refuse a value that is wrong only beside another one."""
        window = self.config.detection.window
        if key == "detection.min_window" and float(value) > window:
            raise CommandRejectedError(f"{key}: {value} is larger than detection.window ({window})")

    def _inject(self, command: InjectAttack, step: int) -> Change:
        if command.kind not in self._kinds:
            known = ", ".join(self._kinds) if self._kinds else "none: it has no labelled attacks"
            hint = nearest(command.kind, self._kinds)
            raise CommandRejectedError(
                f"this traffic knows no attack {command.kind!a}{hint} (it knows {known})"
            )
        attack = Attack(
            id=self._next_id,
            kind=command.kind,
            intensity=command.intensity,
            since=step,
            until=step + command.duration,
            targets=self._checked(command.targets),
        )
        if not self.reached(attack, step).any():
            raise CommandRejectedError("these targets reach no agent")
        data = {"attack": attack.id, "until": attack.until}
        title = f"attack {attack.id}: {attack.kind} for {command.duration} steps"
        return Change(title, "attack", None, data, (attack, False), (attack, True))

    def _stop(self, command: StopAttack) -> Change:
        attack = next((a for a in self.attacks if a.id == command.attack), None)
        if attack is None:
            raise CommandRejectedError(f"there is no attack {command.attack} under way")
        data = {"attack": attack.id, "until": attack.until}
        title = f"end of attack {attack.id}: {attack.kind}"
        return Change(title, "attack", data, None, (attack, True), (attack, False))

    def _set_adversaries(self, command: SetAdversaries, step: int) -> Change:
        chosen = np.flatnonzero(
            self._reach(self._checked(command.targets), 0, 0, Purpose.ADVERSARIES)
        )
        if not len(chosen):
            raise CommandRejectedError("these targets reach no agent")
        before = (chosen, self.behaviour[chosen].copy(), self.behaviour_since[chosen].copy())
        code = np.full(len(chosen), code_of(command.behaviour), dtype=np.uint8)
        after = (chosen, code, np.full(len(chosen), step, dtype=np.int64))
        old = {name_of(int(c)): int((before[1] == c).sum()) for c in np.unique(before[1])}
        title = f"{len(chosen)} agents: {command.behaviour}"
        return Change(title, "behaviour", old, {command.behaviour: len(chosen)}, before, after)

    def _inject_fault(self, command: InjectFault, step: int) -> Change:
        fault = Fault(
            id=self._next_id,
            kind=command.kind,
            since=step,
            until=until_of(command.kind, step, command.duration),
            targets=self._checked(command.targets) if command.targets else None,
            duration=command.duration,
        )
        count = int(self.hit_by(fault, step).sum())
        if fault.targets and not count:
            raise CommandRejectedError("these targets reach no agent")
        data = {"fault": fault.id, "until": fault.until, "agents": count}
        title = f"fault {fault.id}: {fault.kind}" + (f" of {count} agents" if count else "")
        return Change(title, "fault", None, data, (fault, False), (fault, True))

    # -- undo ----------------------------------------------------------------------------------

    def _turn(self, source: list[Change], target: list[Change], step: int, *, back: bool) -> Change:
        if not source:
            raise CommandRejectedError("nothing to undo" if back else "nothing to redo")
        change = source.pop()
        target.append(change)
        state = change.before if back else change.after
        old, new = (change.new, change.old) if back else (change.old, change.new)
        if change.part == "parameter":
            old = self.value(state[0])  # a scenario may have changed it in between
        self._put(change.part, state, step)
        title = f"{'undone' if back else 'redone'}: {change.title}"
        return replace(change, title=title, old=old, new=new)

    def _put(self, part: str, state: Any, step: int) -> None:
        setters: dict[str, Callable[[Any, int], None]] = {
            "parameter": self._put_parameter,
            "attack": self._put_attack,
            "behaviour": self._put_behaviour,
            "fault": self._put_fault,
        }
        setters[part](state, step)

    def _put_parameter(self, state: tuple[str, Value, Behaving | None], step: int) -> None:
        key, value, behaving = state
        section, name = key.split(".")
        setattr(getattr(self.config, section), name, value)
        if behaving is not None:
            self._put_behaviour((self._everyone, *behaving), step)

    def _put_attack(self, state: tuple[Attack, bool], step: int) -> None:
        attack, present = state
        others = [a for a in self.attacks if a.id != attack.id]
        # What is over by now does not come back by being redone.
        back = present and step < attack.until
        self.attacks = tuple(sorted([*others, attack] if back else others, key=lambda a: a.id))
        self._next_id = max(self._next_id, attack.id + 1)

    def _put_behaviour(
        self, state: tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.int64]], step: int
    ) -> None:
        agents, codes, since = state
        self.behaviour[agents] = codes
        self.behaviour_since[agents] = since

    def _put_fault(self, state: tuple[Fault, bool], step: int) -> None:
        fault, present = state
        self._next_id = max(self._next_id, fault.id + 1)
        self.faults = tuple(f for f in self.faults if f.id != fault.id)
        self.corrupting = tuple(f for f in self.corrupting if f.id != fault.id)
        if present and step < fault.until:
            self.faults = tuple(sorted([*self.faults, fault], key=lambda f: f.id))
            if fault.kind == "cache_corruption":
                self.corrupting = (*self.corrupting, fault)

    # -- parts ---------------------------------------------------------------------------------

    def value(self, key: str) -> Value:
        """The value of a key in force."""
        # Python's cache of attribute look-ups goes by identity: fresh strings would flush it.
        section, name = map(intern, key.split("."))
        value: Value = getattr(getattr(self.config, section), name)
        return value

    def _drawn(self, settings: AdversarySection, step: int) -> Behaving:
        """The configured share of the agents misbehaving as configured, from `step` on."""
        draw = uniforms(keys(self.config.simulation.seed, Purpose.ADVERSARIES, self._everyone), 1)
        count = round(settings.fraction * self._agents)
        chosen = np.argsort(draw[:, 0], kind="stable")[:count]
        codes = np.zeros(self._agents, dtype=np.uint8)
        codes[chosen] = code_of(settings.behaviour)
        since = self.behaviour_since.copy()
        since[chosen] = step
        return codes, since

    def _checked(self, targets: Targets) -> Targets:
        """Refuse ids and cells that do not exist."""
        outside = [a for a in targets.agents if a >= self._agents]
        if outside:
            raise CommandRejectedError(
                f"there is no agent {outside[0]}, expected ids from 0 to {self._agents - 1}"
            )
        return targets

    def _reach(
        self, targets: Targets, salt: int, age: int, purpose: Purpose = Purpose.ATTACK_TARGETS
    ) -> NDArray[np.bool_]:
        everyone, seed = self._everyone, self.config.simulation.seed
        if purpose is Purpose.ADVERSARIES and targets.fraction is not None:
            draw = uniforms(keys(seed, purpose, everyone), 1)[:, 0]
            chosen = np.zeros(self._agents, dtype=np.bool_)
            count = max(1, round(targets.fraction * self._agents))
            chosen[np.argsort(draw, kind="stable")[:count]] = True
            return chosen
        return reach(targets, everyone, seed=seed, salt=salt, age=age, population=self._agents)


def _undo_step(changes: list[Change]) -> UndoStep | None:
    """The last one, for people."""
    if not changes:
        return None
    last = changes[-1]
    return UndoStep(last.title, last.before[0] if last.part == "parameter" else "")


def _check_usable(registry: Registry, name: str) -> None:
    """Refuse a plug-in that is broken; what is unknown is refused where it is chosen."""
    if name in registry.plugins:
        try:
            registry.check(name)
        except PluginError as error:
            raise CommandRejectedError(str(error)) from None


def as_json(data: Any) -> str:
    """Canonical JSON for the journal."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
