"""What can be asked of a running simulation: frozen, plain, serialisable requests.

Steering commands change the outcome: they are applied between steps and journaled in the ledger.
Control commands only decide when the next step happens or what the snapshot shows; they are never
journaled, because (config, seed, journal) decides everything without them. A command travels as an
`Order`, from whoever gives it until it is journaled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from sim.errors import CommandRejectedError
from sim.plugins.catalogue import BEHAVIOURS
from sim.plugins.choice import Choice
from sim.text import nearest, quoted, shown

AgentFault = Literal["agent_crash", "broadcast_failure", "refit_failure", "cache_corruption"]
"""Faults of agents: part of what is simulated, they change what comes out."""
EnvironmentFault = Literal[
    "ledger_locked", "slow_disk", "disk_full", "corrupt_page", "worker_lost", "memory_pressure"
]
"""Faults of what the run stands on: they strike no agents and never change what comes out."""
Behaviour = Annotated[str, Choice(BEHAVIOURS)]
FaultKind = Literal[AgentFault, EnvironmentFault]
_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class Targets:
    """Which agents something reaches: a share, named agents, or a region of the grid.

    Exactly one of `fraction`, `agents` and `centre` is given. A region grows by `spread` cells in
    each step, which is how a worm moves.
    """

    fraction: Annotated[float, Field(gt=0, le=1)] | None = None
    """Share of the agents, drawn by keyed hash."""
    agents: tuple[Annotated[int, Field(ge=0)], ...] = ()
    """Ids."""
    centre: tuple[int, int] | None = None
    """Column and row of the middle of a region of the grid."""
    radius: Annotated[float, Field(ge=0)] = 1.0
    """Cells from the middle that are reached at once."""
    spread: Annotated[float, Field(ge=0)] = 0.0
    """Cells by which the radius grows in each step."""

    __pydantic_config__ = _STRICT

    def __post_init__(self) -> None:
        given = (self.fraction is not None) + bool(self.agents) + (self.centre is not None)
        if given != 1:
            raise ValueError("give exactly one of fraction, agents and centre")

    def covers(self, column: Any, row: Any, age: int = 0) -> Any:
        """Whether cells lie in the region, `age` steps after it began to grow.

        Args:
            column: of the grid; a number or an array.
            row: likewise.
            age: steps.
        """
        assert self.centre is not None
        squared = (column - self.centre[0]) ** 2 + (row - self.centre[1]) ** 2
        return squared <= (self.radius + self.spread * age) ** 2

    def count(self, population: int) -> int:
        """How many agents a share of the population is."""
        return max(1, round((self.fraction or 0.0) * population))


@dataclass(frozen=True, slots=True)
class SetParameter:
    """Give a live parameter a new value."""

    key: str
    value: bool | int | float | str

    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class InjectAttack:
    """Mix attack flows into the traffic of some agents."""

    kind: str
    """One of `snapshot.attack_kinds`."""
    intensity: Annotated[float, Field(gt=0, le=1)] = 0.6
    """Share of the flows of a reached agent that the attack takes up, and how far they deviate."""
    duration: Annotated[int, Field(ge=1, le=1_000_000)] = 30
    """Steps."""
    targets: Targets = Targets(fraction=0.25)

    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class StopAttack:
    """End an attack before its time."""

    attack: Annotated[int, Field(ge=0)]
    """Id of the attack, as in `snapshot.attacks`."""

    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class SetAdversaries:
    """Make some agents misbehave, or (`honest`) behave again."""

    behaviour: Behaviour
    targets: Targets = Targets(fraction=0.2)

    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class InjectFault:
    """Break something on purpose."""

    kind: FaultKind
    targets: Targets | None = Targets(fraction=0.1)
    """None for what strikes no agents."""
    duration: Annotated[int, Field(ge=1, le=1_000_000)] = 10
    """Steps until it heals; of `ledger_locked` and `disk_full`, attempts to write that fail."""

    __pydantic_config__ = _STRICT

    def __post_init__(self) -> None:
        if self.kind in get_args(EnvironmentFault):
            object.__setattr__(self, "targets", None)
        elif self.targets is None:
            raise ValueError(f"{self.kind} strikes agents: give targets")


@dataclass(frozen=True, slots=True)
class Undo:
    """Take back the last steering command that is not taken back yet."""

    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class Redo:
    """Do again what was last undone."""

    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop after the step that is under way."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on."""


@dataclass(frozen=True, slots=True)
class Step:
    """Do this many steps, then pause."""

    steps: Annotated[int, Field(ge=1, le=1_000_000)] = 1


Figure = Literal[
    "step", "alerts", "attacked", "attacks", "adversaries", "quarantined", "stopped", "published",
    "pending", "accepted", "rejected", "expired", "attack_accepted", "false_alarm_accepted",
    "poison_accepted", "errors",
]  # fmt: skip
"""What a condition may look at."""
Relation = Literal["<", "<=", "==", ">=", ">"]


@dataclass(frozen=True, slots=True)
class Condition:
    """A figure of the run against a number, e.g. `poison_accepted > 0`."""

    figure: Figure
    relation: Relation
    value: float

    __pydantic_config__ = _STRICT

    def __str__(self) -> str:
        return f"{self.figure} {self.relation} {self.value:g}"


