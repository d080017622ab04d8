"""What goes over the socket of an engine: typed, versioned messages, and pictures part by part.

Both ends may be of different versions: the first message of each says which, and nothing else is
read from an end that speaks another protocol. Nothing that arrives is ever executed; what is not of
the declared type is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any, Final, get_type_hints

import msgspec
import numpy as np

from sim.commands import Order, command_of, kind_of, to_payload
from sim.errors import CommandRejectedError, HostError
from sim.snapshot import Fate, JournalEntry, Snapshot

PROTOCOL: Final = 1
"""Counts the changes of this format."""


class Hello(msgspec.Struct, tag=True, frozen=True):
    """The first word of a viewer."""

    protocol: int
    version: str
    giver: str = ""
    """Who gives the commands that follow."""
    read_only: bool = False
    watch: bool = True
    """False for who only asks how the run stands."""


class Welcome(msgspec.Struct, tag=True, frozen=True):
    """The answer to it: how the run stands, and the number of the viewer."""

    protocol: int
    version: str
    viewer: int
    pid: int
    run_dir: str
    run_id: str
    state: str
    step: int
    steps_per_s: float | None
    viewers: int


class Refusal(msgspec.Struct, tag=True, frozen=True):
    """The engine does not talk to this viewer."""

    reason: str


class Given(msgspec.Struct, tag=True, frozen=True):
    """A command under the ticket that its viewer gave it."""

    kind: str
    payload: dict[str, Any]
    ticket: int


class Picture(msgspec.Struct, tag=True, frozen=True):
    """The parts of a picture that are other objects than in the one sent before."""

    generation: int
    parts: dict[str, msgspec.Raw]


class Over(msgspec.Struct, tag=True, frozen=True):
    """The run has ended, and everything is recorded."""


Message = Hello | Welcome | Refusal | Given | Picture | Over
_ENCODER = msgspec.msgpack.Encoder(enc_hook=lambda value: _plain(value))
_DECODER: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)


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


def encode(message: Message) -> bytes:
    """A message as bytes."""
    return _ENCODER.encode(message)


def decode(data: bytes) -> Message:
    """The message that these bytes are.

    Raises:
        HostError: they are none.
    """
    try:
        return _DECODER.decode(data)
    except (msgspec.MsgspecError, ValueError) as error:
        raise HostError(f"a message cannot be read: {ascii(str(error))[1:-1][:120]}") from None


def given(order: Order) -> Given:
    """An order on its way to the engine."""
    return Given(kind_of(order.command), to_payload(order.command), order.ticket)


def order_of(message: Given, giver: str) -> Order:
    """The order that arrived.

    Raises:
        HostError: it is no command.
    """
    try:
        return Order(command_of(message.kind, message.payload), "live", message.ticket, giver)
    except CommandRejectedError as error:
        raise HostError(str(error)) from None


def parts_of(before: Snapshot | None, after: Snapshot) -> dict[str, msgspec.Raw]:
    """The encoded fields of `after` that are other objects than in `before`."""
    return {
        name: msgspec.Raw(_ENCODER.encode(_outgoing(name, value)))
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
                changed[name] = _incoming(name, _FIELDS[name].decode(raw))
    except (msgspec.MsgspecError, CommandRejectedError, ValueError, TypeError, KeyError) as error:
        raise HostError(f"a picture cannot be read: {ascii(str(error))[1:-1][:120]}") from None
    return replace(before, **changed)


def _outgoing(name: str, value: Any) -> Any:
    if name == "pending":
        return [_ordered(order) for order in value]
    if name == "journal":
        return [
            _Journaled(e.seq, e.step, _ordered(e.order), e.text, e.old, e.new, e.fate, e.reason)
            for e in value
        ]
    return value


def _incoming(name: str, value: Any) -> Any:
    if name == "pending":
        return tuple(_order(order) for order in value)
    if name == "journal":
        return tuple(
            JournalEntry(e.seq, e.step, _order(e.order), e.text, e.old, e.new, e.fate, e.reason)
            for e in value
        )
    return MappingProxyType(value) if isinstance(value, dict) else value


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
    kinds |= {"pending": list[_Ordered], "journal": list[_Journaled]}
    return {
        field.name: msgspec.msgpack.Decoder(kinds[field.name], dec_hook=_array)
        for field in fields(Snapshot)
    }


_FIELDS: Final = _decoders()
