"""What `/` understands: words, regular expressions, `!not`, `key:value`; all must hold.

A value begins as what is asked for; a number is that number, or lies in a range such as `30-40`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_NUMBERS = re.compile("[as]?(?P<low>[0-9]{1,18})(?P<dash>-(?P<high>[0-9]{1,18})?)?")
"""`30`, `30-40`, or `30-` for all from there on."""
Test = Callable[[str, Mapping[str, str]], bool]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A filter, compiled."""

    text: str
    tests: tuple[Test, ...]

    def __bool__(self) -> bool:
        return bool(self.tests)

    def matches(self, text: str, fields: Mapping[str, str]) -> bool:
        """Whether a row passes.

        Args:
            text: the row as it is drawn.
            fields: key → value, for `key:value`.
        """
        return all(test(text, fields) for test in self.tests)


def compiled(text: str) -> Pattern:
    """The pattern that a person typed; what is no regular expression is looked for as it is."""
    return Pattern(text, tuple(_test(word) for word in text.split()))


def _test(word: str) -> Test:
    if len(word) > 1 and word.startswith("!"):
        positive = _test(word[1:])
        return lambda text, fields: not positive(text, fields)
    key, colon, value = word.partition(":")
    search = _searcher(word)
    if not colon or not key.isalpha():
        return lambda text, fields: search(text)
    name, holds = key.casefold(), _value(value.casefold())
    return lambda text, fields: holds(fields[name]) if name in fields else search(text)


def _value(wanted: str) -> Callable[[str], bool]:
    """Whether a field has a value: numbers as they are, also as rows show them (`s30`, `a9`)."""
    span = _NUMBERS.fullmatch(wanted)
    if span is None:
        return lambda found: found.casefold().startswith(wanted)
    low = int(span["low"])
    high = int(span["high"]) if span["high"] else None if span["dash"] else low
    return lambda found: (
        found.isdigit() and low <= int(found) and (high is None or int(found) <= high)
    )


def _searcher(word: str) -> Callable[[str], bool]:
    try:
        expression = re.compile(word, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError):
        expression = re.compile(re.escape(word), re.IGNORECASE)
    return lambda text: expression.search(text) is not None
