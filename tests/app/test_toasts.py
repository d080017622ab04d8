"""A toast that comes at the last moment does not stop the app."""

import time

import pytest
from app_pictures import paused
from fake_engine import FakeEngine
from pilots import seen, until
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


def test_a_notice_says_what_the_notification_said() -> None:
    said = Notification("Saved", "Run", "warning", 3.0, markup=True)
    notice = Notice.of(said)
    assert vars(notice) == vars(said)
    assert 2 < notice.time_left <= 3
    assert not notice.has_expired
