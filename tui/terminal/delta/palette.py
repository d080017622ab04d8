"""The 256 colours: which looks most like another one, and which is the very same."""

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
_TRUSTED = 22
"""The first that nobody redefines; base16 has colours of its own in the six before."""
_KEPT = 4096


def shown(colour: Color, system: ColorSystem) -> Color:
    """A colour as a terminal of a colour system shows it best.

    Rich rounds each channel to the cube where a colour is not quite grey, which makes lavender of
    the greys of a theme and navy of its dark panels; here the nearest of cube and ramp is taken.
    """
    if colour.triplet is not None:
        if system is ColorSystem.EIGHT_BIT:
            return Color.from_ansi(nearest(colour.triplet))
        if system is ColorSystem.TRUECOLOR:
            return same(colour)
    return colour.downgrade(system)


def same(colour: Color) -> Color:
    """A colour by its number where it has one.

    That is half as long, and a terminal of 16 million colours knows these 256 as well. It shows
    another colour to those only who redefined them, and who do that want it so everywhere.
    """
    number = _numbers().get(colour.triplet) if colour.triplet is not None else None
    return colour if number is None else Color.from_ansi(number)


@lru_cache(_KEPT)
def nearest(colour: ColorTriplet) -> int:
    """Number of the nearest colour by distance in Oklab."""
    wanted = _oklab(*colour)
    distances = [sum((a - b) ** 2 for a, b in zip(wanted, lab, strict=True)) for lab in _palette()]
    return _FIRST + distances.index(min(distances))


@cache
def _palette() -> tuple[Lab, ...]:
    """The colours from 16 on, in Oklab."""
    return tuple(_oklab(*colour) for colour in _colours())


@cache
def _numbers() -> dict[ColorTriplet, int]:
    """Number of each colour that can be relied on."""
    found = {colour: number for number, colour in enumerate(_colours(), _FIRST)}
    return {colour: number for colour, number in found.items() if number >= _TRUSTED}


def _colours() -> list[ColorTriplet]:
    """The colours from 16 on: a cube of 216 and a ramp of 24 greys."""
    cube = [ColorTriplet(r, g, b) for r in _LEVELS for g in _LEVELS for b in _LEVELS]
    ramp = [ColorTriplet(*(8 + 10 * n,) * 3) for n in range(24)]
    return [*cube, *ramp]


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
