"""What the driver is handed in place of Textual's escape sequences."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from small_app import SmallApp
from textual._compositor import LayoutUpdate
from textual.widgets import Static

from tui.terminal.delta.dirty import Parts
from tui.terminal.delta.updates import take_updates


async def test_a_screen_comes_whole_at_first_and_then_in_parts() -> None:
    app, taken = SmallApp(), []
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause(0.1)
        # As an app with a terminal does with what it is given to display.
        app._display = lambda _, update: update and update.render_segments(Console())  # type: ignore[method-assign]
        take_updates(app, taken.append)
        for text in "abc":
            app.query_one("#count", Static).update(text)
            await pilot.pause()
    assert [type(update) for update in taken] == [LayoutUpdate, Parts, Parts]


async def test_only_widgets_with_dirty_lines_are_asked_for_lines(monkeypatch: Any) -> None:
    app, asked = SmallApp(), []
    async with app.run_test(size=(60, 12)) as pilot:
        app._display = lambda _, update: update and update.render_segments(Console())  # type: ignore[method-assign]
        take_updates(app, lambda _: None)
        app.refresh()
        await pilot.pause()
        for widget in app.screen.walk_children(with_self=True):
            draw = widget.render_lines

            def noted(crop: Any, widget: Any = widget, draw: Any = draw) -> Any:
                asked.append((widget, crop.height))
                return draw(crop)

            monkeypatch.setattr(widget, "render_lines", noted)
        count = app.query_one("#count", Static)
        count.update("\n".join(["new"] * 6))
        await pilot.pause()
    assert asked
    assert {widget for widget, _ in asked} == {count}
