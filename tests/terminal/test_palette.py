"""Colours of a terminal with 256 of them."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color, ColorSystem
from rich.color_triplet import ColorTriplet
from rich.style import Style

from sim.config.paths import shipped
from tui.terminal.delta.palette import nearest, shown
from tui.terminal.delta.pens import Pens

RAMP = range(232, 256)


@pytest.mark.parametrize("theme", ["decsim-dark", "decsim-light"])
def test_greys_and_dark_grounds_stay_grey(theme) -> None:
    colours = yaml.safe_load((shipped("themes") / f"{theme}.yaml").read_text())
    greys = ("background", "surface", "panel", "foreground", "border-blurred", "ink-dim")
    values = {**colours, **colours.get("variables", {})}
    for name in greys:
        number = shown(Color.parse(values[name]), ColorSystem.EIGHT_BIT).number
        assert number in RAMP or number in (16, 231), name


@given(st.tuples(*[st.sampled_from((0, 95, 135, 175, 215, 255))] * 3))
def test_a_colour_of_the_cube_is_itself(colour) -> None:
    found = Color.from_ansi(nearest(ColorTriplet(*colour))).get_truecolor()
    assert tuple(found) == colour


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_other_systems_are_as_rich_has_them(colour) -> None:
    given_one = Color.from_triplet(ColorTriplet(*colour))
    sixteen = ColorSystem.STANDARD
    assert shown(given_one, sixteen) == given_one.downgrade(sixteen)
    assert shown(given_one, ColorSystem.TRUECOLOR).get_truecolor() == given_one.triplet
    assert 16 <= (shown(given_one, ColorSystem.EIGHT_BIT).number or 0) < 256


def test_a_pen_draws_with_the_nearest_colour() -> None:
    pens = Pens(ColorSystem.EIGHT_BIT)
    pen = pens[pens.of(Style(color="#8d9bab", bgcolor="#222d39"))]
    assert (pen.foreground, pen.background) == ("38;5;247", "48;5;236")


@pytest.mark.parametrize(
    ("colour", "codes"),
    [
        ("#dadada", "38;5;253"),
        ("#5fafff", "38;5;75"),
        ("#5fafaf", "38;5;73"),
        ("#dadadb", "38;2;218;218;219"),
        # Those that base16 redefines.
        ("#0000ff", "38;2;0;0;255"),
        ("#000000", "38;2;0;0;0"),
    ],
)
def test_a_colour_that_has_a_number_is_named_by_it(colour, codes) -> None:
    pens = Pens(ColorSystem.TRUECOLOR)
    assert pens[pens.of(Style(color=colour))].foreground == codes
