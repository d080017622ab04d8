"""One checkpoint: where a run stood after a step, and all that it remembered then."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from sim.checkpoint.tree import State
from sim.errors import CheckpointError
from sim.text import quoted

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Header:
    """What a checkpoint says about itself."""

    step: int
    """Steps done."""
    head: str
    """Head of the ledger after that step, hex."""
    length: int
    """Rows of the ledger after that step, the genesis included."""
    config: str
    """Digest of the configuration that the run began with."""
    versions: dict[str, str]
    """Library → version. Models are fitted again from their training flows: another version may
    fit others."""
    format: int = FORMAT


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A header and the memory that belongs to it."""

    header: Header
    state: State
    vouched: bool = True
    """Whether it was written here, by this user; another one is not to be believed."""


def header_text(header: Header) -> str:
    """The header as JSON."""
    return json.dumps(asdict(header), sort_keys=True)


def header_from(text: str) -> Header:
    """The header in a JSON text.

    Raises:
        CheckpointError: it is that of another format.
        ValueError: it is none.
        TypeError: it lacks a field, or has another one.
    """
    content = json.loads(text)
    if content["format"] != FORMAT:
        raise CheckpointError(f"has format {quoted(content['format'])}, expected {FORMAT}")
    header = Header(**content)
    for name, kind in (("step", int), ("head", str), ("length", int), ("config", str)):
        if type(getattr(header, name)) is not kind:
            raise TypeError(f"{name} is no {kind.__name__}")
    return header
