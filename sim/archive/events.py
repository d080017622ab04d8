"""What happened to a run itself: the errors that it survived and the turns of its tuner.

None of it is a result, so it stands beside the ledger: a JSON object a line, in `events.jsonl`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from sim.archive.exports import COLUMNS
from sim.errors import RunDirectoryError
from sim.machine import files
from sim.text import is_utf8, one_line, parse_json, quoted, shown

_LOG = logging.getLogger(__name__)
LARGEST: Final = 16 << 20
"""Size from which nothing more is written, bytes: an error may come in every step for weeks."""
LONGEST: Final = 1000
"""Characters of a text."""
LARGEST_FILE: Final = LARGEST + (1 << 20)
"""What is larger was written by nobody, bytes: the last line begins below the other size."""
EVENTS: Final[Mapping[str, str]] = {"errors": "error", "tuning": "turn"}
"""What can be exported → what its lines say that they are."""
OF_A_STEP: Final = ("agent.", "timeline.")
"""Kinds of errors that come again when their step does: what came of a step that was lost does not
count."""
_NONE: Final = type(None)
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "step": (int,),
    "kind": (str,),
    "agent": (int, _NONE),
    "count": (int,),
    "text": (str,),
    "knob": (str,),
    "old": (int,),
    "new": (int,),
    "why": (str,),
    "effect": (str, _NONE),
    "helped": (bool, _NONE),
}
_LARGEST_NUMBER: Final = (1 << 63) - 1


class EventFile:
    """Appends to the events of one run, whose one writer this is.

    Args:
        file: made with the first event.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lost = 0
        """Lines that could not be written since the last one that could."""

    def begin(self, step: int) -> None:
        """The run goes on after a recorded step: what came of later ones is to come again."""
        self._append({"what": "begin", "step": step})

    def error(self, step: int, kind: str, agent: int | None, count: int, text: str) -> None:
        """An error that the run survived, or did not."""
        cut = one_line(text, LONGEST)
        event = {"step": step, "kind": kind, "agent": agent, "count": count, "text": cut}
        self._append({"what": EVENTS["errors"], **event})

    def turn(self, turn: Mapping[str, object]) -> None:
        """A turn of the tuner that is done with."""
        self._append({"what": EVENTS["tuning"], **turn})

    def _append(self, event: Mapping[str, object]) -> None:
        """A disk without room must not end a run: what is lost is counted, and told in the log."""
        try:
            if self._file.exists() and self._file.stat().st_size >= LARGEST:
                return
            files.append_text(self._file, json.dumps(event) + "\n")
        except OSError as error:
            self._lost += 1
            if self._lost == 1:
                _LOG.warning("%s: cannot be written: %s", shown(self._file), error.strerror)
        else:
            self._lost = 0


def events(file: Path, what: str) -> Iterator[tuple[Any, ...]]:
    """The events of one kind in order, as rows with the columns of that export.

    Args:
        file: of the run; it may be missing, then nothing happened, or nothing was kept.
        what: a key of `EVENTS`.

    Raises:
        RunDirectoryError: a line is nothing that this program writes.
    """
    found: list[dict[str, Any]] = []
    for event in _lines(file):
        if event["what"] == "begin":
            found = [e for e in found if e["step"] <= event["step"] or not _comes_again(e)]
        elif event["what"] == EVENTS[what]:
            found.append(event)
    for event in found:
        yield tuple(event[column] for column in COLUMNS[what])


def _comes_again(event: Mapping[str, Any]) -> bool:
    return str(event.get("kind", "")).startswith(OF_A_STEP)


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    try:
        with files.reading(file, largest=LARGEST_FILE) as stream:
            for number, line in enumerate(stream, 1):
                if line.endswith(b"\n"):  # else its writer was killed over it
                    yield _checked(file, number, line)
    except FileNotFoundError:
        return
    except OSError as error:
        raise RunDirectoryError(f"{shown(file)}: cannot be read ({error.strerror})") from None


def _checked(file: Path, number: int, line: bytes) -> dict[str, Any]:
    """The event of a line.

    Raises:
        RunDirectoryError: it is none.
    """
    place = f"{shown(file)}: line {number}"
    try:
        event = parse_json(line.decode())
    except ValueError as error:
        raise RunDirectoryError(f"{place}: {one_line(str(error), 200)}") from None
    what = event.get("what") if isinstance(event, dict) else None
    wanted = {"begin": ("step",)} | {EVENTS[name]: COLUMNS[name] for name in EVENTS}
    if what not in wanted:
        raise RunDirectoryError(f"{place}: not an event, expected an object with its `what`")
    for column in wanted[what]:
        if not _is_one_of(_TYPES[column], event.get(column, ...)):
            raise RunDirectoryError(f"{place}: {column}: {quoted(str(event.get(column)))}")
    return event  # type: ignore[no-any-return]


def _is_one_of(types: tuple[type, ...], value: object) -> bool:
    """Whether a value is what this program writes, and every format of an export can hold."""
    if type(value) is int and abs(value) > _LARGEST_NUMBER:
        return False
    return type(value) in types and not (isinstance(value, str) and not is_utf8(value))
