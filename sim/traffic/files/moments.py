"""Columns that say when a flow was: dates, times of the day and counted seconds, by content.

Attacks of published data happen at certain times, so that a time tells the truth of a row.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from sim.traffic.files import names
from sim.traffic.files.column import Numbers, Texts

_LEAST_ROWS = 10
_SHARE = 0.9
_SAMPLE = 500
_DAYS = r"(?:mon|tue|wed|thu|fri|sat|sun)(?:day|nesday|sday|rsday|urday)?"
_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_CLOCK = r"\d\d?[:.\-]\d\d(?:[:.\-]\d\d(?:[.,]\d+)?)?(?:\s*[ap]\.?m\.?)?"
_DATE = (
    r"(?:(?:19|20)\d\d(?P<gap>[-/._])(?:0?[1-9]|1[0-2])(?P=gap)(?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])(?P<other>[-/.])(?:0?[1-9]|[12]\d|3[01])(?P=other)(?:19|20)\d\d"
    r"|\d\d?[-/]\d\d?[-/]\d\d"
    rf"|\d\d?[-\s]{_MONTHS}(?:[-\s,]+(?:\d{{4}}|\d\d))?"
    rf"|{_MONTHS}\s+\d\d?(?:,?\s+(?:19|20)\d\d)?)"
)
_MOMENT = re.compile(
    rf"(?:{_DAYS},?\s*)?{_DATE}(?:(?:[T_,:]|\s)\s*{_CLOCK})?(?:\s+(?:19|20)\d\d)?"
    r"\s*(?:z|utc|gmt|[a-z]{3,4}|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(_DAYS, re.IGNORECASE)
_OF_DAY = re.compile(r"\d\d:\d\d(:\d\d([.,]\d+)?)?")
_EPOCHS = tuple((9e8 * scale, 2.2e9 * scale) for scale in (1.0, 1e3, 1e6, 1e9))
"""Seconds since 1970, and thousandths and so on of them, between 1998 and 2039."""
_CALENDARS = (8, 12, 14, 17)
"""Digits of a date as 20170703, of one with hours and minutes, with seconds, with thousandths."""
_SPANS = frozenset(("elapsed", "total", "response", "taken", "age", "uptime", "lifetime", "span"))
_WHEN = frozenset(
    (
        "when", "time", "times", "clock", "hour", "at", "start", "stop", "end", "first", "last",
        "begin", "seen", "date", "stamp", "timestamp", "started", "ended", "arrival", "logged",
    )
)  # fmt: skip

Whole = Numbers | Texts


def tells_time(name: str, column: Whole) -> bool:
    """Tell whether a column says when a flow was, in whatever notation.

    Args:
        name: Its name: what is measured is no time of the day, however it is written.
        column: The column, (N,).
    """
    if isinstance(column, Texts):
        return _are_moments(column.values)
    measured = names.measures(name) and "time" not in names.words(name)
    if len(column.values) < _LEAST_ROWS or measured:
        return False
    known = column.values[~np.isnan(column.values)]
    if len(known) < _LEAST_ROWS:
        return False
    if column.rewritten == len(known) and _OF_DAY.fullmatch(column.example):
        found = set(names.words(name))
        return bool(found & _WHEN) and not (found & _SPANS or names.measures(name))
    low, high = float(known.min()), float(known.max())
    return any(a <= low and high <= b for a, b in _EPOCHS) or (
        not names.measures(name) and _is_calendar(known)
    )


def _are_moments(values: tuple[str, ...]) -> bool:
    sample = values[:_SAMPLE]
    found = sum(bool(_MOMENT.fullmatch(v) or _WEEKDAY.fullmatch(v)) for v in sample)
    return found > 0 and found >= _SHARE * len(sample)


def _is_calendar(values: NDArray[np.float64]) -> bool:
    """Tell whether all numbers are dates as 20170703, perhaps with hours and so on behind."""
    for digits in _CALENDARS:
        days = np.floor(values / 10.0 ** (digits - 8))
        years, months, rest = days // 10000, days // 100 % 100, days % 100
        if (
            ((years >= 1990) & (years <= 2040)).all()
            and ((months >= 1) & (months <= 12)).all()
            and ((rest >= 1) & (rest <= 31)).all()
        ):
            return True
    return False
