"""What a line asks for, and what it may refer to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sim.commands import Command
from sim.snapshot import Snapshot
from tui.keys.action import Action


class PromptError(ValueError):
    """A line that means nothing; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the words of a line may refer to."""

    snapshot: Snapshot
    chosen: tuple[int, ...] = ()
    """Agents that are selected on the map."""
    actions: tuple[Action, ...] = ()
    """What can be done now."""


@dataclass(frozen=True, slots=True)
class Give:
    """Hand a command to the engine."""

    command: Command


@dataclass(frozen=True, slots=True)
class Perform:
    """Do what a key does."""

    action: Action


@dataclass(frozen=True, slots=True)
class GoTo:
    """Look at a step on the timeline."""

    step: int


@dataclass(frozen=True, slots=True)
class ShowAgent:
    """Inspect an agent."""

    agent: int


@dataclass(frozen=True, slots=True)
class ShowSignature:
    """Inspect a signature."""

    signature: int


@dataclass(frozen=True, slots=True)
class Narrow:
    """Filter the list in use."""

    words: str


@dataclass(frozen=True, slots=True)
class SaveTo:
    """Save the configuration in force."""

    path: Path
    over: bool
    """Whether a file that exists is overwritten."""


@dataclass(frozen=True, slots=True)
class ListKeys:
    """Show the keys with the ids that `ui.keys` takes."""


Intent = Give | Perform | GoTo | ShowAgent | ShowSignature | Narrow | SaveTo | ListKeys
