"""The cursor of a list stays with its row, in sight, and off headings."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.line_list import ListCursor, Row, thumb


def rows_of(*keys: int | None) -> list[Row]:
    return [Row(key, key) for key in keys]


@st.composite
def keys_with_headings(draw) -> list[int | None]:
    keys = draw(st.lists(st.integers(0, 40), max_size=20, unique=True))
    for place in draw(st.lists(st.integers(0, 20), max_size=6)):
        keys.insert(place, None)
    return keys


steps = st.lists(st.integers(-30, 30), max_size=10)


@given(keys_with_headings(), keys_with_headings(), steps, st.integers(1, 12))
def test_the_cursor_is_in_sight_and_on_a_row(before, after, moves, height) -> None:
    cursor = ListCursor()
    for keys in (before, after):
        rows = rows_of(*keys)
        cursor.settle(rows, height)
        for by in moves:
            cursor.move(rows, by, height)
        if any(row.selectable for row in rows):
            assert rows[cursor.index].selectable
            assert cursor.row(rows) is rows[cursor.index]
            assert cursor.first <= cursor.index < cursor.first + height
        else:
            assert cursor.row(rows) is None
        assert 0 <= cursor.first <= max(0, len(rows) - height)


def test_it_follows_the_head_until_it_is_moved() -> None:
    cursor = ListCursor()
    cursor.settle(rows_of(3, 2, 1), 3)
    cursor.settle(rows_of(4, 3, 2, 1), 3)
    assert (cursor.index, cursor.following) == (0, True)
    cursor.move(rows_of(4, 3, 2, 1), 2, 3)
    cursor.settle(rows_of(6, 5, 4, 3, 2, 1), 3)
    assert rows_of(6, 5, 4, 3, 2, 1)[cursor.index].key == 2
    assert not cursor.following
    cursor.move(rows_of(6, 5, 4, 3, 2, 1), -9, 3)
    assert cursor.following


def test_what_is_in_sight_stands_still_while_held() -> None:
    cursor = ListCursor()
    old = list(range(20, 0, -1))
    cursor.settle(rows_of(*old), 5)
    cursor.move(rows_of(*old), 7, 5)
    seen = old[cursor.first : cursor.first + 5]
    new = [22, 21, *old]
    cursor.settle(rows_of(*new), 5)
    assert new[cursor.first : cursor.first + 5] == seen


def test_a_row_that_vanishes_hands_the_cursor_to_the_row_in_its_place() -> None:
    cursor = ListCursor()
    cursor.settle(rows_of(3, 2, 1), 3)
    cursor.move(rows_of(3, 2, 1), 2, 3)
    cursor.settle(rows_of(4, 3, 2), 3)
    assert cursor.key == 2
    cursor.settle(rows_of(5, 4, 3, 2), 4)
    assert cursor.index == 3


def test_headings_are_passed_over_and_seen_with_the_first_row() -> None:
    rows = rows_of(None, 1, None, 2)
    cursor = ListCursor()
    cursor.settle(rows, 2)
    assert (cursor.index, cursor.first) == (1, 0)
    cursor.move(rows, 1, 2)
    assert cursor.index == 3
    cursor.move(rows, -1, 2)
    assert (cursor.index, cursor.first) == (1, 0)


@given(st.integers(0, 200), st.integers(1, 50), st.integers(0, 300))
def test_the_thumb_stays_in_the_bar(first, height, count) -> None:
    first = min(first, max(count - height, 0))
    lines = thumb(first, height, count)
    assert bool(lines) == (count > height)
    if lines:
        assert 0 <= lines.start < lines.stop <= height
        if first == 0:
            assert lines.start == 0
        if first == count - height:
            assert lines.stop == height
