"""What the command line prints: one object, one line of error, or aligned text."""

from __future__ import annotations

import json
import math
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import click

from sim.text import one_line, printable
from tui.command_line.help import wants_colour

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


def complain(message: str) -> None:
    """The one line that explains a failure, on stderr."""
    _say(click.style("error:", fg="red", bold=True) + " ", message)


def notify(message: str, *more: str) -> None:
    """A line on stderr that is no failure, and indented lines that belong to it."""
    _say("", message)
    for line in more:
        _put(f"  {one_line(line, _LONGEST_MESSAGE)}")


def _say(label: str, message: str) -> None:
    _put(f"decsim-tui: {label}{one_line(message, _LONGEST_MESSAGE)}")


def _put(text: str) -> None:
    try:
        click.echo(text, err=True, color=wants_colour())
    except OSError:  # where nothing can be said, the exit code says it
        give_up(sys.stderr)


def print_rows(
    rows: Iterable[Sequence[str]], right: Sequence[bool] = (), *, head: bool = False
) -> None:
    """Columns on stdout; see `aligned`. On a terminal wrapped to its width, and coloured.

    Args:
        rows: cells, as many in each row.
        right: for each column whether it ends flush, as numbers do; without it none does.
        head: whether the first row is headings.
    """
    if not sys.stdout.isatty():
        for line in aligned(rows, right):
            click.echo(line)
        return
    from tui.command_line.columns import columns

    clean = [[printable(cell) for cell in row] for row in rows]
    if not clean:
        return
    sides = right or (False,) * len(clean[0])
    colour = wants_colour() is not False
    width = shutil.get_terminal_size().columns
    for line in columns(clean, sides, width, head=head, colour=colour):
        click.echo(line, color=colour)


def aligned(rows: Iterable[Sequence[str]], right: Sequence[bool] = ()) -> list[str]:
    """Rows as lines, each column as wide as its widest cell.

    Args:
        rows: cells, as many in each row.
        right: for each column whether it ends flush, as numbers do; without it none does.
    """
    from rich.cells import cell_len

    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    sides = right or (False,) * len(widths)
    lines = []
    for row in rows:
        columns = zip(row, widths, sides, strict=True)
        padded = ((cell, " " * (width - cell_len(cell)), side) for cell, width, side in columns)
        cells = (gap + cell if side else cell + gap for cell, gap, side in padded)
        lines.append("  ".join(cells).rstrip())
    return lines


@contextmanager
def file_or_stdout(target: Path) -> Iterator[Path]:
    """The file to write; `-` is standard output, which gets what was written once it is whole.

    So does a pipe or a device, which is written, never replaced.
    """
    if str(target) != "-" and not _is_special(target):
        yield target
        return
    with tempfile.TemporaryDirectory(prefix="decsim-") as folder:
        building = Path(folder) / "out"
        yield building
        if str(target) == "-":
            sys.stdout.buffer.write(building.read_bytes())
            return
        try:
            with target.open("wb") as stream:
                stream.write(building.read_bytes())
        except OSError as error:
            raise click.UsageError(f"{target}: cannot be written ({error.strerror})") from None


def _is_special(target: Path) -> bool:
    try:
        mode = target.stat().st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def open_streams() -> None:
    """Put /dev/null in the place of standard streams that are closed.

    Python has None for them, which no library expects; and the next file that is opened would get
    the number, so that what is meant for stderr would end up in a ledger.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            os.set_inheritable(number, True)
        if getattr(sys, name) is None:
            mode = "w" if number else "r"
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)


def give_up(stream: TextIO) -> None:
    """Try to write nothing more there, not even at exit: it would fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def accept_any_text() -> None:
    """Let stdout and stderr escape what their encoding lacks instead of failing on it."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
