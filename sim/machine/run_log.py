"""The log of a run: Python's `logging`, kept in a file beside the run.

Every module logs by a logger of its own name. A line is of the run whose work its thread does at
that moment: two runs in one process never write into each other's log, and what is merely computed
again, as in a replay, is no news to anybody.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO, Any, ClassVar, Final, TextIO

from sim.errors import RunDirectoryError
from sim.machine import files
from sim.machine.trace import trace_of
from sim.text import one_line, printable

LARGEST: Final = 4 << 20
"""Size from which a new file is begun, bytes."""
KEPT: Final = 3
"""Older files that are kept."""
_LONGEST: Final = 2000
"""Characters of one message."""
_DETAILS: Final = ("step", "kind", "count", "agent")
"""What a record may carry besides, by `extra`; and `trace`, the lines of a traceback."""
_SOURCE: Final = logging.getLogger("sim")
_here = threading.local()


class LineFormatter(logging.Formatter):
    """One line a record, and the lines of its traceback indented: nothing foreign forges a line."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03d"

    def format(self, record: logging.LogRecord) -> str:
        """The record as text for people."""
        when = f"{self.formatTime(record)}{time.strftime('%z', time.localtime(record.created))}"
        line = f"{when} {record.levelname:<7} {record.name}: {_message(record)}"
        return "\n".join((line, *(f"    {text}" for text in _traceback(record))))


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of ASCII."""
        content: dict[str, Any] = {
            "time": record.created,
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        content |= {key: vars(record)[key] for key in _DETAILS if key in vars(record)}
        if lines := _traceback(record):
            content["traceback"] = lines
        return json.dumps(content)


class _LogFile(RotatingFileHandler):
    """Opens its file as every file of a run is opened, and says later what it could not write."""

    def __init__(self, file: Path) -> None:
        super().__init__(file, maxBytes=LARGEST, backupCount=KEPT, encoding="utf-8")
        self._lost = 0

    def _open(self) -> Any:
        handle = files.open_for_writing(Path(self.baseFilename), append=True)
        stream: IO[str] = open(handle, "a", encoding="utf-8", errors="backslashreplace")  # noqa: PTH123, SIM115 (a descriptor; closed by the handler)
        return stream

    def emit(self, record: logging.LogRecord) -> None:
        lost = self._lost
        super().emit(record)
        if lost and self._lost == lost:
            self._lost = 0
            text = f"{lost} lines before this one could not be written"
            super().emit(logging.LogRecord(__name__, logging.WARNING, "", 0, text, None, None))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (its name in `logging`)
        """A full disk must not end a run: the lines are counted, and told once there is room."""
        self._lost += 1


class RunLog:
    """The log of one run; without `open` it writes nowhere."""

    _all: ClassVar[list[RunLog]] = []

    def __init__(self) -> None:
        self._handlers: list[logging.Handler] = []
        self._level = "info"

    @property
    def is_open(self) -> bool:
        """Whether there is a file."""
        return self in RunLog._all

    def open(self, file: Path, level: str, *, as_json: bool = False) -> None:
        """Write into this file from now on.

        Args:
            file: made where it is missing; its successors are `FILE.1` and so on.
            level: see `follow`.
            as_json: whether each line is a JSON object.

        Raises:
            RunDirectoryError: it is no plain file of the run.
            OSError: it cannot be opened.
        """
        handler = _LogFile(file)
        handler.setFormatter(JsonFormatter() if as_json else LineFormatter())
        RunLog._all.append(self)
        self._attach(handler)
        self.follow(level)

    def echo(self, stream: TextIO) -> None:
        """Write the same lines there, too."""
        handler = logging.StreamHandler(stream)
        handler.setFormatter(LineFormatter())
        self._attach(handler)

    def follow(self, level: str) -> None:
        """Write what has at least this level, in lower case."""
        if level != self._level:
            self._level = level
            for handler in self._handlers:
                handler.setLevel(level.upper())
            _SOURCE.setLevel(_least())

    def close(self) -> None:
        """Write no more; may be called again."""
        if self in RunLog._all:
            RunLog._all.remove(self)
        for handler in self._handlers:
            _SOURCE.removeHandler(handler)
            with suppress(OSError):  # what is still to be written has no room
                handler.close()
        self._handlers = []
        _SOURCE.setLevel(_least())

    @contextmanager
    def bound(self) -> Iterator[None]:
        """What this thread logs inside is of this run."""
        with _bound(self):
            yield

    def _attach(self, handler: logging.Handler) -> None:
        handler.addFilter(lambda _record: getattr(_here, "log", None) is self)
        handler.setLevel(self._level.upper())
        self._handlers.append(handler)
        _SOURCE.addHandler(handler)
        _SOURCE.setLevel(_least())


@contextmanager
def unlogged() -> Iterator[None]:
    """What this thread logs inside is no news: it is computed again."""
    with _bound(None):
        yield


def append_error(file: Path, error: BaseException) -> bool:
    """Append an error with its traceback to the log of a run that is not open; whether it is there.

    For whoever meets it outside of the run: a command, the screen.
    """
    record = logging.LogRecord(
        "tui",
        logging.CRITICAL,
        "",
        0,
        "unexpected error",
        None,
        (type(error), error, error.__traceback__),
    )
    try:
        files.append_text(file, LineFormatter().format(record) + "\n")
    except (OSError, RunDirectoryError):
        return False
    return True


@contextmanager
def _bound(log: RunLog | None) -> Iterator[None]:
    before = getattr(_here, "log", None)
    _here.log = log
    try:
        yield
    finally:
        _here.log = before


def _least() -> int:
    """The level below which no open log wants anything."""
    levels = (handler.level for log in RunLog._all for handler in log._handlers)
    return min(levels, default=logging.NOTSET)


def _message(record: logging.LogRecord) -> str:
    return one_line(record.getMessage(), _LONGEST)


def _traceback(record: logging.LogRecord) -> list[str]:
    error = record.exc_info[1] if record.exc_info else None
    lines = trace_of(error) if error is not None else getattr(record, "trace", ())
    return [printable(line) for line in lines]
