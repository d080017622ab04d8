"""Long sentences go on in further lines, under what they belong to, and lose no word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from tui.widgets.fold import INDENT, folded, hanging

PLAIN = Style()
words = st.lists(st.text("abcdefgh", min_size=1, max_size=12), min_size=1, max_size=12)


def lines_of(text: str, width: int, lines: int) -> list[str]:
    strips = folded(Strip([Segment(text, PLAIN)]), width, lines, PLAIN, "…")
    assert {strip.cell_length for strip in strips} == {width}
    return [strip.text for strip in strips]


@given(words, st.integers(24, 60))
def test_a_row_of_enough_lines_has_every_word(said, width) -> None:
    text = "    s40  " + " ".join(said)
    found = lines_of(text, width, 12)
    assert all(line.strip() for line in found), "no more lines than it takes"
    assert " ".join(found).split() == text.split()
    assert all(line.startswith(" " * INDENT) for line in found[1:])


def test_what_is_too_long_says_so_at_its_end() -> None:
    found = lines_of("  s13  port_scan: accepted as #13 #15 #17 and 13 more", 24, 2)
    assert found == ["  s13  port_scan:       ", "        accepted as #13…"]


@given(words, st.integers(26, 60))
def test_a_value_goes_on_under_itself(said, width) -> None:
    text = f"{'Rule':<12}{' '.join(said)}"
    first, *rest = hanging(Text(text), width, 12).plain.split("\n")
    assert " ".join([first, *rest]).split() == text.split()
    assert all(line.startswith(" " * 12) for line in rest)
    assert max(map(len, [first, *rest])) <= width
