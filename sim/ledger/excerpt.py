"""Copies the beginning of a ledger, up to the end of a step, into a new one."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from sim.errors import LedgerCorruptError, RunDirectoryError
from sim.ledger import schema
from sim.ledger.connection import connect_reader, connect_writer
from sim.ledger.copying import Copy
from sim.ledger.filesystem import JournalMode
from sim.ledger.sqlite_errors import translated
from sim.ledger.tip import Tip
from sim.text import shown

Texts = Callable[[Mapping[str, str]], Mapping[str, str]]


def excerpt(
    source: Path, target: Path, until: int | None = None, texts: Texts | None = None
) -> Tip:
    """Write all rows up to the end of a step, and those beside the chain that are about them.

    Equal records give equal files. What is read may be written at the same time: rows that are
    there never change.

    Args:
        source: A ledger that verifies; it is only read.
        target: A file that is not there yet; it is in no need of a WAL.
        until: The last step, 0 for the genesis alone; None takes all.
        texts: Gives the texts about the run in the place of those that it had.

    Returns:
        Where the new ledger ends.

    Raises:
        RunDirectoryError: The target is there, or the source is no ledger.
        LedgerCorruptError: The source does not reach that step.
        LedgerError: The source cannot be read, or the target cannot be written; it is removed.
    """
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise RunDirectoryError(
            f"{shown(target)}: cannot be made ({error.strerror}), expected a new ledger"
        ) from None
    try:
        with translated(target):
            return _copied(source, target, until, texts)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _copied(source: Path, target: Path, until: int | None, texts: Texts | None) -> Tip:
    with closing(connect_writer(target, JournalMode("delete", "excerpt"))[0]) as writer, writer:
        schema.create(writer)
        copy = Copy(writer, until)
        with translated(source), closing(connect_reader(source)) as reader:
            copy.from_sqlite(reader)
        if copy.tip.seq < 0 or (until is not None and max(copy.last_step, 0) != until):
            raise LedgerCorruptError(f"{shown(source)}: does not reach step {until}")
        copy.finish(texts)
        for (version,) in writer.execute("SELECT schema_version FROM genesis"):
            schema.mark(writer, int(version))
    return copy.tip
