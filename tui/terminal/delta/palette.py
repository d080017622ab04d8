"""The colour of the 256 that looks most like another one."""

from __future__ import annotations

from functools import cache, lru_cache
from math import cbrt

from rich.color import Color, ColorSystem
from rich.color_triplet import ColorTriplet

Lab = tuple[float, float, float]

_LEVELS = (0, 95, 135, 175, 215, 255)
"""Of each channel in the cube of 216 colours."""
_FIRST = 16
"""The sixteen before are the terminal's own, whatever they look like."""
_KEPT = 4096


def shown(colour: Color, system: ColorSystem) -> Color:
    """A colour as a terminal of a colour system shows it best.

    Rich rounds each channel to the cube where a colour is not quite grey, which makes lavender of
    the greys of a theme and navy of its dark panels; here the nearest of cube and ramp is taken.
    """
    if system is ColorSystem.EIGHT_BIT and colour.triplet is not None:
        return Color.from_ansi(nearest(colour.triplet))
    return colour.downgrade(system)


@lru_cache(_KEPT)
def nearest(colour: ColorTriplet) -> int:
    """Number of the nearest colour by distance in Oklab."""
    wanted = _oklab(*colour)
    distances = [sum((a - b) ** 2 for a, b in zip(wanted, lab, strict=True)) for lab in _palette()]
    return _FIRST + distances.index(min(distances))


@cache
def _palette() -> tuple[Lab, ...]:
    """The colours from 16 on."""
    cube = [(r, g, b) for r in _LEVELS for g in _LEVELS for b in _LEVELS]
    ramp = [(8 + 10 * n,) * 3 for n in range(24)]
    return tuple(_oklab(*colour) for colour in (*cube, *ramp))


def _oklab(*colour: int) -> Lab:
    """SRGB of 0 to 255 in Oklab (Björn Ottosson, "A perceptual color space", 2020)."""
    r, g, b = (_linear(channel / 255) for channel in colour)
    long = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    middle = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _linear(share: float) -> float:
    """Light of a channel of sRGB, 0 to 1."""
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)
