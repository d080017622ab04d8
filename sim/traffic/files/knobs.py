"""What a person says of a file that cannot be seen in it."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from sim.errors import TrafficError
from sim.traffic.files.names import key, spelled
from sim.traffic.files.text import shown

_DELIMITERS = {
    "auto": "auto", "comma": ",", "tab": "\t", "\\t": "\t", "semicolon": ";", "pipe": "|",
    "space": " ", "blank": " ", "colon": ":",
}  # fmt: skip
_DECIMALS = ("auto", "point", "comma")


@dataclass(frozen=True, slots=True)
class Knobs:
    """The settings of `traffic` that tell how a file is written; see `make_knobs`."""

    header: str = "auto"
    """`auto`, `first`, `none`, names separated by commas, or a file of names."""
    delimiter: str = "auto"
    """`auto` or one character."""
    decimal: str = "auto"
    """`auto`, `point` or `comma`."""
    encoding: str = "auto"
    """`auto` or an encoding that Python knows."""
    exclude: tuple[str, ...] = ()
    """Columns that are no features, names or patterns, as keys."""
    member: str = ""
    """Files of a folder or archive that are read, a name or pattern; empty is all."""
    benign: tuple[str, ...] = ()
    """Labels that mean benign traffic, in lower case."""
    labels: str = ""
    """A file with one label a row; empty for none."""
    first: bool = False
    """Whether columns are told apart as in version 0.1."""


def make_knobs(
    *,
    header: str = "auto",
    delimiter: str = "auto",
    decimal: str = "auto",
    encoding: str = "auto",
    exclude: str = "",
    member: str = "",
    benign: str = "",
    labels: str = "",
    reading: str = "content",
) -> Knobs:
    """Return the settings as they are used.

    Raises:
        TrafficError: One of them is none of what is expected.
    """
    stripped = delimiter.strip() or delimiter[:1]
    character = _DELIMITERS.get(stripped.casefold(), stripped)
    if character != "auto" and (
        len(character) != 1 or character in "\"'\n\r" or character.isalnum()
    ):
        raise _unusable(
            "delimiter", delimiter, "auto, comma, semicolon, tab, pipe, space or one character"
        )
    if decimal not in _DECIMALS:
        raise _unusable("decimal", decimal, "auto, point or comma")
    if decimal == "comma" and character == ",":
        raise _unusable("decimal", decimal, "point, as a comma stands between the fields")
    return Knobs(
        header.strip() or "auto",
        character,
        decimal,
        _encoding(encoding.strip()),
        tuple(map(key, spelled(exclude))),
        member.strip(),
        tuple(b.casefold() for b in spelled(benign)),
        labels.strip(),
        reading == "names",
    )


def _encoding(name: str) -> str:
    if name.casefold() in ("", "auto"):
        return "auto"
    try:
        known = codecs.lookup(name)
        known.incrementaldecoder().decode(b"")
        text = isinstance(known.decode(b"")[0], str)
    except (LookupError, TypeError, ValueError, UnicodeError):
        text = False
    if not text:
        raise _unusable("encoding", name, "auto or an encoding such as utf-8, cp1252, utf-16")
    return known.name


def _unusable(name: str, value: str, expected: str) -> TrafficError:
    return TrafficError(f"traffic.{name}: {shown(value)}: expected {expected}")
