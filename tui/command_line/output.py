"""What the command line prints: one object, one line of error, or aligned text."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from sim.text import cut

_LONGEST_MESSAGE = 1000


def print_json(content: Mapping[str, Any]) -> None:
    """One object on one line of stdout, in ASCII; what JSON cannot say (NaN, infinity) is null."""
    click.echo(json.dumps(_plain(content), allow_nan=False))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "item") and not isinstance(value, (bool, int, float, str)):
        value = value.item()  # a NumPy scalar
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def one_line(text: str) -> str:
    """`text` as one printable line: runs of white space are one space, the rest is escaped."""
    return printable(cut(" ".join(text.split()), _LONGEST_MESSAGE))


def printable(text: str) -> str:
    """`text` with escapes in place of control and other invisible characters."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def complain(message: str) -> None:
    """The one line that explains a failure, on stderr."""
    click.echo(f"decsim-tui: error: {one_line(message)}", err=True)


def notify(message: str) -> None:
    """A line on stderr that is no failure."""
    click.echo(f"decsim-tui: {one_line(message)}", err=True)


def print_rows(rows: Iterable[Sequence[str]]) -> None:
    """Columns on stdout, each as wide as its widest cell."""
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())


def accept_any_text() -> None:
    """Let stdout and stderr escape what their encoding lacks instead of failing on it."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
