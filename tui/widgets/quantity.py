"""Quantities as short text of a predictable width."""

from __future__ import annotations

from math import isnan

from sim.snapshot import Value


def percent(share: float | None, digits: int = 0) -> str:
    """`0.834` as `83 %`; a dash where there is none."""
    if share is None or isnan(share):
        return "–"
    if 0 < share < 0.01 and not digits:
        digits = 1
    return f"{share * 100:.{digits}f} %"


def whole(number: int) -> str:
    """`1234567` as `1,234,567`."""
    return f"{number:,}"


def brief(number: float) -> str:
    """`1234567` as `1.23M`: three digits that count."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= size:
            scaled = number / size
            return f"{scaled:.3g}{letter}" if scaled < 999.5 else f"{scaled:.0f}{letter}"
    return f"{number:.0f}"


def seconds(duration: float) -> str:
    """`0.0242` as `24.2 ms`."""
    if duration < 1e-3:
        return f"{duration * 1e6:.0f} µs"
    if duration < 1:
        return f"{duration * 1e3:.1f} ms"
    return f"{duration:.2f} s"


def megabytes(size: int) -> str:
    """Bytes as MiB or GiB."""
    return f"{size / 2**30:.2f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"


def plain_value(value: Value) -> str:
    """A value of a parameter as it would be typed."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if value != "" else "(empty)"


def counted(number: int, noun: str) -> str:
    """`3 steps`, `1 step`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def share(value: float | None) -> str:
    """A share in 0..1 as `.97` or `1.00`; a dash where there is none."""
    if value is None or isnan(value):
        return "–"
    return f"{value:.2f}".removeprefix("0")
