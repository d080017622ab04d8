"""Rows that go over several lines, as a quoted text with line ends in it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sim.errors import TrafficError
from sim.traffic.files.layout import Layout, split
from sim.traffic.files.lines import MAX_LINE, Block

GONE = b"\x00"
"""What stands in the place of a line that belongs to the row above; no line of text is that."""

_MOST = 100
"""Most lines of one row."""


def with_whole_rows(path: Path, layout: Layout, blocks: Iterator[Block]) -> Iterator[Block]:
    """Yield the blocks with each row on one line, so that lines keep their numbers.

    A quote that is never closed, or a row of another width, is left for whoever reads it.
    """
    if not layout.quote or layout.delimiter == " ":
        yield from blocks
        return
    held: list[bytes] = []
    following = 1
    for block in blocks:
        lines, first = held + block.lines, block.first - len(held)
        done, held = _joined(path, layout, lines, ends=False)
        following = first + len(done)
        if done:
            yield replace(block, first=first, lines=done)
    if held:
        yield Block(following, _joined(path, layout, held, ends=True)[0])


def _joined(
    path: Path, layout: Layout, lines: list[bytes], *, ends: bool
) -> tuple[list[bytes], list[bytes]]:
    """Return whole rows, and the lines at the end of which more may come unless it `ends`."""
    quote = layout.quote.encode()
    if not any(line.count(quote) & 1 for line in lines):
        return lines, []
    done: list[bytes] = []
    while (at := len(done)) < len(lines):
        if not _is_open(path, layout, lines[at]):
            done.append(lines[at])
            continue
        row = lines[at]
        for end, line in enumerate(lines[at + 1 : at + _MOST], start=at + 2):
            row = b"%b %b" % (row, line)
            if len(row) <= MAX_LINE and _is_row(path, layout, row):
                done += [row, *[GONE] * (end - at - 1)]
                break
        else:
            if not ends and len(lines) - at < _MOST:
                return done, lines[at:]
            return done + lines[at:], []  # whoever reads the row refuses it
    return done, []


def _is_open(path: Path, layout: Layout, line: bytes) -> bool:
    r"""Tell whether a line ends within quotes: 5\" is no such line."""
    return line.count(layout.quote.encode()) & 1 == 1 and _width(path, layout, line) == 0


def _is_row(path: Path, layout: Layout, row: bytes) -> bool:
    if row.count(layout.quote.encode()) & 1:
        return False
    return _width(path, layout, row) == len(layout.columns) + layout.ends


def _width(path: Path, layout: Layout, row: bytes) -> int:
    """Return how many fields a row has, 0 for one that cannot be split."""
    try:
        return len(split(path, row.decode("utf-8", "replace"), layout.delimiter, 0, layout.quote))
    except TrafficError:
        return 0
