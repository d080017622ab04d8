"""The messages between an engine and whoever watches it: typed and versioned.

Both ends may be of different versions: the first message of each says which, and nothing else is
read from an end that speaks another protocol. Nothing that arrives is ever executed; what is not of
the declared type is refused.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import Any, Final

import msgspec

from sim.commands import Order, command_of, kind_of, to_payload
from sim.errors import CommandRejectedError, HostError

PROTOCOL: Final = 4
"""Counts the changes of this format."""
FIRST: Final = 1
"""Number of the viewer that an engine is started for; those who come later count on."""


class Hello(msgspec.Struct, tag=True, frozen=True):
    """The first word of a viewer."""

    protocol: int
    version: str
    giver: str = ""
    """Who gives the commands that follow."""
    read_only: bool = False
    watch: bool = True
    """False for who only asks how the run stands."""
    reads: bool = False
    """Whether rows of the record are asked for, and nothing else."""


class Welcome(msgspec.Struct, tag=True, frozen=True):
    """The answer to it: how the run stands, and the number of the viewer."""

    protocol: int
    version: str
    viewer: int
    pid: int
    run_dir: str = ""
    run_id: str = ""
    state: str = "loading"
    step: int = 0
    steps_per_s: float | None = None
    viewers: int = 1
    since: float = 0.0
    """When the engine began, seconds since the epoch."""
    loaded: bytes = b""
    """For who watches: the configuration that the run began with; see `sim.host.opening`."""


class Refusal(msgspec.Struct, tag=True, frozen=True):
    """The engine does not talk to this viewer."""

    reason: str


class OpenRun(msgspec.Struct, tag=True, frozen=True):
    """From the first viewer: make ready for a new run. Nothing is written before `Begin`."""

    loaded: bytes
    """The configuration; see `sim.host.opening`."""
    run_dir: bytes | None = None
    steps: int | None = None
    """Step at which the run is finished."""
    paused: bool = False
    """Whether it waits for `Resume` or `Step`."""


class OpenRecorded(msgspec.Struct, tag=True, frozen=True):
    """From the first viewer: bring a recorded run to where it stood.

    Answered by `Ready` or `Unusable`.
    """

    run_dir: bytes


class Begin(msgspec.Struct, tag=True, frozen=True):
    """From the first viewer: load and run."""

    group: int | None = None
    """Whose members may come in, too."""


class Advanced(msgspec.Struct, tag=True, frozen=True):
    """From the engine: this many recorded steps are recomputed."""

    steps: int


class Ready(msgspec.Struct, tag=True, frozen=True):
    """From the engine: a recorded run stands where it stood."""


class Unusable(msgspec.Struct, tag=True, frozen=True):
    """From the engine: why a recorded run cannot go on."""

    kind: str
    """Name of the class of the error, one of `sim.errors`."""
    reason: str


class Given(msgspec.Struct, tag=True, frozen=True):
    """A command under the ticket that its viewer gave it."""

    kind: str
    payload: dict[str, Any]
    ticket: int


class Heard(msgspec.Struct, tag=True, frozen=True):
    """From the engine: it is going to end, once the step in progress is done."""


class Detach(msgspec.Struct, tag=True, frozen=True):
    """The viewer leaves, and the run is to go on; whoever goes without this word is lost."""


class Picture(msgspec.Struct, tag=True, frozen=True):
    """The parts of a picture that are other objects than in the one sent before."""

    generation: int
    parts: dict[str, msgspec.Raw]


class Company(msgspec.Struct, tag=True, frozen=True):
    """From the engine: how many watch, whenever that changes."""

    viewers: int


class Read(msgspec.Struct, tag=True, frozen=True):
    """From who reads the record: these rows, both included; answered by `Rows`."""

    first: int
    last: int


class Rows(msgspec.Struct, tag=True, frozen=True):
    """Rows of the ledger in order, as its tables hold them."""

    rows: list[tuple[str, list[Any]]]
    """Table, and the values of all its columns, `seq` first."""
    givers: dict[int, str]
    """Who gave the commands among them, by `seq`."""
    withdrawals: dict[int, tuple[int, float]] = {}
    """What was taken back in steps that end among them: step and share, by signature."""


class Over(msgspec.Struct, tag=True, frozen=True):
    """The run has ended, and everything is recorded."""


Message = (
    Hello
    | Welcome
    | Refusal
    | OpenRun
    | OpenRecorded
    | Begin
    | Advanced
    | Ready
    | Unusable
    | Given
    | Heard
    | Detach
    | Picture
    | Company
    | Read
    | Rows
    | Over
)
_ENCODER = msgspec.msgpack.Encoder()
_DECODER: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)


@cache
def own_version() -> str:
    """The version of this program, read once: later its files may be out of reach."""
    return version("decsim-tui")


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
