"""Values from outside, as an error message may show them."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable
from difflib import get_close_matches

LONGEST = 60
"""Characters that a message shows of one value."""


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


def quoted(value: object) -> str:
    """`repr` in printable ASCII, cut to `LONGEST` characters.

    Control and bidirectional characters come out escaped, so a file or an argument can neither
    break a message into lines nor turn its text around.
    """
    return cut(_representation.repr(value).encode("ascii", "backslashreplace").decode("ascii"))


def shown(path: object) -> str:
    """A path or name without quotes, printable, whole unless it is absurdly long."""
    return cut(ascii(str(path))[1:-1], 300)


def is_utf8(path: object) -> bool:
    """Whether a path can be written down: bytes that are no UTF-8 are lone surrogates in Python."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def cut(text: str, longest: int = LONGEST) -> str:
    """`text`, with dots where it is longer than allowed."""
    return text if len(text) <= longest else text[: longest - 3] + "..."


def closest(word: str, candidates: Iterable[str]) -> str:
    """The candidate that is most like `word`, however little that is."""
    return get_close_matches(word, list(candidates), n=1, cutoff=0.0)[0]


def nearest(word: str, candidates: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the nearest candidate, or nothing."""
    close = get_close_matches(word, list(candidates), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""
