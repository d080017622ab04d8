"""Pictures as bytes, part by part: what did not change is not sent, and stays the same object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar, get_type_hints

import msgspec
import numpy as np

from sim.commands import Order, command_of, kind_of, to_payload
from sim.errors import CommandRejectedError, HostError
from sim.host.messages import Picture
from sim.snapshot import Fate, JournalEntry, LedgerEntry, Snapshot

T = TypeVar("T")
_ENCODER = msgspec.msgpack.Encoder(enc_hook=lambda value: _plain(value))
_GROWING: Final = ("ledger", "journal")
"""Lists of the latest, latest first, that grow at their head and may lose their end."""


class _Growth(msgspec.Struct, Generic[T], frozen=True):
    """Such a list: what is new at its head, and how much of the one before follows."""

    new: tuple[T, ...]
    kept: int


class _Ordered(msgspec.Struct, frozen=True):
    kind: str
    payload: dict[str, Any]
    source: str
    ticket: int
    giver: str


class _Journaled(msgspec.Struct, frozen=True):
    """A `JournalEntry` with its order as plain data."""

    seq: int
    step: int
    order: _Ordered
    text: str
    old: str
    new: str
    fate: Fate
    reason: str


def parts_of(before: Snapshot | None, after: Snapshot) -> dict[str, msgspec.Raw]:
    """The encoded fields of `after` that are other objects than in `before`."""
    return {
        name: msgspec.Raw(_ENCODER.encode(_outgoing(name, getattr(before, name, ()), value)))
        for name in _FIELDS
        if (value := getattr(after, name)) is not getattr(before, name, None) or before is None
    }


def with_parts(before: Snapshot, picture: Picture) -> Snapshot:
    """The picture after `before`; what did not change is the same object.

    Raises:
        HostError: a part is not what it should be.
    """
    changed: dict[str, Any] = {}
    try:
        for name, raw in picture.parts.items():
            if name in _FIELDS:
                value = _FIELDS[name].decode(raw)
                changed[name] = _incoming(name, getattr(before, name), value)
    except (msgspec.MsgspecError, CommandRejectedError, ValueError, TypeError, KeyError) as error:
        raise HostError(f"a picture cannot be read: {ascii(str(error))[1:-1][:120]}") from None
    return replace(before, **changed)


def _outgoing(name: str, before: tuple[Any, ...], value: Any) -> Any:
    if name == "pending":
        return [_ordered(order) for order in value]
    if name not in _GROWING:
        return value
    new = _new_at_the_head(before, value)
    head = value[:new]
    if name == "journal":
        head = tuple(
            _Journaled(e.seq, e.step, _ordered(e.order), e.text, e.old, e.new, e.fate, e.reason)
            for e in head
        )
    return _Growth(head, len(value) - new)


def _incoming(name: str, before: tuple[Any, ...], value: Any) -> Any:
    if name == "pending":
        return tuple(_order(order) for order in value)
    if name not in _GROWING:
        return MappingProxyType(value) if isinstance(value, dict) else value
    head = value.new
    if name == "journal":
        head = tuple(
            JournalEntry(e.seq, e.step, _order(e.order), e.text, e.old, e.new, e.fate, e.reason)
            for e in head
        )
    return (*head, *before[: value.kept])


def _new_at_the_head(before: tuple[Any, ...], after: tuple[Any, ...]) -> int:
    """How much of `after` is new, if the rest is the head of `before`; else all of it."""
    head = before[0] if before else None
    new = next((i for i, item in enumerate(after) if item is head), len(after))
    rest = after[new:]
    if len(rest) > len(before) or any(a is not b for a, b in zip(rest, before, strict=False)):
        return len(after)
    return new


def _ordered(order: Order) -> _Ordered:
    command = order.command
    return _Ordered(kind_of(command), to_payload(command), order.source, order.ticket, order.giver)


def _order(order: _Ordered) -> Order:
    command = command_of(order.kind, order.payload)
    return Order(command, order.source, order.ticket, order.giver)


def _plain(value: Any) -> Any:
    """What msgspec does not know by itself."""
    if isinstance(value, np.ndarray):
        return {"dtype": value.dtype.str, "shape": list(value.shape), "data": value.tobytes()}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} is not sent")


def _array(expected: Any, value: Any) -> Any:
    """An array again; `expected` is a type that msgspec does not know."""
    dtype = np.dtype(value["dtype"])
    if dtype.kind not in "biuf":
        raise ValueError("an array of numbers was expected")
    return np.frombuffer(value["data"], dtype=dtype).reshape(value["shape"])


def _decoders() -> dict[str, msgspec.msgpack.Decoder[Any]]:
    """Field of a picture → what reads it."""
    kinds = get_type_hints(Snapshot)
    kinds |= {
        "pending": list[_Ordered],
        "journal": _Growth[_Journaled],
        "ledger": _Growth[LedgerEntry],
    }
    return {
        field.name: msgspec.msgpack.Decoder(kinds[field.name], dec_hook=_array)
        for field in fields(Snapshot)
    }


_FIELDS: Final = _decoders()
