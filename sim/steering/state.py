"""What a person has steered: the live configuration, attacks, adversaries, faults, and undo.

Commands are validated and applied here between two steps; each returns what it changed, so that
the journal can say so and undo can take it back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from sys import intern
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.commands import (
    Command,
    InjectAttack,
    Order,
    Redo,
    SetParameter,
    Steering,
    Undo,
)
from sim.config.parameters import Value, parameter_named, parse_value
from sim.config.plugins import named_by, used_by
from sim.config.schema import AdversarySection, Config
from sim.errors import CommandRejectedError, ConfigError, PluginError
from sim.plugins.catalogue import ATTACKS
from sim.plugins.registry import Registry
from sim.plugins.usage import use
from sim.snapshot import UndoStep
from sim.steering.adversaries import code_of, effective
from sim.steering.aim import Aim
from sim.steering.change import Behaving, Change, Part
from sim.steering.changes import POPULATION_KEYS, change_by
from sim.steering.faults import Fault
from sim.text import typed
from sim.traffic.attacks import Attack

MAX_UNDO = 200


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
        self.aim = Aim(agents, config.simulation.seed)
        self.attack_kinds = attack_kinds
        self.plugins = used_by(config)
        """The plug-ins that have been used so far, as `group:name`."""
        self.next_id = 1
        """Of the next attack or fault."""
        self._done: list[Change] = []
        self._undone: list[Change] = []
        self._put_behaviour((self.aim.everyone, *self.drawn(config.adversary, 1)), 1)

    # -- queries -------------------------------------------------------------------------------

    @property
    def undo(self) -> UndoStep | None:
        """What `Undo` would take back."""
        return self._undo_step(self._done)

    @property
    def redo(self) -> UndoStep | None:
        """What `Redo` would do again."""
        return self._undo_step(self._undone)

    def _undo_step(self, changes: list[Change]) -> UndoStep | None:
        """The last one, for people; says of what ended by itself that nothing would come of it."""
        if not changes:
            return None
        last = changes[-1]
        if last.part == "attack" and last.after[1]:
            there = changes is self._undone or any(a.id == last.after[0].id for a in self.attacks)
            return UndoStep(last.title if there else f"{last.title} (over)")
        return UndoStep(last.title, last.before[0] if last.part == "parameter" else "")

    def already(self, command: Command) -> str:
        """The value that a command asks for, in words, if all is as it would have it."""
        if not isinstance(command, SetParameter) or command.key in POPULATION_KEYS:
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
        hit = np.zeros(self.aim.agents, dtype=np.bool_)
        for fault in self.faults:
            if fault.kind == kind:
                hit |= self.hit_by(fault, step)
        return hit

    def hit_by(self, fault: Fault, step: int) -> NDArray[np.bool_]:
        """(A,) agents that one fault strikes in this step."""
        if fault.targets is None:
            return np.zeros(self.aim.agents, dtype=np.bool_)
        return self.aim.reached(fault.targets, fault.id, step - fault.since)

    def reached(self, attack: Attack, step: int) -> NDArray[np.bool_]:
        """(A,) agents that an attack reaches in this step."""
        return self.aim.reached(attack.targets, attack.id, step - attack.since)

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
        change = change_by(command, self, step)
        self._put(change.part, change.after, step)
        if named is not None and change.part != "attack":
            self.plugins |= use(*named)
        elif isinstance(command, InjectAttack) and command.kind in ATTACKS.plugins:
            self.plugins |= use(ATTACKS, command.kind)
        if undoable:
            self._done = [*self._done, change][-MAX_UNDO:]
            self._undone = []
        return change

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
        title = change.title
        if change.part == "parameter":
            title = f"{state[0]} {typed(old)} → {typed(new)}"
        title = f"{'undo' if back else 'redo'}: {title}"
        return replace(change, title=title, old=old, new=new)

    def _put(self, part: Part, state: Any, step: int) -> None:
        setters: dict[Part, Callable[[Any, int], None]] = {
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
            self._put_behaviour((self.aim.everyone, *behaving), step)

    def _put_attack(self, state: tuple[Attack, bool], step: int) -> None:
        attack, present = state
        others = [a for a in self.attacks if a.id != attack.id]
        # What is over by now does not come back by being redone.
        back = present and step < attack.until
        self.attacks = tuple(sorted([*others, attack] if back else others, key=lambda a: a.id))
        self.next_id = max(self.next_id, attack.id + 1)

    def _put_behaviour(
        self, state: tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.int64]], step: int
    ) -> None:
        agents, codes, since = state
        self.behaviour[agents] = codes
        self.behaviour_since[agents] = since

    def _put_fault(self, state: tuple[Fault, bool], step: int) -> None:
        fault, present = state
        self.next_id = max(self.next_id, fault.id + 1)
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

    def drawn(self, settings: AdversarySection, step: int) -> Behaving:
        """The configured share of the agents misbehaving as configured, from `step` on."""
        chosen = self.aim.share(round(settings.fraction * self.aim.agents))
        codes = np.where(chosen, np.uint8(code_of(settings.behaviour)), np.uint8(0))
        return codes, np.where(chosen, step, self.behaviour_since)


def _check_usable(registry: Registry, name: str) -> None:
    """Refuse a plug-in that is broken; what is unknown is refused where it is chosen."""
    if name in registry.plugins:
        try:
            registry.check(name)
        except PluginError as error:
            raise CommandRejectedError(str(error)) from None
