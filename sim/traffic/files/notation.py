"""Numbers as the tools of the trade write them.

Magnitudes (nfdump: `1.4 M`), percent signs, durations as hours:minutes:seconds, decimal commas,
separators within the digits and guards around them (spreadsheets: `="1.5"`), suffixes of types
(`12L`), digits of other scripts, hexadecimal and named ports (Argus), and what compilers and
spreadsheets print for "no number" (`1.#INF`, `#DIV/0!`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.traffic.files.services import PORTS

_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_FORTRAN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)[dD][+-]?\d+")
"""Such as 1.5D+03; 1d is a day."""
_NO_NUMBER = re.compile(
    r"[+-]?(1\.[#$](INF|IND|QNAN|SNAN|NAN)\d*|inf(inity)?|nan|∞)"
    r"|[+-]?nan\(\w*\)|#(DIV/0!|NUM!|VALUE!|REF!|N/A|NULL!|NAME\?)"
    r"|\\N|[(<\[]?null[)>\]]?|nil|n\.?[ad]\.?|n/a|-+|\*+|\.|undefined|undef|none|missing|unknown|empty"
    r"|nat|snan|inf\.|infinite|na\(\)|#nv|#+|#\S{1,12}!|_|void|no value|not available|not a number",
    re.IGNORECASE,
)
_NEGATIVE = re.compile(r"[\u2212\u2013\ufe63\uff0d]([\d.,].*)|\(([\d.,][^()]*)\)|([\d.,]+)-")
"""A minus sign that is no hyphen, behind the number, or brackets instead, as bookkeepers write."""
_GUARDED = re.compile(r"=\"(.*)\"|='(.*)'|'([^']*)")
"""How spreadsheets are kept from reading a cell their own way: `="1.5"`, `'1.5`."""
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_ELSEWHERE = str.maketrans(
    {"\u066b": ".", "\u066c": ",", "\u066a": "%", "\uff0e": ".", "\uff0c": ","}
)
"""Points and signs of other scripts."""
_WRAPPED = re.compile(r"(?:np|numpy)\.(?:float|int|uint)\d*\(([^()]+)\)")
_TYPED = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?:[fF]|[uU]?[lL]{1,2}|[uU])")
"""A number with the suffix of its type, as in C, Java and R: 12L, 1.5f."""
_UNDERSCORED = re.compile(r"[+-]?\d{1,3}(_\d{3})+(\.\d+)?")
_POWER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))\s?(?:[×x*]\s?10\s?\^?\s?|[eE])\(?([+-]?\d+)\)?")
_MONEY = re.compile(
    r"([+-]?)(?:[$€£¥₹]|US\$|USD|EUR|GBP)\s?([\d.,].*)|([+-]?[\d.,]+)\s?(?:[$€£¥₹]|USD|EUR|GBP)"
)
_ABOUT = re.compile(r"[<>~≈≤≥]=?\s?([\d.,].*)")
"""A bound or a rounded number, as `<1 ms` of ping."""
_HEX = re.compile(r"0[xX][0-9a-fA-F]{1,15}")
_HEX_FRACTION = re.compile(r"[+-]?0[xX][0-9a-fA-F]+(\.[0-9a-fA-F]*)?[pP][+-]?\d+")
"""What C prints with %a."""
_SCALED = re.compile(
    r"(?P<number>[+-]?[\d.,]+)\s*(?:(?P<scale>[kKMGTP])(?P<binary>i)?)?(?:B|b|bps|Bps|b/s|B/s|[bB]ytes?|bits?"
    r"|[oO]ctets?|flows?|bit/s|[bB]ytes/s|pkts?|packets?|pps)?"
)
_PERCENT = re.compile(r"(?P<number>[+-]?[\d.,]+(?:[eE][+-]?\d+)?)\s*(?:%|(?P<mille>‰)|pct|percent)")
_TIMED = re.compile(r"(?P<number>[+-]?[\d.,]+)\s*(?P<unit>[a-zµμ]{1,12})", re.IGNORECASE)
_ISO = re.compile(
    r"(?P<sign>[+-]?)P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:[.,]\d*)?|[.,]\d+)S)?)?",
    re.IGNORECASE,
)
_PARTS = re.compile(
    r"(?:(?P<days>\d+)\s*d(?:ays?)?,?\s*)?(?:(?P<hours>\d+)\s*h(?:ours?|rs?)?,?\s*)?"
    r"(?:(?P<minutes>\d+)\s*m(?:in|ins|inutes?)?,?\s*)?"
    r"(?:(?P<seconds>\d+(?:\.\d+)?)\s*s(?:ec|ecs|econds?)?)?"
)
"""A duration as 1h 2m 3.5s."""
_CLOCK = re.compile(
    r"(?P<sign>-?)(?:(?P<days>\d+)(?:d\s*|\s+days?,?\s+(?P<on>\+?)|-))?"
    r"(?:(?P<hours>\d+):)?(?P<minutes>\d+):(?P<seconds>[0-5]?\d(?:[.,]\d+)?)"
)
_POINT_GROUPS = re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?")
_COMMA_GROUPS = re.compile(r"[+-]?[1-9](\d{0,2}(,\d{3})+|\d?(,\d\d)+,\d{3})(\.\d+)?")
"""1,234,567 or, as in India, 12,34,567."""
_OTHER_GROUPS = re.compile(
    r"[+-]?\d{1,3}(?P<gap>[ '\u00a0\u202f\u2009\u2007’])\d{3}((?P=gap)\d{3})*([.,]\d+)?"
)
_COMMA = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+)?,\d+([eE][+-]?\d+)?\s*(%|[kKMGTP]?)")
_POINT = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?\s*(%|[kKMGTP]?)")
_PORT_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_.+/-]{0,31}")
_PORT_NUMBER = re.compile(
    r"(\d{1,5})\s*(?:/(?:tcp|udp|sctp)|\([\w.+/-]*\))|[\w.+/-]*\s*\((\d{1,5})\)", re.IGNORECASE
)
"""Such as 80/tcp, 80 (http) and http (80)."""
_UNITS = {
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "sec": 1.0, "secs": 1.0,
    "min": 60.0, "h": 3600.0, "second": 1.0, "seconds": 1.0, "mins": 60.0, "minute": 60.0,
    "minutes": 60.0, "hour": 3600.0, "hours": 3600.0, "hrs": 3600.0, "msec": 1e-3, "msecs": 1e-3,
    "usec": 1e-6, "milliseconds": 1e-3, "microseconds": 1e-6, "nanoseconds": 1e-9, "d": 86400.0,
    "weeks": 604800.0, "day": 86400.0, "days": 86400.0, "millisecond": 1e-3, "microsecond": 1e-6,
}  # fmt: skip


_DURATION = ("weeks", "days", "hours", "minutes", "seconds")


@dataclass(frozen=True, slots=True)
class Notation:
    """How the numbers of one column are written."""

    comma: bool = False
    """Whether a comma stands before the fraction, and points stand within the digits."""
    port: bool = False
    """Whether names of services are numbers."""
    hexadecimal: bool = True

    def read(self, word: str) -> float:
        """Return the number that a word stands for; NaN where it says that there is none.

        Raises:
            ValueError: It is no number in any notation.
        """
        word = _ordinary(word)
        if not word or _NO_NUMBER.fullmatch(word):
            return float("nan")
        if found := _NEGATIVE.fullmatch(word):
            return -self.read(found[1] or found[2] or found[3])
        if self.comma and not _HEX.fullmatch(word):
            word = _with_point(word)
        if _PLAIN.fullmatch(word):
            return float(word)
        if _FORTRAN.fullmatch(word):
            return float(word.upper().replace("D", "E"))
        if (found := _TYPED.fullmatch(word)) or (found := _WRAPPED.fullmatch(word)):
            return self.read(found[1])
        if found := _MONEY.fullmatch(word):
            return self.read((found[1] or "") + (found[2] or found[3]))
        if found := _ABOUT.fullmatch(word):
            return self.read(found[1])
        if self.hexadecimal and _HEX.fullmatch(word):
            return float(int(word, 16))
        if self.port and (found := _PORT_NUMBER.fullmatch(word)):
            return float(found[1] or found[2])
        if self.port and _PORT_NAME.fullmatch(word):
            return float(PORTS.get(word.casefold().partition("/")[0], "nan"))
        return _measured(word)


def unguarded(word: str) -> str:
    """Return what is in a cell that is guarded against spreadsheets: 1.5 for `="1.5"`."""
    if not word.startswith(("=", "'")) or not (found := _GUARDED.fullmatch(word)):
        return word
    return (found[1] or found[2] or found[3] or "").strip()


def _ordinary(word: str) -> str:
    """Return a word without guards and invisible signs, its digits those of ASCII."""
    word = unguarded(word)
    if word.isascii():
        return word
    word = word.translate(_INVISIBLE).translate(_ELSEWHERE)
    digits = ((c, unicodedata.decimal(c, None)) for c in word)
    word = "".join(c if d is None else str(d) for c, d in digits)
    return word.replace("e\u2212", "e-").replace("E\u2212", "E-").strip()


def _with_point(word: str) -> str:
    """Return `1.234,5` as `1234.5`; what has a point for the fraction is refused."""
    if "." in word and not _POINT_GROUPS.match(word):
        raise ValueError(word)
    return word.replace(".", "").replace(",", ".")


def _measured(word: str) -> float:
    """Read what has a unit, a sign or gaps within the digits."""
    if _COMMA_GROUPS.fullmatch(word):
        return float(word.replace(",", ""))
    if found := _OTHER_GROUPS.fullmatch(word):
        return float(word.replace(found["gap"], "").replace(",", "."))
    if found := _SCALED.fullmatch(word):
        base = 1024.0 if found["binary"] else 1000.0
        power = "kmgtp".index(found["scale"].casefold()) + 1 if found["scale"] else 0
        return _decimal(found["number"]) * base**power
    if _UNDERSCORED.fullmatch(word):
        return float(word.replace("_", ""))
    if found := _POWER.fullmatch(word):
        return float(f"{found[1]}e{found[2]}")
    if _HEX_FRACTION.fullmatch(word):
        return float.fromhex(word)
    if found := _PERCENT.fullmatch(word):
        return _decimal(found["number"]) / (1000 if found["mille"] else 100)
    if (found := _TIMED.fullmatch(word)) and found["unit"].casefold() in _UNITS:
        return _decimal(found["number"]) * _UNITS[found["unit"].casefold()]
    if any(map(str.isdigit, word)) and (found := _ISO.fullmatch(word) or _PARTS.fullmatch(word)):
        return _duration(found.groupdict())
    if found := _CLOCK.fullmatch(word):
        return _clock(found)
    raise ValueError(word)


def _decimal(word: str) -> float:
    if _PLAIN.fullmatch(word):
        return float(word)
    if _COMMA_GROUPS.fullmatch(word):
        return float(word.replace(",", ""))
    raise ValueError(word)


def _duration(parts: dict[str, str | None]) -> float:
    seconds = sum(
        float((parts.get(unit) or "0").replace(",", ".")) * _UNITS[unit] for unit in _DURATION
    )
    return -seconds if parts.get("sign") == "-" else seconds


def _clock(found: re.Match[str]) -> float:
    seconds = float(found["seconds"].replace(",", ".")) + 60 * int(found["minutes"])
    seconds += 3600 * int(found["hours"] or 0)
    days = 86400 * int(found["days"] or 0)
    if found["on"]:  # as pandas writes it: -1 days +23:59:59 is a second before
        return seconds - days if found["sign"] else seconds + days
    return -seconds - days if found["sign"] else seconds + days


def choose(words: Sequence[str], decimal: str, delimiter: str, *, port: bool) -> Notation:
    """Return the notation of a column.

    Args:
        words: Its different texts.
        decimal: `point`, `comma`, or `auto` to see by the words.
        delimiter: What stands between fields: a comma there is none within a number.
        port: Whether it is a port.
    """
    if decimal != "auto":
        return Notation(comma=decimal == "comma", port=port)
    if any(w.count(",") > 1 and _COMMA_GROUPS.fullmatch(w) for w in words):
        return Notation(port=port)  # 1,234,567 has commas within the digits, so 8,103 has one, too
    with_comma = [w for w in words if _COMMA.fullmatch(w)]
    certain = any(not _COMMA_GROUPS.fullmatch(w) for w in with_comma)
    comma = bool(with_comma) and (certain or delimiter == ";")
    if comma and delimiter == ",":
        comma = certain
    # 1.234.567 has points within the digits, so 8.103 beside it has one, too.
    comma = comma or any(w.count(".") > 1 and _POINT_GROUPS.fullmatch(w) for w in words)
    if comma and any(_POINT.fullmatch(w) and not _POINT_GROUPS.fullmatch(w) for w in words):
        comma = False
    return Notation(comma=comma, port=port)


def is_plain(word: str) -> bool:
    """Tell whether a word is a number in the notation of every program."""
    return _PLAIN.fullmatch(word) is not None


def is_hexadecimal(word: str) -> bool:
    """Tell whether a word is a number such as 0x1f."""
    return _HEX.fullmatch(word) is not None


def read_all(
    words: Sequence[str], notation: Notation
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return (V,) the words as numbers, and (V,) which of them are none."""
    values = np.full(len(words), np.nan)
    bad = np.zeros(len(words), dtype=np.bool_)
    for at, word in enumerate(words):
        try:
            values[at] = notation.read(word)
        except (ValueError, OverflowError):
            bad[at] = True
    return np.where(np.isfinite(values), values, np.nan), bad
