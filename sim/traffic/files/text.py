"""Text from files, made fit for a message or a name: printable, on one line, bounded."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sim.errors import TrafficError
from sim.text import printable

NAME_LIMIT = 64
_VALUE_LIMIT = 40
_BRACKETS = str.maketrans("[]", "()")


def clean(text: str, limit: int = NAME_LIMIT) -> str:
    """Return `text` without control, bidi and other unprintable characters.

    White space becomes single spaces. Square brackets become round ones, because terminal markup
    is written in square ones; U+FFFD, left by a lost encoding, becomes a hyphen.
    """
    spaced = "".join(" " if c.isspace() else c for c in text[: 4 * limit])
    printable = "".join(c for c in spaced if c.isprintable()).replace("\ufffd", "-")
    return " ".join(printable.translate(_BRACKETS).split())[:limit].rstrip()


def shown(value: object) -> str:
    """Return a value of a file as it may stand in a message: quoted, escaped, cut."""
    text = value if isinstance(value, str) else str(value)
    if len(text) > _VALUE_LIMIT:
        text = text[: _VALUE_LIMIT - 1] + "…"
        return ascii(text[:-1])[:-1] + "...'"
    return ascii(text)


def listed(names: Iterable[str], limit: int = 8) -> str:
    """Join names for a message: the first `limit`, then how many more."""
    every = [clean(name) for name in names]
    more = len(every) - limit
    return ", ".join(every[:limit]) + (f" and {more} more" if more > 0 else "")


class NoTrafficError(TrafficError):
    """A file is whole and no traffic: alone it is refused, among several it is left out."""

    def __init__(self, path: Path, message: str, line: int | None = None) -> None:
        super().__init__(str(error(path, message, line)))
        self.message = message
        self.line = line


class NoRowsError(NoTrafficError):
    """A file has no rows."""


def error(path: Path, message: str, line: int | None = None) -> TrafficError:
    """Return the error for a file: one line that begins with the path and the line number."""
    where = printable(str(path)) + (f", line {line}" if line is not None else "")
    return TrafficError(f"{where}: {message}")
