"""What the objects of a class remember between two steps: each class declares its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.errors import CheckpointError


@dataclass(frozen=True, slots=True)
class Memory:
    """A class declares one of these as its attribute `memory`.

    Everything that an object holds is memory, whoever added it, unless its class says otherwise;
    what cannot be saved is an error and never left out in silence.
    """

    without: tuple[str, ...] = ()
    """Attributes that are none: wiring, what is computed from others, and what is of one step."""
    only: tuple[str, ...] | None = None
    """The attributes that are memory, where most are a library's."""
    values: tuple[type, ...] = ()
    """Dataclasses that its attributes may hold; they are built anew from their fields."""


def is_part(kind: type) -> bool:
    """Whether objects of a class are restored in place."""
    return isinstance(declared(kind), Memory) and not dataclasses.is_dataclass(kind)


def remembered(part: object) -> dict[str, Any]:
    """The attributes of an object that are memory."""
    memory, attributes = _memory_of(type(part)), vars(part)
    if memory.only is not None:
        return {name: attributes[name] for name in memory.only}
    return {name: value for name, value in attributes.items() if name not in memory.without}


def fields(kind: type) -> tuple[dataclasses.Field[Any], ...]:
    """The fields of a dataclass that are memory."""
    without = _memory_of(kind).without
    return tuple(field for field in dataclasses.fields(kind) if field.name not in without)


def values_in(kind: type) -> Mapping[str, type]:
    """Dataclasses, by name, that may be found in the attributes of a class, at any depth."""
    known: dict[str, type] = {}
    waiting = list(_memory_of(kind).values)
    while waiting:
        value = waiting.pop()
        if known.setdefault(value.__name__, value) is not value:
            raise CheckpointError(f"{kind.__name__} holds two classes named {value.__name__}")
        waiting += [v for v in _memory_of(value).values if v.__name__ not in known]
    return known


def declared(kind: type) -> Memory | None:
    """What a class declares, if it declares anything."""
    memory = getattr(kind, "memory", None)
    return memory if isinstance(memory, Memory) else None


def _memory_of(kind: type) -> Memory:
    return declared(kind) or Memory()
