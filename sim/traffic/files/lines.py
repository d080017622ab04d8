"""Lines of a text file with their numbers, in blocks, of bounded length."""

from __future__ import annotations

import codecs
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from sim.traffic.files.magic import check_text
from sim.traffic.files.source import Source
from sim.traffic.files.text import error

MAX_LINE = 1 << 20
"""Most bytes in one line."""

_BOM = b"\xef\xbb\xbf"
_WIDE = (b"\xff\xfe", b"\xfe\xff")
"""The marks of UTF-16."""


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive lines of a file."""

    first: int
    """Number of the first line; a file begins with line 1."""

    lines: list[bytes]
    """The lines without their ends, in UTF-8 if the file is in a known encoding."""

    recoded: bool = False
    """Whether they were Windows-1252."""


def read_blocks(source: Source, encoding: str = "auto") -> Iterator[Block]:
    r"""Yield the lines of `source` in UTF-8; ends may be `\n` or `\r\n`.

    Raises:
        TrafficError: Not text, a line is too long, holds a NUL or a lone carriage return, or is
            not in the encoding.
    """
    rest, number, begun = b"", 1, False
    for data in _with_newlines(_recoded(source, encoding)):
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


def _with_newlines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the blocks; where lines end with a carriage return alone, with newlines instead."""
    first = next(blocks, b"")
    lone = b"\r" in first and b"\n" not in first
    for data in itertools.chain([first] if first else [], blocks):
        yield data.replace(b"\r", b"\n") if lone else data


def _recoded(source: Source, encoding: str) -> Iterator[bytes]:
    """Yield the bytes of the source, in UTF-8 where the encoding is said or marked."""
    data = source.read()
    if encoding == "auto" and (len(data) < 4 or not data.startswith(_WIDE) or data[2:4] == b"\0\0"):
        while data:
            yield data
            data = source.read()
        return
    encoding = "utf-16" if encoding == "auto" else encoding
    decoder, done = codecs.getincrementaldecoder(encoding)(), 0
    while data:
        try:
            yield decoder.decode(data).encode()
        except (UnicodeError, ValueError) as e:
            at = done + getattr(e, "start", 0)
            raise error(
                source.path, f"byte {at:,} is not text in {encoding} (traffic.encoding)"
            ) from e
        done += len(data)
        data = source.read()


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
    return _in_utf8(source, first, lines, joined)


def _in_utf8(source: Source, first: int, lines: list[bytes], joined: bytes) -> Block:
    """Return the lines in UTF-8; they may be in Windows-1252, as much published data is."""
    try:
        joined.decode()
    except UnicodeDecodeError as e:
        try:
            recoded = joined.decode("cp1252").encode().split(b"\n")
        except UnicodeDecodeError:
            line = first + joined.count(b"\n", 0, e.start)
            what = f"byte 0x{joined[e.start]:02x} is neither UTF-8 nor Windows-1252 text"
            raise error(source.path, f"{what} (traffic.encoding names another)", line) from e
        return Block(first, recoded, recoded=True)
    return Block(first, lines)


def _too_long(source: Source, line: int) -> Exception:
    return error(source.path, f"longer than {MAX_LINE:,} bytes; expected one flow a line", line)
