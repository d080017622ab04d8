"""Charts, bars, quantities and lines of text."""

from __future__ import annotations

from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from tui.theme.glyphs import ASCII, CONSOLE, UNICODE, Glyphs
from tui.theme.symbols import choose_glyphs
from tui.widgets.canvas import Canvas
from tui.widgets.chart import area, bar, buckets, vote_bar
from tui.widgets.line import Line, clean, fit
from tui.widgets.quantity import brief, megabytes, percent, plain_value, seconds

values = st.lists(st.one_of(st.just(nan), st.floats(-10, 10)), max_size=300)


@given(values, st.integers(0, 60), st.integers(1, 5), st.sampled_from([UNICODE, ASCII]))
def test_charts_have_the_size_that_was_asked(series, width, height, glyphs) -> None:
    lines = area(series, width, height, glyphs, end=len(series))
    assert [cell_len(line) for line in lines] == [width] * height


def test_a_chart_of_one_line_shows_low_high_and_gaps() -> None:
    assert area((0.0, nan, 0.5, 1.0), 5, 1, UNICODE, high=1.0) == [" ▁ ▄█"]
    assert area((0.0, nan, 1.0), 3, 1, ASCII, high=1.0) == ["_ #"]
    assert area((), 3, 1, UNICODE) == ["   "]


def test_a_tall_chart_stands_on_its_lowest_line() -> None:
    assert area((1.0, 0.5, 0.25), 3, 2, UNICODE, high=1.0) == ["█  ", "██▄"]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=400), st.integers(1, 40), st.integers(0, 99))
def test_buckets_do_not_tremble_when_the_series_moves_on(series, width, extra) -> None:
    end = len(series) + extra
    before = buckets(series, width, end)
    assert len(before) <= width
    size = -(-len(series) // width)
    if size > 1 and end % size:
        after = buckets([*series[1:], 0.5], width, end + 1)
        # All whole groups but the oldest and the newest are the same as before.
        assert np.allclose(before[1:-1][-(len(after) - 2) :], after[1:-1][-(len(before) - 2) :])


def test_buckets_pass_over_gaps() -> None:
    assert buckets((1.0, nan, nan, nan, 3.0, 5.0), 3, 6).tolist()[0] == 1.0
    assert isnan(buckets((1.0, nan, nan, nan, 3.0, 5.0), 3, 6)[1])


@given(st.floats(-1, 2), st.integers(0, 50))
def test_bars_are_as_long_as_asked(share, width) -> None:
    full, track = bar(share, width, UNICODE)
    assert len(full + track) == width or width == 0


@pytest.mark.parametrize(
    ("share", "filled"),
    [(0.0, ""), (0.001, "╸"), (0.5, "━━━━━"), (0.55, "━━━━━╸"), (1.0, "━" * 10)],
)
def test_a_little_is_never_nothing(share, filled) -> None:
    assert bar(share, 10, UNICODE)[0] == filled


def spelled(confirm: float, refute: float, width: int, quorum: float = 0.6) -> str:
    letters = {"confirm": "C", "refute": "R", "abstain": "."}
    return "".join(
        ("|" if "+" in kind else letters[kind]) * len(cells)
        for kind, cells in vote_bar(confirm, refute, width, quorum)
    )


def test_a_vote_bar_shows_shares_of_those_who_judged_and_the_quorum() -> None:
    assert spelled(0, 0, 10) == ".........."
    assert spelled(10, 0, 10) == "CCCCCC|CCC"
    assert spelled(5, 5, 10) == "CCCCCR|RRR"
    assert spelled(4, 1, 10) == "CCCCCC|CRR"
    assert spelled(4, 1, 10, quorum=0.0) == "CCCCCCCCRR"


@given(st.floats(0, 500), st.floats(0, 500), st.integers(0, 40), st.floats(0, 1))
def test_a_vote_bar_is_as_long_as_asked(confirm, refute, width, quorum) -> None:
    assert len(spelled(confirm, refute, width, quorum)) == width


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (percent(None), "–"),
        (percent(nan), "–"),
        (percent(0.834), "83 %"),
        (percent(0.0004), "0.0 %"),
        (percent(0.0), "0 %"),
        (percent(1.0), "100 %"),
        (brief(999), "999"),
        (brief(1_204), "1.2k"),
        (brief(812_345), "812k"),
        (brief(999_700), "1000k"),
        (brief(6_156_800), "6.16M"),
        (seconds(0.0001), "100 µs"),
        (seconds(0.0242), "24.2 ms"),
        (seconds(2.5), "2.50 s"),
        (megabytes(412 * 2**20), "412 MiB"),
        (megabytes(3 * 2**30), "3.00 GiB"),
        (plain_value(True), "true"),
        (plain_value(0.60), "0.6"),
        (plain_value(""), "(empty)"),
    ],
)
def test_quantities(made, expected) -> None:
    assert made == expected


