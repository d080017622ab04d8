"""The one boundary where SQLite's errors become ours."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw

from sim.errors import (
    LedgerBusyError,
    LedgerConstraintError,
    LedgerCorruptError,
    LedgerError,
    LedgerFullError,
)
from sim.text import one_line, shown

BUSY: Final = (apsw.BusyError, apsw.LockedError, apsw.ProtocolError)
"""Someone else holds a lock: worth waiting for."""

LOST: Final = (
    apsw.ConnectionClosedError,
    apsw.MisuseError,
    apsw.CantOpenError,
    apsw.IOError,
)
"""The connection is of no use any more: worth opening anew."""


def is_lost(error: BaseException) -> bool:
    """Whether an error of ours says that a connection was lost, or could not be opened."""
    return isinstance(error.__cause__, LOST)


_TRANSLATION: Final[tuple[tuple[tuple[type[apsw.Error], ...], type[LedgerError]], ...]] = (
    (BUSY, LedgerBusyError),
    (
        (apsw.ConstraintError, apsw.MismatchError, apsw.TooBigError, apsw.RangeError),
        LedgerConstraintError,
    ),
    # All SQL is ours and of this schema: what SQLite does not understand is no longer there.
    (
        (apsw.CorruptError, apsw.NotADBError, apsw.FormatError, apsw.SQLError),
        LedgerCorruptError,
    ),
    (
        (apsw.FullError, apsw.ReadOnlyError, apsw.IOError, apsw.PermissionsError),
        LedgerFullError,
    ),
)


def described(error: Exception) -> str:
    """SQLite's message on one line, with what could upset a terminal escaped."""
    return one_line(str(error)) or type(error).__name__


def translate(error: apsw.Error, path: Path) -> LedgerError:
    """The error of ours that stands for an error of SQLite."""
    error = _cause(error)
    if getattr(error, "extendedresult", 0) == apsw.SQLITE_READONLY_DBMOVED:
        return LedgerError(f"{shown(path)}: {taken_away(path)}")
    for kinds, ours in _TRANSLATION:
        if isinstance(error, kinds):
            return ours(f"{shown(path)}: {described(error)}{_limited(error)}")
    return LedgerError(f"{shown(path)}: {type(error).__name__}: {described(error)}")


def taken_away(path: Path) -> str:
    """What became of a ledger that is no longer the file which it was."""
    how = "moved or replaced" if path.exists() else "moved or removed"
    return f"the ledger was {how} while in use"


def _limited(error: apsw.Error) -> str:
    """The limit on the size of files, where there is one: SQLite calls it an error of the disk."""
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if not isinstance(error, apsw.IOError) or limit == resource.RLIM_INFINITY:
        return ""
    return f" (a file may have {limit >> 10:,} KiB: ulimit -f)"


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raises what SQLite raises inside as a `LedgerError`, with the cause attached."""
    try:
        yield
    except apsw.Error as error:
        raise translate(error, path) from _cause(error)


def _cause(error: apsw.Error) -> apsw.Error:
    """What went wrong first: SQLite may have rolled back already what apsw then cannot."""
    first = error.__context__
    return first if isinstance(error, apsw.SQLError) and isinstance(first, apsw.Error) else error
