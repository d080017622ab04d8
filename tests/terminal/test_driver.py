"""The driver on a pseudo-terminal: the same picture as Textual's own driver, for less."""

from __future__ import annotations

import os
import signal
import time

import pytest
from emulator import differences
from pty_app import PtyApp

import tui.terminal.delta.updates as updates
from tui.terminal.delta import DeltaDriver, Settings, choose_driver
from tui.terminal.driver import PatientDriver

ANEW = "\x1b[2J"


def test_both_drivers_show_the_same_through_a_session() -> None:
    with PtyApp("delta") as delta, PtyApp("stock") as stock:
        for app in (delta, stock):
            app.wait_for("plain")
        for keys in ("n", "n", "d", "\x1b", "t", "\x1b[6~", "d", "\x1b", "n"):
            for app in (delta, stock):
                app.press(keys)
                app.read()
            assert not differences(delta.terminal, stock.terminal), keys
        for app in (delta, stock):
            app.resize(44, 9)
            app.read()
        assert not differences(delta.terminal, stock.terminal)
    assert len(delta.written) < len(stock.written) / 2


def test_a_frame_begins_and_ends_a_synchronised_update() -> None:
    with PtyApp("delta") as app:
        app.wait_for("plain")
        app.press("n")
        frame = app.read()
    assert frame.count("\x1b[?2026h") == frame.count("\x1b[?2026l") >= 1
    assert frame.startswith("\x1b[?2026h")


def test_everything_is_painted_anew_on_ctrl_l_and_after_a_resize() -> None:
    with PtyApp("delta") as app:
        app.wait_for("plain")
        before = app.terminal.text()
        app.terminal.feed("\x1b[H\x1b[41mgarbage that somebody else wrote\r\n\x1b[2;5r")
        assert app.terminal.text() != before
        app.press("\x0c")
        assert ANEW in app.read()
        assert app.terminal.text() == before
        app.resize(50, 10)
        assert ANEW in app.read()


def test_a_resize_and_back_is_painted_anew_though_the_size_is_the_same() -> None:
    with PtyApp("delta") as app:
        app.wait_for("plain")
        before = app.terminal.text()
        app.resize(30, 6)
        app.resize(60, 12)
        app.terminal.feed("\x1b[2J")
        assert ANEW in app.read()
        assert app.terminal.text() == before


def test_after_a_suspension_the_terminal_is_painted_anew() -> None:
    with PtyApp("delta") as app:
        app.wait_for("plain")
        before = app.terminal.text()
        app.press("\x1a")
        left = app.read()
        assert "\x1b[?1049l" in left
        assert ANEW not in left.split("\x1b[?1049l")[1]
        app.terminal.feed("\x1b[0m\x1b[2J\x1b[Hthe shell")
        os.kill(app.process.pid, signal.SIGCONT)
        assert ANEW in app.wait_for("plain")
        assert app.terminal.text() == before


def test_nothing_is_written_while_nothing_changes_and_nothing_after_the_end() -> None:
    with PtyApp("delta") as app:
        app.wait_for("plain")
        app.read(quiet=1.0)
        before = len(app.written)
        time.sleep(1.5)
        app.read()
        assert len(app.written) == before
        app.press("nq")
        last = app.read()
        assert app.process.wait(10) == 0
        assert "m" in last.split("\x1b[?1049l")[0]
        assert "\x1b[6n" not in last.split("\x1b[?1049l")[1]


def test_the_cursor_is_where_somebody_writes_and_else_where_it_is() -> None:
    with PtyApp("delta") as app:
        app.wait_for("plain")
        app.press("w")
        app.wait_for("field")
        app.press("abc")
        app.wait_for("abc")
        cursor = app.terminal.screen.cursor
        place = cursor.x, cursor.y
        assert place[1] == 11
        app.press("\x1b")
        app.read()
        app.press("n")
        app.wait_for("1 lain")
        assert (cursor.x, cursor.y) != place


def test_a_terminal_that_takes_nothing_gets_the_latest_frame_only() -> None:
    with PtyApp("delta", size=(200, 60)) as app:
        app.wait_for("plain")
        app.press("r")
        time.sleep(3.0)  # nothing is read: some 90 frames
        app.press("q")
        rest = app.read(quiet=1.0)
    assert rest.count("\x1b[?2026h") < 60


@pytest.mark.parametrize("answers", [True, False])
def test_a_limit_is_kept(answers: bool) -> None:
    with PtyApp("delta", most=2000, answers=answers) as app:
        app.wait_for("plain")
        time.sleep(1)
        app.read()
        app.press("r")
        began, before = time.monotonic(), len(app.written.encode(errors="replace"))
        while time.monotonic() - began < 4:
            app.some(0.1)
        written = len(app.written.encode(errors="replace")) - before
        assert 0 < written < 2000 * (4 + 2)


def test_another_textual_gets_the_stock_driver_and_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen, reason = choose_driver(Settings())
    assert issubclass(chosen, DeltaDriver) and not reason
    monkeypatch.setattr(updates, "version", lambda _: "9.1.0")
    chosen, reason = choose_driver(Settings())
    assert chosen is PatientDriver
    assert reason == "Textual 9.1.0 is not 8.2.x"


@pytest.mark.parametrize("driver", ["delta", "stock"])
def test_a_sequence_that_makes_no_sense_is_not_the_last_that_is_heard(driver: str) -> None:
    with PtyApp(driver) as app:
        app.wait_for("plain")
        app.press("\x1b[:;:u")
        app.read()
        app.press("n")
        app.wait_for("1 lain")


@pytest.mark.parametrize("driver", ["delta", "stock"])
def test_a_signal_to_go_on_while_it_starts_does_not_start_it_twice(driver: str) -> None:
    with PtyApp(driver, signal_at_start="SIGCONT") as app:
        app.wait_for("plain")
        app.press("q")
        app.read()
        assert app.process.wait(10) == 0


@pytest.mark.parametrize("driver", ["delta", "stock"])
@pytest.mark.parametrize("seen", ["\x1b[?1049h", "plain"])
def test_an_app_whom_nobody_tells_of_the_hang_up_ends(driver: str, seen: str) -> None:
    """No signal: the terminal is not its controlling one, as under nohup."""
    with PtyApp(driver) as app:
        if seen == "plain":
            app.wait_for(seen)
        else:
            while seen not in app.written:
                app.some(0.1)
        app.hang_up()
        assert app.process.wait(10) == -signal.SIGTERM
