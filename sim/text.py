"""Text for people: foreign text made safe for a terminal, and the few phrases that recur.

Whatever comes from a file, an argument, the environment, another process or a library passes one
of `quoted`, `shown`, `printable`, `one_line`, `clean` or `spreadsheet_cell` before it reaches a
message, a table or the screen. None of them lets a control, bidirectional or otherwise invisible
character through, so no text can break a line, turn it around, or steer the terminal. JSON that
somebody else may have written is read by `parse_json`.
"""

from __future__ import annotations

import json
import os
import re
import reprlib
import shlex
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from sim.errors import scarcity

LONGEST = 60
"""Characters that a message shows of one value."""
LONGEST_LINE = 300
"""Characters that a message shows of a path or of another message."""
LONGEST_DATA = 2_000_000
"""Characters of the longest JSON text that is read: all agents of the largest run, with values."""
DEEPEST = 32
"""Levels of the deepest JSON text that is read; nothing that is written has ten."""
_TOO_DEEP = f"is nested more than {DEEPEST} levels deep"
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff]"
)

_FORMULA = re.compile(r"[=+\-@\t\r\n|%＝＋－＠]")
"""What a spreadsheet may take for the beginning of a formula, full-width signs among it."""
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)


class _Repr(reprlib.Repr):
    """A representation whose cost does not depend on how large or tangled the value is."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 3
        self.maxstring = self.maxother = LONGEST

    def repr_int(self, x: int, level: int) -> str:
        # Python refuses to write integers of more than 4,300 digits in decimal.
        return super().repr_int(x, level) if x.bit_length() < 1024 else hex(x)[:20] + "..."


_representation = _Repr()

# -- foreign text ----------------------------------------------------------------------------------


def quoted(value: object) -> str:
    """`repr` in printable ASCII, cut to `LONGEST` characters: a value in a message."""
    return cut(_representation.repr(value).encode("ascii", "backslashreplace").decode("ascii"))


def shown(value: object, longest: int = LONGEST_LINE) -> str:
    """A path, name or message without quotes, in printable ASCII, not longer than `longest`."""
    return cut(ascii(str(value))[1:-1], longest)


def failure(error: BaseException, longest: int = LONGEST_LINE) -> str:
    """Kind and message of an error that is not ours, on one line of printable ASCII."""
    if short := scarcity(error):
        return short
    text = shown(error, longest)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def printable(text: str) -> str:
    """`text` with escapes in place of what cannot be seen; the letters of all languages stay."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def one_line(text: str, longest: int = LONGEST_LINE) -> str:
    """`text` as one printable line: runs of white space are one space, the rest is escaped."""
    return printable(cut(" ".join(text.split()), longest))


def clean(text: str) -> str:
    """`text` without what cannot be seen, so that it takes the cells that it shows."""
    return text if text.isascii() and text.isprintable() else _UNSEEN.sub("", text)


def spreadsheet_cell(text: str) -> str:
    """`text` as a printable cell that no spreadsheet takes for a formula; a number stays one.

    Source: https://owasp.org/www-community/attacks/CSV_Injection.
    """
    cell = printable(text)
    harmless = _NUMBER.fullmatch(text) or not (_starts_formula(text) or _starts_formula(cell))
    return cell if harmless else f"'{cell}"


def _starts_formula(text: str) -> bool:
    # Some skip white space and quotes before they look for a formula.
    return _FORMULA.match(text) is not None or _FORMULA.match(text.lstrip(" \"'")) is not None


def is_utf8(path: object) -> bool:
    """Whether a path can be written down: bytes that are no UTF-8 are lone surrogates in Python."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def not_utf8(value: object, what: str) -> str:
    """What is wrong with a text that is no UTF-8: itself, or the locale in which it was given.

    Args:
        value: the text.
        what: what was expected, e.g. `a path`.
    """
    try:
        os.fsencode(str(value)).decode()
    except UnicodeError:
        return f"is not UTF-8, expected {what} that is"
    return f"cannot be read in this locale, expected one with UTF-8 for such {what}"


def cut(text: str, longest: int = LONGEST) -> str:
    """`text`, with dots where it is longer than allowed."""
    return text if len(text) <= longest else text[: longest - 3] + "..."


# -- data ------------------------------------------------------------------------------------------


def parse_json(text: str, *, longest: int = LONGEST_DATA) -> Any:
    """The data of one JSON text.

    Raises:
        ValueError: it is none, longer than `longest` characters, or nested too deeply; the message
            is one short line.
    """
    if len(text) > longest:
        raise ValueError(f"has {len(text):,} characters, expected at most {longest:,}")
    try:
        data = json.loads(text)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    _check_depth(data)
    return data


def _check_depth(data: Any) -> None:
    """Look level by level, without recursion: a level of many leaves costs one pass."""
    level = [data]
    for _ in range(DEEPEST):
        level = [
            item
            for node in level
            if isinstance(node, (list, dict))
            for item in (node.values() if isinstance(node, dict) else node)
            if isinstance(item, (list, dict))
        ]
        if not level:
            return
    raise ValueError(_TOO_DEEP)


# -- phrases ---------------------------------------------------------------------------------------


def closest(word: str, candidates: Iterable[str]) -> str:
    """The candidate that is most like `word`, however little that is."""
    return get_close_matches(word, list(candidates), n=1, cutoff=0.0)[0]


def nearest(word: str, candidates: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the nearest candidate, letter case aside, or nothing."""
    known = {candidate.casefold(): candidate for candidate in candidates}
    close = get_close_matches(word.strip().casefold()[:LONGEST], list(known), n=1, cutoff=0.5)
    return f"; did you mean {quoted(known[close[0]])}?" if close else ""


def quantity(count: int, noun: str) -> str:
    """`1 row`, `1,200 rows`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def typed(value: object) -> str:
    """A value of the configuration as one would type it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def command_line(*words: object) -> str:
    """What to type to call this program so, e.g. to resume a run; fit for a shell."""
    return printable(shlex.join(["decsim-tui", *map(str, words)]))
