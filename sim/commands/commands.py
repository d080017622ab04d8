"""The commands, by whether they change the outcome, and the agents that they name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field

from sim.commands.faults import FAULTS, FaultKind
from sim.plugins.catalogue import BEHAVIOURS
from sim.plugins.choice import Choice

Behaviour = Annotated[str, Choice(BEHAVIOURS)]
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
        if not FAULTS[self.kind].strikes_agents:
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
