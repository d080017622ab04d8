"""A new row stands out for three frames, where the screen moves and has shades."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pictures import busy
from rich.segment import Segment
from rich.style import Style
from stage import DashboardStage
from textual import constants
from textual.color import Color
from textual.strip import Strip

from tui.widgets.freshness import CALM, FRAMES, HEAD, SHARES, Freshness, lit


def test_a_new_row_fades_over_three_frames() -> None:
    fresh = Freshness()
    assert not fresh.see([1, 2], now=0.0)  # what was there before is not new
    assert fresh.see([1, 2, 3, 4], now=CALM)
    seen = []
    for _ in range(FRAMES + 1):
        seen.append((fresh.share(2), fresh.share(3), fresh.share(4)))
        fresh.fade()
    assert seen == [(0.0, share, share) for share in SHARES[::-1]]
    assert not fresh.fading


def test_in_a_busy_list_none_stands_out() -> None:
    fresh = Freshness()
    fresh.see([1], now=0.0)
    assert fresh.see([1, 2], now=CALM)
    assert not fresh.see([1, 2, 3], now=CALM + 0.1)
    assert not fresh.see([1, 2, 3], now=CALM + 5.0)


def test_where_many_are_new_none_stands_out() -> None:
    fresh = Freshness()
    fresh.see([1, 2], now=0.0)
    assert not fresh.see([1, 2, 5, 6, 7], now=CALM)
    assert fresh.see([1, 2, 5, 6, 7, 9], now=2 * CALM)
    assert fresh.share(7) == 0.0 < fresh.share(9)


def test_another_list_is_not_new() -> None:
    fresh = Freshness()
    fresh.see([5, 9], now=0.0)
    assert not fresh.see([5], now=10.0)
    assert not fresh.see([], now=20.0)


def test_a_row_is_lit_at_its_beginning_only() -> None:
    style = Style(color="red", bgcolor="blue", bold=True)
    row = lit(Strip([Segment("#12  "), Segment("a name of it", style)]), Color(1, 2, 3))
    assert row.text == "#12  a name of it"
    lights = [
        (len(text), old is not None and old.bgcolor is not None and old.bgcolor.name == "#010203")
        for text, old, _ in row
    ]
    assert lights == [(5, True), (HEAD - 5, True), (9, False)]
    head, rest = (old for _, old, _ in list(row)[1:])
    assert head is not None
    assert (head.color, head.bold) == (style.color, True)
    assert rest == style


def grounds(app: DashboardStage) -> set[object]:
    pane = app.dashboard._panes[3]
    assert pane.PANE == "story"
    lines = [pane.render_line(y) for y in range(pane.content_size.height)]
    return {(style or Style()).bgcolor for line in lines for _, style, _ in line}


@pytest.mark.parametrize(
    ("level", "theme", "shows"),
    [("full", "decsim-dark", True), ("none", "decsim-dark", False), ("full", "decsim-16", False)],
)
async def test_where_nothing_moves_or_has_shades_nothing_fades(
    monkeypatch, level, theme, shows
) -> None:
    monkeypatch.setattr(constants, "TEXTUAL_ANIMATIONS", level)
    app = DashboardStage(busy(), theme)
    app.animation_level = level
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        before = grounds(app)
        story = app.dashboard.book.story
        pane = app.dashboard._panes[3]
        pane._fresh._when = float("-inf")
        story.tell(99, "something new", "quiet")
        app.dashboard.snapshot = replace(busy(), step=482)
        pane.redraw()
        await pilot.pause()
        assert (grounds(app) != before) == shows
