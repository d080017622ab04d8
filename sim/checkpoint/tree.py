"""Objects as a tree of plain JSON and named arrays, and back: no pickle, nothing executed."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.expect import hints_of, typed
from sim.checkpoint.memory import fields, is_part, remembered, values_in
from sim.errors import CheckpointError

State = dict[str, NDArray[np.generic]]
"""Arrays by name; the name is the path of the attribute that holds it."""
Json = Any
"""What `json` writes and reads back unchanged."""
Values = Mapping[str, type]
"""Dataclasses by name that may be met."""
_TREE = "tree"
UNFIT = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


def state_of(part: object, name: str) -> State:
    """The memory of an object as arrays that nobody else changes.

    Args:
        part: an object whose class declares its memory.
        name: begins the names of its arrays.

    Raises:
        CheckpointError: it holds something that nobody has declared.
    """
    encoder = Encoder()
    tree = encoder.encode(part, name)
    return {n: array.copy() for n, array in encoder.arrays.items()} | {_TREE: as_array(tree)}


def restore(part: object, state: State) -> None:
    """Give an object the memory of another one of its kind.

    Raises:
        CheckpointError: the state is not that of such an object.
    """
    try:
        decoder = Decoder(state)
        decoder.restore(part, from_array(state[_TREE]))
    except UNFIT as error:
        raise CheckpointError(f"{type(error).__name__}: {error}") from error
    unknown = state.keys() - decoder.used - {_TREE}
    if unknown:
        raise CheckpointError(f"{min(unknown)[:60]!a} is nothing that was saved")


def as_array(tree: Json) -> NDArray[np.uint8]:
    """Plain data as the bytes of its JSON."""
    return np.frombuffer(json.dumps(tree).encode(), dtype=np.uint8)


def from_array(array: NDArray[np.generic]) -> Json:
    """The inverse of `as_array`."""
    return json.loads(array.tobytes())


class Encoder:
    """Turns objects into trees and collects the arrays on the way, without copying them."""

    def __init__(self) -> None:
        self.arrays: State = {}

    def encode(self, value: Any, path: str, known: Values | None = None) -> Json:
        """The tree of one value.

        Args:
            value: what is remembered.
            path: where it is, as a name for its arrays.
            known: dataclasses that may be met here.

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
            return {kind.__name__: self._items(value, path, known)}
        if kind is dict:
            pairs = value.items()
            return {"dict": [self._items(pair, f"{path}.{pair[0]}", known) for pair in pairs]}
        return self._object(value, path, known or {})

    def _items(self, items: Iterable[Any], path: str, known: Values | None) -> list[Json]:
        return [self.encode(item, f"{path}.{i}", known) for i, item in enumerate(items)]

    def _object(self, value: Any, path: str, known: Values) -> Json:
        kind = type(value)
        if known.get(kind.__name__) is kind:
            names = [field.name for field in fields(kind)]
            content = {n: self.encode(getattr(value, n), f"{path}.{n}", known) for n in names}
            return {"value": [kind.__name__, content]}
        if is_part(kind):
            inside = values_in(kind)
            memory = remembered(value).items()
            return {"part": {n: self.encode(v, f"{path}.{n}", inside) for n, v in memory}}
        if hasattr(value, "state") and hasattr(value, "restore"):
            state = value.state()
            return {"state": {n: self.encode(a, f"{path}.{n}") for n, a in state.items()}}
        raise CheckpointError(f"{path}: a {kind.__name__} is nothing that can be saved")


class Decoder:
    """Turns trees into values, and gives objects their memory back."""

    def __init__(self, arrays: State) -> None:
        self._arrays = arrays
        self.used: set[str] = set()
        """Names of the arrays that were asked for."""

    def restore(self, part: object, node: Json) -> None:
        """Give an object what it remembered.

        Raises:
            CheckpointError: the tree is that of another object, or of another version.
        """
        content, kind = node["part"], type(part)
        if not is_part(kind):
            raise CheckpointError(f"a {kind.__name__} has no memory of its own")
        lacking = remembered(part).keys() - content.keys()
        if lacking:
            raise CheckpointError(f"{kind.__name__}: nothing is saved of {min(lacking)}")
        unknown = content.keys() - remembered(part).keys()
        if unknown:
            raise CheckpointError(f"{kind.__name__}: has no {min(unknown)[:60]!a}")
        known = values_in(kind)
        for name, child in content.items():
            self._give(part, name, child, known)
        check = getattr(part, "check_memory", None)
        if check is not None:
            check()

    def _give(self, part: object, name: str, node: Json, known: Values) -> None:
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
            present.extend(self.decode(node, known))
        else:
            value = self.decode(node, known)
            if not _may_be(present, value):
                where = f"{type(part).__name__}.{name}"
                raise CheckpointError(f"{where} is saved as a {type(value).__name__}")
            setattr(part, name, value)

    def decode(self, node: Json, known: Values | None = None) -> Any:
        """The value of one tree.

        Args:
            node: the tree.
            known: dataclasses that it may hold.
        """
        if not isinstance(node, dict):
            return node
        ((kind, content),) = node.items()
        match kind:
            case "array":
                self.used.add(content)
                return self._arrays[content].copy()
            case "bytes":
                return bytes.fromhex(content)
            case "tuple":
                return tuple(self._all(content, known))
            case "list":
                return self._all(content, known)
            case "deque":
                return deque(self._all(content, known))
            case "dict":
                return {self.decode(k, known): self.decode(v, known) for k, v in content}
            case "value":
                name, inside = content
                return self._built(name, inside, known or {})
        raise CheckpointError(f"a tree has a {kind!a}, which is nothing that was saved")

    def _all(self, nodes: Iterable[Json], known: Values | None) -> list[Any]:
        return [self.decode(node, known) for node in nodes]

    def _built(self, name: str, content: dict[str, Json], known: Values) -> Any:
        if name not in known:
            raise CheckpointError(f"a tree has a {name!a}, which is nothing that was saved")
        kind = known[name]
        decoded = {n: self.decode(child, known) for n, child in content.items()}
        hints = hints_of(kind)
        if decoded.keys() != {field.name for field in fields(kind)}:
            raise CheckpointError(f"a {name} has other fields than were saved")
        for field, value in decoded.items():
            typed(f"{name}.{field}", value, hints[field])
        return kind(**decoded)


def _may_be(present: object, value: object) -> bool:
    """Tell whether a value can take the place of another: nothing that others rely on is lost."""
    if value is None:
        # It stands for what is not there (yet): it has no index and no length.
        return present is None or not (is_part(type(present)) or hasattr(present, "restore"))
    if present is None:
        return True
    if isinstance(present, dict) and isinstance(value, dict):
        return all(k in value and type(value[k]) is type(v) for k, v in present.items())
    return type(value) is type(present)


def _fill(present: NDArray[np.generic], saved: NDArray[np.generic], name: str) -> None:
    """Write into the array that is there: others may hold a view of it."""
    if (saved.shape, saved.dtype) != (present.shape, present.dtype):
        raise CheckpointError(
            f"{name} is saved as {saved.dtype}{saved.shape}, expected"
            f" {present.dtype}{present.shape}"
        )
    present[...] = saved
