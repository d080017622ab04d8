"""What goes over the pipe between a screen and the process of its engine.

Messages are pickled: both ends are one program started by one user, over a pipe that nobody else
can open. Nothing that comes from a file or a network is ever unpickled.
"""

from __future__ import annotations

import copyreg
import io
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from multiprocessing.connection import Connection
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sim.commands import Command
from sim.config.load import LoadedConfig
from sim.snapshot import Snapshot

Pipe = Connection


@dataclass(frozen=True, slots=True)
class OpenRun:
    """To the engine: make ready for a new run. Nothing is written before `Begin`."""

    loaded: LoadedConfig
    run_dir: Path | None
    steps: int | None = None
    """Step at which the run is finished."""
    paused: bool = False
    """Whether it waits for `Resume` or `Step`."""


@dataclass(frozen=True, slots=True)
class OpenRecorded:
    """To the engine: bring a recorded run to where it stood; answered by `Ready` or `Refused`."""

    run_dir: Path


@dataclass(frozen=True, slots=True)
class Begin:
    """To the engine: load and run."""


@dataclass(frozen=True, slots=True)
class Submit:
    """To the engine: a command under the ticket that the screen has given out for it."""

    ticket: int
    command: Command


@dataclass(frozen=True, slots=True)
class Detach:
    """To the engine: the screen leaves."""

    keep: bool = False
    """Whether the run goes on without it; else the process ends."""


@dataclass(frozen=True, slots=True)
class Advanced:
    """From the engine: this many recorded steps are recomputed."""

    steps: int


@dataclass(frozen=True, slots=True)
class Ready:
    """From the engine: a recorded run stands where it stood."""


@dataclass(frozen=True, slots=True)
class Refused:
    """From the engine: why a recorded run cannot go on."""

    error: Exception


@dataclass(frozen=True, slots=True)
class Delta:
    """From the engine: the fields of the snapshot that are other objects than in the one before."""

    changed: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ended:
    """From the engine: it has stopped, and everything is recorded. Refusals may still follow."""


@dataclass(frozen=True, slots=True)
class Prepend:
    """A list of the latest, latest first, that has grown at its head and may have lost its end."""

    new: tuple[Any, ...]
    kept: int


_NAMES = tuple(field.name for field in fields(Snapshot))
_GROWING = ("ledger", "journal")


def changes(before: Snapshot | None, after: Snapshot) -> dict[str, Any]:
    """Fields of `after` that are other objects than in `before`; all of them without a `before`."""
    every = {name: getattr(after, name) for name in _NAMES}
    if before is None:
        return every
    changed = {name: new for name, new in every.items() if new is not getattr(before, name)}
    for name in _GROWING:
        if name in changed:
            changed[name] = _prepend(getattr(before, name), changed[name])
    return changed


def merged(before: Snapshot, changed: Mapping[str, Any]) -> Snapshot:
    """The snapshot after `changes`; what did not change is the same object."""
    whole: dict[str, Any] = {
        name: (*new.new, *getattr(before, name)[: new.kept]) if isinstance(new, Prepend) else new
        for name, new in changed.items()
    }
    return replace(before, **whole)


def _prepend(before: tuple[Any, ...], after: tuple[Any, ...]) -> Prepend:
    """What is new at the head of `after`, if the rest is the head of `before`."""
    head = before[0] if before else None
    new = next((i for i, item in enumerate(after) if item is head), len(after))
    rest = after[new:]
    if len(rest) > len(before) or any(a is not b for a, b in zip(rest, before, strict=False)):
        return Prepend(after, 0)
    return Prepend(after[:new], len(rest))


def send(pipe: Pipe, message: object) -> None:
    """Send one message whole.

    Raises:
        OSError: the other end is gone.
    """
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, protocol=5)
    pickler.dispatch_table = _REDUCERS
    pickler.dump(message)
    pipe.send_bytes(buffer.getbuffer())


def receive(pipe: Pipe) -> Any:
    """Wait for the next message.

    Raises:
        EOFError: the other end is gone.
        OSError: likewise.
    """
    return pickle.loads(pipe.recv_bytes())  # noqa: S301 (from the other half of this program)


def _frozen(content: dict[Any, Any]) -> Mapping[Any, Any]:
    return MappingProxyType(content)


def _reduced(proxy: Mapping[Any, Any]) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    return _frozen, (dict(proxy),)


_REDUCERS = {**copyreg.dispatch_table, MappingProxyType: _reduced}