@given(st.text(max_size=30), st.integers(0, 20))
def test_text_fits_exactly(text, width) -> None:
    assert cell_len(fit(clean(text), width)) == width


def test_text_from_data_cannot_reach_the_terminal() -> None:
    nasty = "a\x1b[31mb\u202ec\u200bd\x07\n\x9be\x00"
    assert clean(nasty) == "a[31mbcde"
    assert clean("dst_ports↑ größer 端口") == "dst_ports↑ größer 端口"


@given(st.text())
def test_ascii_glyphs_leave_only_ascii(text) -> None:
    assert ASCII.plain(clean(text)).isascii()


SETS = [UNICODE, CONSOLE, ASCII]


@pytest.mark.parametrize("glyphs", SETS, ids=["unicode", "console", "ascii"])
def test_every_glyph_is_one_cell(glyphs: Glyphs) -> None:
    for name in Glyphs.__slots__:
        value = getattr(glyphs, name)
        for symbol in (
            (value,)
            if isinstance(value, str)
            else value
            if name not in ("ascii", "braille")
            else ()
        ):
            assert cell_len(symbol) == 1 == len(symbol), name
            assert glyphs.shows(symbol), name


@pytest.mark.parametrize("glyphs", SETS, ids=["unicode", "console", "ascii"])
def test_states_differ_by_glyph_alone(glyphs: Glyphs) -> None:
    marks = (glyphs.attacked, glyphs.adversary, glyphs.both)
    assert len({*glyphs.agent, *glyphs.shades, *marks}) == 5 + 4 + 3
    assert len({glyphs.confirm, glyphs.refute, glyphs.abstain, glyphs.quorum}) == 4
    assert len({glyphs.accepted, glyphs.rejected, glyphs.expired, glyphs.pending}) == 4
    assert len({glyphs.running, glyphs.paused, glyphs.fault, glyphs.failed}) == 4


def test_glyphs_follow_the_encoding() -> None:
    assert choose_glyphs(True, "utf-8") is ASCII
    assert choose_glyphs(False, "UTF-8") is UNICODE
    assert choose_glyphs(False, "latin-1") is ASCII
    assert choose_glyphs(False, "no such encoding") is ASCII


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"LANG": "de_DE.UTF-8", "TERM": "xterm"}, UNICODE),
        ({"TERM": "xterm"}, UNICODE),
        ({"LANG": "C"}, ASCII),
        ({"LC_ALL": "POSIX", "LANG": "en_GB.UTF-8"}, ASCII),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, ASCII),  # as Python itself changes the first
        ({"LANG": "C", "LC_CTYPE": "en_GB.UTF-8"}, UNICODE),
        ({"LANG": "en_GB.UTF-8", "TERM": "linux"}, CONSOLE),
        ({"LANG": "en_GB.UTF-8", "TERM": "linux-16color"}, CONSOLE),
        ({"LANG": "en_GB.UTF-8", "TERM": "vt220"}, CONSOLE),
        ({"LANG": "C", "TERM": "linux"}, ASCII),
    ],
)
def test_glyphs_follow_locale_and_terminal(environ: dict[str, str], expected: Glyphs) -> None:
    assert choose_glyphs(False, "utf-8", environ) is expected


def test_neighbours_of_one_style_are_one_segment() -> None:
    one, other = Style(bold=True), Style(italic=True)
    strip = Line().add("ab", one).add("cd", one).add("e", other).strip(8, other)
    assert [segment.text for segment in strip] == ["abcd", "e", "   "]
    assert strip.cell_length == 8
    canvas = Canvas(4, 2)
    canvas.characters[0] = [ord(c) for c in "●▲ab"]
    canvas.styles[0] = [0, 0, 1, 1]
    first, second = canvas.strips([one, other])
    assert [segment.text for segment in first] == ["●▲", "ab"]
    assert [segment.text for segment in second] == ["    "]