@dataclass(frozen=True, slots=True)
class PauseWhen:
    """Pause once, after the first step at whose end this holds; None forgets it."""

    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Inspect:
    """Have an agent, a signature, or a parameter at another value, in the snapshots from now on."""

    agent: int | None = None
    signature: int | None = None
    knob: str = ""
    value: float = 0.0


@dataclass(frozen=True, slots=True)
class SetPace:
    """Do this many steps per second; 0 is full speed. Pace belongs to whoever watches."""

    steps_per_second: Annotated[float, Field(ge=0, le=1_000_000)]


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take back a command that waits for the next step, as if it had never been given."""

    ticket: Annotated[int, Field(gt=0)]


@dataclass(frozen=True, slots=True)
class Stop:
    """End the run and close the ledger."""


Steering = SetParameter | InjectAttack | StopAttack | SetAdversaries | InjectFault | Undo | Redo
Control = Pause | PauseWhen | Resume | Step | SetPace | Withdraw | Inspect | Stop
Command = Steering | Control
PACE: Final = "simulation.steps_per_second"
"""The parameter that `SetPace` stands for while a run is watched."""
VIEWER_BITS: Final = 32
"""Viewer `n` counts its tickets from `n << VIEWER_BITS`, so that no two viewers share one."""


@dataclass(frozen=True, slots=True)
class Order:
    """A command on its way, from whoever gives it until it is journaled."""

    command: Command
    source: str = "live"
    """`live`, `scenario`, or what a journal says."""
    ticket: int = 0
    """Under which its giver waits for an answer, > 0; 0 where nobody does: what a scenario gives
    and what a replay repeats is recorded in any case."""
    giver: str = ""
    """Who gave it, where that is known."""

    @property
    def viewer(self) -> int:
        """Number of the viewer that gave it."""
        return self.ticket >> VIEWER_BITS


def kind_of(command: object) -> str:
    """Name of a command in scenarios and journals: `InjectAttack` is `inject_attack`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(command).__name__).lower()


STEERING_KINDS: dict[str, type[Any]] = {
    re.sub(r"(?<!^)(?=[A-Z])", "_", c.__name__).lower(): c for c in get_args(Steering)
}
CONTROL_KINDS: dict[str, type[Any]] = {
    re.sub(r"(?<!^)(?=[A-Z])", "_", c.__name__).lower(): c for c in get_args(Control)
}


def to_payload(command: Command) -> dict[str, Any]:
    """The arguments of a command as plain data, without what is default in `targets`."""
    payload = asdict(command)
    targets = getattr(command, "targets", None)
    if is_dataclass(targets):
        payload["targets"] = {
            f.name: list(v) if isinstance(v := getattr(targets, f.name), tuple) else v
            for f in fields(targets)
            if getattr(targets, f.name) != f.default
        }
    elif isinstance(command, InjectFault):
        del payload["targets"]
    return payload


def describe(command: Command) -> str:
    """A command in a few words for people."""
    match command:
        case SetParameter(key, value):
            return f"{key} → {value}"
        case InjectAttack(kind, _, duration, targets):
            return f"attack {kind} for {duration} steps on {_whom(targets)}"
        case StopAttack(attack):
            return f"end attack {attack}"
        case SetAdversaries(behaviour, targets):
            return f"{behaviour}: {_whom(targets)}"
        case InjectFault(kind, targets, duration):
            whom = f" steps on {_whom(targets)}" if targets else ""
            return f"fault {kind} for {duration}{whom}"
        case _:
            return kind_of(command)


def _whom(targets: Targets) -> str:
    if targets.fraction is not None:
        return f"{targets.fraction:.0%} of the agents"
    if targets.centre is not None:
        return f"the region around {targets.centre[0]},{targets.centre[1]}"
    return f"{len(targets.agents)} named agents"


def from_payload(kind: str, payload: Mapping[str, Any] | None) -> Steering:
    """The command that `kind` and `payload` describe.

    Raises:
        CommandRejectedError: unknown kind, or unusable arguments; the message says which.
    """
    command: Steering = _made(STEERING_KINDS, kind, payload)
    return command


def command_of(kind: str, payload: Mapping[str, Any] | None) -> Command:
    """The same for all commands, control included: what arrives from another process.

    Raises:
        CommandRejectedError: unknown kind, or unusable arguments; the message says which.
    """
    command: Command = _made({**STEERING_KINDS, **CONTROL_KINDS}, kind, payload)
    return command


def _made(kinds: Mapping[str, type[Any]], kind: str, payload: Mapping[str, Any] | None) -> Any:
    found = kinds.get(kind)
    if found is None:
        raise CommandRejectedError(f"unknown command {quoted(kind)}{nearest(kind, kinds)}")
    if payload is not None and not isinstance(payload, Mapping):
        raise CommandRejectedError(
            f"{kind}: expected a mapping of arguments, not {quoted(payload)}"
        )
    try:
        return TypeAdapter(found).validate_python(dict(payload or {}))
    except ValidationError as error:
        raise CommandRejectedError(f"{kind}: {_first(error)}") from None


def _first(error: ValidationError) -> str:
    """The first finding of a validation error as one line."""
    finding = error.errors()[0]
    where = ".".join(shown(part) for part in finding["loc"])
    message = finding["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    given = quoted(finding["input"])
    return f"{where}: {message}, not {given}" if where else f"{message}, not {given}"
