"""A text to read is drawn as a `Static` would draw it, line by line."""

from __future__ import annotations

import pytest
from rich.text import Text
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from tui.widgets.page import Page

TEXT = (
    Text("What happens\n", "bold")
    .append("  observe → detect → sign and vote\n\n")
    .append("narrow terminals wrap what is long, 漢字 too\n", "italic")
    .append("the end")
)
LINES = TEXT.split("\n", allow_blank=True)


class Reading(App[None]):
    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self._widget = widget

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield self._widget


async def lines(widget: Widget, width: int) -> list[list[tuple[str, bool, bool]]]:
    app = Reading(widget)
    async with app.run_test(size=(width, 8)) as pilot:
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
    return [_runs(strip) for strip in strips]


def _runs(strip) -> list[tuple[str, bool, bool]]:
    """Cells with what is to be seen of their style."""
    return [
        (character, bool(style.bold), bool(style.italic))
        for text, style, _ in strip
        for character in text
        if character != " "
    ]


@pytest.mark.parametrize("width", [60, 24, 11])
async def test_it_looks_as_a_static_does(width: int) -> None:
    assert await lines(Page(LINES), width) == await lines(Static(TEXT), width)


async def test_another_theme_gives_it_other_colours() -> None:
    app = Reading(Page(LINES))
    async with app.run_test(size=(40, 8)) as pilot:
        page = app.query_one(Page)
        before = page.render_line(1)
        assert page.render_line(1) is before, "drawn once"
        app.theme = "textual-light"
        await pilot.pause()
        assert page.render_line(1) != before


async def test_a_layout_without_a_scroll_bar_and_with_one_draws_nothing_again() -> None:
    page = Page([*LINES] * 4)
    app = Reading(page)
    async with app.run_test(size=(40, 8)) as pilot:
        await pilot.pause()
        before = page.render_line(1)
        page.refresh(layout=True)
        await pilot.pause()
        assert page.render_line(1) is before
