"""What each steering command would change; nothing is changed here."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.commands import (
    InjectAttack,
    InjectFault,
    SetAdversaries,
    SetParameter,
    Steering,
    StopAttack,
)
from sim.config.parameters import Value, parameter_named, parse_value
from sim.config.schema import AdversarySection, Config
from sim.errors import CommandRejectedError, ConfigError
from sim.numerics.arrays import Flags
from sim.steering.adversaries import code_of, name_of
from sim.steering.aim import Aim
from sim.steering.change import Behaving, Change
from sim.steering.faults import Fault, until_of
from sim.text import nearest, typed
from sim.traffic.attacks import Attack

POPULATION_KEYS = ("adversary.fraction", "adversary.behaviour")
"""Keys whose change assigns every agent its behaviour anew."""


class Steered(Protocol):
    """What changes are made to; see `sim.steering.state.SteeringState`."""

    config: Config
    attacks: tuple[Attack, ...]
    behaviour: NDArray[np.uint8]
    behaviour_since: NDArray[np.int64]
    aim: Aim
    attack_kinds: tuple[str, ...]
    next_id: int

    def value(self, key: str) -> Value:
        """The value of a key in force."""

    def reached(self, attack: Attack, step: int) -> Flags:
        """(A,) agents that an attack reaches in a step."""

    def hit_by(self, fault: Fault, step: int) -> Flags:
        """(A,) agents that a fault strikes in a step."""

    def drawn(self, settings: AdversarySection, step: int) -> Behaving:
        """The configured share of the agents misbehaving, from a step on."""


def change_by(command: Steering, state: Steered, step: int) -> Change:
    """What a command changes if it is applied before a step.

    Raises:
        CommandRejectedError: it cannot be applied; the message says why.
    """
    match command:
        case SetParameter():
            return _parameter(command, state, step)
        case InjectAttack():
            return _attack(command, state, step)
        case StopAttack():
            return _stop(command, state)
        case SetAdversaries():
            return _adversaries(command, state, step)
        case InjectFault():
            return _fault(command, state, step)
    raise CommandRejectedError(f"{type(command).__name__} is no steering command")


def _parameter(command: SetParameter, state: Steered, step: int) -> Change:
    key = command.key
    try:
        parameter = parameter_named(key)
        value = parse_value(parameter, command.value)
    except ConfigError as error:
        raise CommandRejectedError(str(error)) from None
    if not parameter.live:
        raise CommandRejectedError(f"{key} takes effect only at a restart")
    window = state.config.detection.window
    if key == "detection.min_window" and float(value) > window:
        raise CommandRejectedError(f"{key}: {value} is larger than detection.window ({window})")
    old = state.value(key)
    before, after = None, None
    if key in POPULATION_KEYS:
        before = (state.behaviour.copy(), state.behaviour_since.copy())
        settings = state.config.adversary.model_copy(update={key.split(".")[1]: value})
        after = state.drawn(settings, step)
    title = f"{key} {typed(old)} → {typed(value)}"
    return Change(title, "parameter", old, value, (key, old, before), (key, value, after))


def _attack(command: InjectAttack, state: Steered, step: int) -> Change:
    kinds = state.attack_kinds
    if command.kind not in kinds:
        known = ", ".join(kinds) if kinds else "none: it has no labelled attacks"
        hint = nearest(command.kind, kinds)
        raise CommandRejectedError(
            f"this traffic knows no attack {command.kind!a}{hint} (it knows {known})"
        )
    attack = Attack(
        id=state.next_id,
        kind=command.kind,
        intensity=command.intensity,
        since=step,
        until=step + command.duration,
        targets=state.aim.checked(command.targets),
    )
    if not state.reached(attack, step).any():
        raise CommandRejectedError("these targets reach no agent")
    data = {"attack": attack.id, "until": attack.until}
    title = f"attack {attack.id}: {attack.kind} for {command.duration} steps"
    return Change(title, "attack", None, data, (attack, False), (attack, True))


def _stop(command: StopAttack, state: Steered) -> Change:
    attack = next((a for a in state.attacks if a.id == command.attack), None)
    if attack is None:
        raise CommandRejectedError(f"there is no attack {command.attack} under way")
    data = {"attack": attack.id, "until": attack.until}
    title = f"end of attack {attack.id}: {attack.kind}"
    return Change(title, "attack", data, None, (attack, True), (attack, False))


def _adversaries(command: SetAdversaries, state: Steered, step: int) -> Change:
    chosen = np.flatnonzero(state.aim.adversaries(state.aim.checked(command.targets)))
    if not len(chosen):
        raise CommandRejectedError("these targets reach no agent")
    before = (chosen, state.behaviour[chosen].copy(), state.behaviour_since[chosen].copy())
    code = np.full(len(chosen), code_of(command.behaviour), dtype=np.uint8)
    after = (chosen, code, np.full(len(chosen), step, dtype=np.int64))
    old = {name_of(int(c)): int((before[1] == c).sum()) for c in np.unique(before[1])}
    title = f"{len(chosen)} agents: {command.behaviour}"
    return Change(title, "behaviour", old, {command.behaviour: len(chosen)}, before, after)


def _fault(command: InjectFault, state: Steered, step: int) -> Change:
    fault = Fault(
        id=state.next_id,
        kind=command.kind,
        since=step,
        until=until_of(command.kind, step, command.duration),
        targets=state.aim.checked(command.targets) if command.targets else None,
        duration=command.duration,
    )
    count = int(state.hit_by(fault, step).sum())
    if fault.targets and not count:
        raise CommandRejectedError("these targets reach no agent")
    data = {"fault": fault.id, "until": fault.until, "agents": count}
    title = f"fault {fault.id}: {fault.kind}" + (f" of {count} agents" if count else "")
    return Change(title, "fault", None, data, (fault, False), (fault, True))
