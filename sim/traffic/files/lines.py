"""Lines of a text file with their numbers, in blocks, of bounded length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sim.traffic.files.source import Source, check_text
from sim.traffic.files.text import error

MAX_LINE = 1 << 20
"""Most bytes in one line."""

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive lines of a file."""

    first: int
    """Number of the first line; a file begins with line 1."""

    lines: list[bytes]
    """The lines without their ends."""


def read_blocks(source: Source) -> Iterator[Block]:
    r"""Yield the lines of `source`; ends may be `\n` or `\r\n`.

    Raises:
        TrafficError: Not text, a line is too long, or holds a NUL or a lone carriage return.
    """
    rest, number, begun = b"", 1, False
    while data := source.read():
        if not begun:
            check_text(source.path, data)
            data, begun = data.removeprefix(_BOM), True
        lines = (rest + data).split(b"\n")
        rest = lines.pop()
        if lines:
            yield _checked(source, number, lines)
            number += len(lines)
        if len(rest) > MAX_LINE:
            raise _too_long(source, number)
    if rest:
        yield _checked(source, number, [rest])


def _checked(source: Source, first: int, lines: list[bytes]) -> Block:
    if max(map(len, lines)) > MAX_LINE:
        raise _too_long(source, first + next(i for i, x in enumerate(lines) if len(x) > MAX_LINE))
    lines = [line.removesuffix(b"\r") for line in lines]
    joined = b"\n".join(lines)
    for byte, name in ((b"\x00", "a NUL byte"), (b"\r", "a carriage return inside the line")):
        at = joined.find(byte)
        if at >= 0:
            line = first + joined.count(b"\n", 0, at)
            raise error(source.path, f"{name}; expected text", line)
    return Block(first, lines)


def _too_long(source: Source, line: int) -> Exception:
    return error(source.path, f"longer than {MAX_LINE:,} bytes; expected one flow a line", line)
