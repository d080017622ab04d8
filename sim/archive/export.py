"""The record of a run in formats that other tools read."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TextIO

from sim.archive.directory import RunDirectory
from sim.archive.events import EVENTS, events
from sim.archive.exports import COLUMNS, FORMATS, SCENARIO, TABLES, lacking
from sim.archive.records import Record, records
from sim.archive.safety import is_of_a_run
from sim.archive.scenario import steered_scenario
from sim.archive.tables import write_csv, write_json, write_lines, write_parquet
from sim.errors import InputError
from sim.ledger.reader import LedgerReader, open_read_only
from sim.machine import files
from sim.text import quoted, shown

Table = tuple[tuple[str, ...], Iterator[Record]]
"""Columns and rows."""


def export_run(
    run_dir: Path,
    what: str,
    format: str,  # noqa: A002 - what the option is called
    out: Path | None,
    stream: TextIO | None = None,
) -> int:
    """Write one record of a run; a run that goes on meanwhile is seen at one moment.

    Args:
        run_dir: the run directory.
        what: a key of `COLUMNS`.
        format: `csv`, `json` or `parquet`; for the journal also `yaml`: a scenario that repeats
            the run.
        out: the file, replaced whole or not at all; None writes to `stream`.
        stream: where text goes without `out`.

    Returns:
        Rows written.

    Raises:
        InputError: a name is unknown, the format is not possible here, `out` cannot be written,
            or `run_dir` is no run directory.
        LedgerError: the ledger cannot be read.
    """
    if what not in COLUMNS:
        raise InputError(f"what: {quoted(what)} is not one of {', '.join(COLUMNS)}")
    check_format(what, format, out)
    run = RunDirectory.open(run_dir)
    with ExitStack() as stack:

        def table() -> Table:
            reader = stack.enter_context(closing(open_read_only(run.ledger_file)))
            return _table(run, reader, what, format)

        return export_table(run, format, out, stream, table)


def export_table(
    run: RunDirectory,
    form: str,
    out: Path | None,
    stream: TextIO | None,
    table: Callable[[], Table],
) -> int:
    """Write a table about a run, once there is known to be a place for it and the run is whole.

    Args:
        run: the run.
        form: see `export_run`; checked by `check_format`.
        out: the file, replaced whole or not at all; None writes to `stream`.
        stream: where text goes without `out`.
        table: makes columns and rows.

    Returns:
        Rows written.

    Raises:
        InputError: `out` cannot be written.
        VerificationError: the run is damaged.
    """
    if out is not None:
        check_target(run, out)
    run.check()
    columns, rows = table()
    if out is not None:
        return write_file(out, form, columns, rows)
    if stream is None:
        raise InputError("out: None, expected a file, as there is no stream")
    return _write_text(stream, form, columns, rows)


def _table(run: RunDirectory, reader: LedgerReader, what: str, form: str) -> Table:
    """Columns and rows; of a scenario the lines of its text."""
    if what in EVENTS:
        return COLUMNS[what], events(run.events_file, what)
    if form != SCENARIO:
        return records(reader, what)
    text = steered_scenario(run.load(), reader)
    return ("line",), ((line,) for line in text.splitlines(keepends=True))


def check_format(what: str, form: str, out: Path | None) -> None:
    """Make sure that something can be written in a format here.

    Raises:
        InputError: it cannot.
    """
    if form not in FORMATS:
        raise InputError(f"format: {quoted(form)} is not one of {', '.join(FORMATS)}")
    if form == SCENARIO and what != "journal":
        tables = f"{', '.join(TABLES[:-1])} or {TABLES[-1]}"
        raise InputError(f"format: {SCENARIO} is for the journal, expected {tables}")
    if form != "parquet":
        return
    if package := lacking(form):
        raise InputError(f"format: {form} needs {package}, expected after `pip install {package}`")
    if out is None:
        raise InputError("format: parquet is not text, expected a file to write to (--out)")


def check_target(run: RunDirectory, out: Path, option: str = "--out") -> None:
    """Make sure that a file can be written that is none of the run's own.

    Args:
        run: the run.
        out: the file.
        option: that names it.

    Raises:
        InputError: it cannot.
    """
    target = check_place(out, option)
    here = out.parent.resolve() / out.name
    if any(f.parent == run.path and is_of_a_run(f.name) for f in (here, target)):
        raise InputError(
            f"{option}: {shown(out)}: belongs to the run itself, expected another file"
        )
    if here.is_relative_to(run.path):
        files.check(here)  # a link in there may have been put by whoever made the run


def check_place(out: Path, option: str = "--out") -> Path:
    """Make sure that a file can be made.

    Returns:
        Where it will be.

    Raises:
        InputError: it cannot.
    """
    try:
        target = out.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(f"{option}: {shown(out)}: is no usable path ({error})") from None
    if not target.name or target.is_dir():
        raise InputError(f"{option}: {shown(out)}: is a folder, expected a file to write")
    if not target.parent.is_dir():
        raise InputError(f"{option}: {shown(out)}: there is no folder {shown(target.parent)}")
    return target


def _write_text(stream: TextIO, form: str, columns: tuple[str, ...], rows: Iterable[Record]) -> int:
    write = {"csv": write_csv, "json": write_json, "yaml": write_lines}[form]
    return write(stream, columns, rows)


def write_file(out: Path, form: str, columns: tuple[str, ...], rows: Iterator[Record]) -> int:
    """Write a table into a file, which is replaced whole or not at all.

    Returns:
        Rows written.

    Raises:
        InputError: it cannot be written.
    """
    try:
        if out.exists() and not out.is_file():
            # A pipe or device is written, never replaced.
            with out.open("w", encoding="utf-8", newline="") as stream:
                return _write_text(stream, form, columns, rows)
        return _replace(out.resolve(), form, columns, rows)
    except OSError as error:
        raise InputError(f"--out: {shown(out)}: cannot be written ({error.strerror})") from None


def _replace(out: Path, form: str, columns: tuple[str, ...], rows: Iterator[Record]) -> int:
    with files.replacing(out) as stream:
        if form == "parquet":
            return write_parquet(stream, columns, rows)
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        try:
            return _write_text(text, form, columns, rows)
        finally:
            text.detach()  # flushes; the stream is closed by whoever opened it
