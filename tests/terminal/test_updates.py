"""What the driver is handed in place of Textual's escape sequences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console
from small_app import SmallApp
from textual._compositor import Compositor, LayoutUpdate
from textual.widgets import Static

from tui.terminal.delta.dirty import Parts
from tui.terminal.delta.updates import Update, take_updates, unsupported


def displays(app: SmallApp, take: Callable[[Update], None]) -> None:
    """Hand updates over, and render what is left of them as an app with a terminal does."""
    app._display = lambda _, update: update and update.render_segments(Console())  # type: ignore[method-assign]
    take_updates(app, take)


async def test_a_screen_comes_whole_at_first_and_then_in_parts() -> None:
    app, taken = SmallApp(), []
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause(0.1)
        displays(app, taken.append)
        kinds = []
        for text in "abc":
            app.query_one("#count", Static).update(text)
            await pilot.pause(0.1)
            kinds.append([type(update) for update in taken])
            taken.clear()
    assert kinds[0][0] is LayoutUpdate
    assert kinds[1:] == [[Parts], [Parts]]


def test_a_compositor_that_works_otherwise_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert unsupported() == ""
    with monkeypatch.context() as changed:
        changed.delattr(Compositor, "visible_widgets")
        assert "composes updates in another way" in unsupported()
    monkeypatch.setattr(Compositor, "render_partial_update", lambda self, more: None)
    assert "composes updates in another way" in unsupported()


async def test_only_widgets_with_dirty_lines_are_asked_for_lines(monkeypatch: Any) -> None:
    app, asked = SmallApp(), []
    async with app.run_test(size=(60, 12)) as pilot:
        displays(app, lambda _: None)
        app.refresh()
        await pilot.pause(0.1)
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
