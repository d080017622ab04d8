"""A toast that comes at the last moment does not stop the app."""

import time

import pytest
from app_pictures import paused
from fake_engine import FakeEngine
from pilots import seen, until
from textual.events import MouseDown
from textual.notifications import Notification
from textual.widgets._toast import Toast

from tui.terminal.toast import LEAST, Notice


async def test_a_notification_that_expires_before_its_toast_is_made(
    make_app, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test(notifications=True) as pilot:
        await seen(pilot)
        app.notify("Saved", timeout=60)
        await until(pilot, lambda: app.screen.query(Toast))
        (notification,) = app._notifications
        monkeypatch.setattr("textual.notifications.time", lambda: time.time() + 61)
        assert notification.has_expired
        # A timer of less than no time would go on for ever.
        assert Toast(notification)._timeout == LEAST


async def test_a_click_on_a_toast_that_is_just_going(make_app) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test(notifications=True, size=(120, 40)) as pilot:
        await seen(pilot)
        app.notify("Saved", timeout=60)
        await until(pilot, lambda: app.screen.query(Toast) and app.screen.query_one(Toast).region)
        toast = app.screen.query_one(Toast)
        x, y = toast.region.x + 3, toast.region.y + 1
        place = {"x": x, "y": y, "screen_x": x, "screen_y": y, "delta_x": 0, "delta_y": 0}
        down = MouseDown(None, **place, button=1, shift=False, meta=False, ctrl=False)
        parent, toast._parent = toast._parent, None  # gone, and still on the map of the screen
        app.screen._forward_event(down)
        toast._parent = parent
        assert app.is_running


def test_a_notice_says_what_the_notification_said() -> None:
    said = Notification("Saved", "Run", "warning", 3.0, markup=True)
    notice = Notice.of(said)
    assert vars(notice) == vars(said)
    assert 2 < notice.time_left <= 3
    assert not notice.has_expired
