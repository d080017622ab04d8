"""What a format of traffic files is: how it is recognised, and how it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sim.traffic.files.column import Column
from sim.traffic.files.layout import Head, Layout
from sim.traffic.files.schema import PLAIN, Schema


class Binary(Protocol):
    """An open file that is not text."""

    columns: list[str]
    """Names in file order."""

    def fill(self, columns: dict[str, Column], room: int) -> int:
        """Read up to `room` rows into `columns` and return how many there were."""


@dataclass(frozen=True, slots=True)
class Format:
    """One format; all that is told of it is told here.

    A table with a header (`tabular`) is recognised by `schema.required`. Other
    text is recognised and read by `recognise` and `layout`, other files by `magic` and `open`.
    """

    name: str
    """What a configuration calls it."""
    summary: str
    """What it is, in a few words."""
    schema: Schema = PLAIN
    """What its columns mean."""
    tabular: bool = False
    """Whether it is a delimited table whose header tells what it is."""
    general: bool = False
    """Whether it takes any file of its kind, and so is tried after all others."""
    recognise: Callable[[Head], bool] | None = None
    """Tells by the first lines whether a text file is of this format."""
    layout: Callable[[Head], Layout] | None = None
    """Tells how the rows of such a file are written; raises `TrafficError` for another file."""
    magic: bytes = b""
    """First bytes of a file of this format that is not text."""
    open: Callable[[Path], Binary] | None = None
    """Opens such a file."""


AUTO = Format("auto", "whichever format the content is of")
CSV = Format("csv", "any delimited table with a header", general=True)
