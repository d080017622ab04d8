"""Small drawings for the inspectors: a strip of scores, a deviation, a share."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from rich.text import Text

from tui.theme.glyphs import UNICODE
from tui.theme.ink import Ink

FURTHEST = 5.0
"""Deviation, in scales, at which a bar is full."""
STRIKING = 3.0
"""Deviation from which a bar is marked."""


def score_strip(scores: Sequence[float], width: int, threshold: float, ink: Ink) -> Text:
    """Scores in 0..1 as bars; where they outnumber the cells, a cell shows the highest of its."""
    text = Text(no_wrap=True)
    cells = min(width, len(scores))
    for cell in range(cells):
        part = scores[cell * len(scores) // cells : (cell + 1) * len(scores) // cells]
        known = [score for score in part if isfinite(score)]
        if not known:
            text.append(UNICODE.none, ink("ink-dim"))
            continue
        top = max(known)
        level = min(7, int(min(1.0, max(0.0, top)) * 8))
        text.append(
            UNICODE.levels[level], ink("agent-alert" if top >= threshold else "agent-normal")
        )
    return text


def deviation_bar(deviation: float, half: int, ink: Ink) -> Text:
    """A bar from the middle to the left or right, `2 * half + 1` cells."""
    text = Text(no_wrap=True)
    if not isfinite(deviation):
        return text.append(" " * half + UNICODE.none + " " * half, ink("ink-dim"))
    length = round(min(1.0, abs(deviation) / FURTHEST) * half)
    bar, rest = UNICODE.full * length, " " * (half - length)
    style = ink("agent-alert" if abs(deviation) >= STRIKING else "primary")
    dim = ink("ink-dim")
    if deviation < 0:
        return text.append(rest, dim).append(bar, style).append(f"│{' ' * half}", dim)
    return text.append(f"{' ' * half}│", dim).append(bar, style).append(rest, dim)


def share_bar(share: float, width: int, style: str, ink: Ink) -> Text:
    """A share in 0..1 as a bar of `width` cells."""
    filled = round(min(1.0, max(0.0, share)) * width) if isfinite(share) else 0
    text = Text(UNICODE.full * filled, ink(style), no_wrap=True)
    return text.append(UNICODE.track * (width - filled), ink("ink-dim"))


_NUMBER = 9
"""Most characters of a number."""


def number(value: float) -> str:
    """A number in few characters."""
    if not isfinite(value):
        return "n/a"
    text = f"{value:,.3f}"
    return text if len(text) <= _NUMBER else f"{value:.1e}"


def scales(deviation: float, sigma: str) -> str:
    """A deviation in scales, nothing where it is unknown; next to nothing has no direction."""
    if not isfinite(deviation):
        return ""
    return f"{deviation:+.1f}{sigma}" if abs(deviation) >= 0.05 else f"0.0{sigma}"
