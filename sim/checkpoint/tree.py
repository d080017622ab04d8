"""Objects as a tree of plain JSON and named arrays, and back: no pickle, nothing executed.

What is *not* remembered is declared once (`Plan`): which attributes of a class are wiring and no
memory; and which dataclasses are plain values. Everything else that an object holds is saved,
whoever added it; what cannot be saved is an error and never left out in silence.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import CheckpointError

State = dict[str, NDArray[np.generic]]
"""Arrays by name; the name is the path of the attribute that holds it."""
_OURS = ("sim.consensus.", "sim.shard.", "sim.signatures.")
"""Packages whose objects are memory from end to end unless something else is declared."""
Json = Any
"""What `json` writes and reads back unchanged."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the objects of a tree remember."""

    wiring: Mapping[type, frozenset[str]]
    """Class of objects that are restored in place → attributes that are no memory."""
    values: tuple[type, ...]
    """Dataclasses that are built anew from their fields."""
    derived: Mapping[type, frozenset[str]] = field(default_factory=dict)
    """Dataclass → fields that it computes itself when it is built."""
    memory: Mapping[type, tuple[str, ...]] = field(default_factory=dict)
    """Class of which only these attributes are memory (where most are a library's)."""

    def fields(self, kind: type) -> tuple[dataclasses.Field[Any], ...]:
        """The fields of a dataclass that are memory."""
        derived = self.derived.get(kind, frozenset())
        return tuple(f for f in dataclasses.fields(kind) if f.name not in derived)

    def remembered(self, part: object) -> dict[str, Any]:
        """The attributes of an object that are memory."""
        found = vars(part)
        if type(part) in self.memory:
            return {name: found[name] for name in self.memory[type(part)]}
        wiring = self.wiring.get(type(part), frozenset())
        return {name: value for name, value in found.items() if name not in wiring}

    def is_part(self, value: object) -> bool:
        """Whether an object is restored in place: one that is declared, or one of ours."""
        kind = type(value)
        ours = kind.__module__.startswith(_OURS) and not dataclasses.is_dataclass(kind)
        return kind in self.wiring or kind in self.memory or ours


class Encoder:
    """Turns objects into trees and collects the arrays on the way, without copying them."""

    def __init__(self, plan: Plan) -> None:
        self.arrays: State = {}
        self._plan = plan

    def encode(self, value: Any, path: str) -> Json:
        """The tree of one value.

        Args:
            value: what is remembered.
            path: where it is, as a name for its arrays.

        Raises:
            CheckpointError: it is of a type that nobody has declared.
        """
        kind = type(value)
        if value is None or kind in (bool, int, float, str):
            return value
        if kind is np.ndarray:
            if path in self.arrays:
                raise CheckpointError(f"{path}: two arrays have this name")
            self.arrays[path] = value
            return {"array": path}
        if kind is bytes:
            return {"bytes": value.hex()}
        if kind in (tuple, list, deque):
            return {kind.__name__: self._items(value, path)}
        if kind is dict:
            return {"dict": [self._items(pair, f"{path}.{pair[0]}") for pair in value.items()]}
        return self._object(value, path)

    def _items(self, items: Iterable[Any], path: str) -> list[Json]:
        return [self.encode(item, f"{path}.{i}") for i, item in enumerate(items)]

    def _object(self, value: Any, path: str) -> Json:
        if type(value) in self._plan.values:
            names = [f.name for f in self._plan.fields(type(value))]
            content = {name: self.encode(getattr(value, name), f"{path}.{name}") for name in names}
            return {"value": [type(value).__name__, content]}
        if self._plan.is_part(value):
            remembered = self._plan.remembered(value)
            return {"part": {n: self.encode(v, f"{path}.{n}") for n, v in remembered.items()}}
        if hasattr(value, "state") and hasattr(value, "restore"):
            state = value.state()
            return {"state": {n: self.encode(a, f"{path}.{n}") for n, a in state.items()}}
        raise CheckpointError(f"{path}: a {type(value).__name__} is nothing that can be saved")


class Decoder:
    """Turns trees into values, and gives objects their memory back."""

    def __init__(self, plan: Plan, arrays: State) -> None:
        self._plan = plan
        self._arrays = arrays
        self._values = {kind.__name__: kind for kind in plan.values}

    def restore(self, part: object, node: Json) -> None:
        """Give an object what it remembered.

        Raises:
            CheckpointError: the tree is that of another object, or of another version.
        """
        content = node["part"]
        lacking = self._plan.remembered(part).keys() - content.keys()
        if lacking:
            raise CheckpointError(f"{type(part).__name__}: nothing is saved of {min(lacking)}")
        for name, child in content.items():
            self._give(part, name, child)

    def _give(self, part: object, name: str, node: Json) -> None:
        present = getattr(part, name, None)
        if isinstance(node, dict) and "part" in node:
            self.restore(present, node)
        elif isinstance(node, dict) and "state" in node and present is not None:
            state = {n: self.decode(child) for n, child in node["state"].items()}
            present.restore(state)
        elif isinstance(present, np.ndarray):
            _fill(present, self.decode(node), f"{type(part).__name__}.{name}")
        elif isinstance(present, deque):
            present.clear()
            present.extend(self.decode(node))
        else:
            setattr(part, name, self.decode(node))

    def decode(self, node: Json) -> Any:
        """The value of one tree."""
        if not isinstance(node, dict):
            return node
        ((kind, content),) = node.items()
        match kind:
            case "array":
                return self._arrays[content].copy()
            case "bytes":
                return bytes.fromhex(content)
            case "tuple":
                return tuple(map(self.decode, content))
            case "list":
                return list(map(self.decode, content))
            case "deque":
                return deque(map(self.decode, content))
            case "dict":
                return {self.decode(key): self.decode(value) for key, value in content}
            case "value":
                return self._built(*content)
        raise CheckpointError(f"a tree has a {kind!a}, which is nothing that was saved")

    def _built(self, name: str, content: dict[str, Json]) -> Any:
        kind = self._values[name]
        fields = {f.name: f for f in self._plan.fields(kind)}
        decoded = {n: self.decode(child) for n, child in content.items()}
        value = kind(**{n: v for n, v in decoded.items() if fields[n].init})
        for n, v in decoded.items():
            if not fields[n].init:
                object.__setattr__(value, n, v)  # a frozen one has no other way
        return value


def _fill(present: NDArray[np.generic], saved: NDArray[np.generic], name: str) -> None:
    """Write into the array that is there: others may hold a view of it."""
    if (saved.shape, saved.dtype) != (present.shape, present.dtype):
        raise CheckpointError(
            f"{name} is saved as {saved.dtype}{saved.shape}, expected"
            f" {present.dtype}{present.shape}"
        )
    present[...] = saved
