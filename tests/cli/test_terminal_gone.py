"""A dropped SSH or a closed window ends everything cleanly."""

from __future__ import annotations

import io
import os
import pty
import re
import signal
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest
from cli_harness import call
from terminal_app import app_on_a_terminal, output, wait_for_its_end, watch_until_it_steps
from thinned import first

from sim.archive.directory import RunDirectory
from tui.command_line.signals import StopRequest, handled, is_gone
from tui.terminal.driver import VanishingTerminal


def test_only_a_terminal_that_was_hung_up_is_gone() -> None:
    near, far = pty.openpty()
    assert not is_gone(far)
    os.close(near)
    assert is_gone(far)
    os.close(far)
    assert not is_gone(far)
    with Path(os.devnull).open() as nowhere, Path("file").open("w") as file:
        assert not is_gone(nowhere.fileno())
        assert not is_gone(file.fileno())


def test_a_vanishing_terminal_reports_once_and_swallows_the_rest() -> None:
    reports: list[int] = []
    near, far = pty.openpty()
    file = os.fdopen(far, "w")
    terminal = VanishingTerminal(file)
    with handled(lambda: reports.append(1)):
        terminal.write("seen")
        terminal.flush()
        assert reports == []
        os.close(near)
        for _ in range(3):
            terminal.write("lost")
            terminal.flush()
        time.sleep(0)
    assert reports == [1]
    with suppress(OSError):  # what was lost is still in its buffer
        file.close()


def test_a_closed_stream_is_swallowed_too() -> None:
    stream = io.StringIO()
    stream.close()
    with handled(lambda: None):
        assert VanishingTerminal(stream).write("lost") == 4


def test_who_holds_the_terminal_hears_a_quit() -> None:
    heard: list[int] = []
    before = signal.getsignal(signal.SIGQUIT)
    with handled(lambda: heard.append(1), holds_terminal=True):
        os.kill(os.getpid(), signal.SIGQUIT)
    assert heard == [1]
    with handled(lambda: heard.append(2)):
        assert signal.getsignal(signal.SIGQUIT) == before


def test_patience_has_an_end() -> None:
    asked: list[int] = []
    request = StopRequest(lambda: asked.append(1), patience=2)
    request()
    request()
    with pytest.raises(KeyboardInterrupt):
        request()
    assert (asked, request.made) == ([1, 1], True)


@pytest.mark.skipif(find_spec("tui.app") is None, reason="there is no app yet")
@pytest.mark.live
@pytest.mark.parametrize("ending", first(2, ["q", "hang-up", "SIGTERM", "SIGQUIT", "SIGHUP"]))
def test_the_app_ends_with_its_run_recorded(ending: str) -> None:
    arguments = ["--agents", "6", "--set", "detection.trees=8", "--run-dir", "r"]
    arguments += ["--set", "ui.on_hangup=end"]
    app, terminal = app_on_a_terminal(arguments)
    try:
        screen = watch_until_it_steps(terminal)
        if ending == "q":
            os.write(terminal, b"q")
        elif ending != "hang-up":
            app.send_signal(getattr(signal, ending))
        else:
            os.close(terminal)
        code, last = wait_for_its_end(app, None if ending == "hang-up" else terminal)
    except BaseException:
        app.kill()
        raise
    assert "\x1b[?1049h" in screen
    assert code == (0 if ending == "q" else 130), last
    if ending != "hang-up":
        assert "decsim-tui resume" in last
        assert "\x1b[?1049l" in last
    assert not RunDirectory.open(Path("r")).locked().taken
    assert not Path("r/ledger.db-wal").exists()  # ledger.db alone is the record
    assert call("verify", "r").code == 0
    assert call("replay", "r").code == 0


@pytest.mark.live
@pytest.mark.parametrize("on_hangup", first(1, ["detach", "end"]))
def test_a_suspended_app_hears_that_its_terminal_is_closed(on_hangup: str) -> None:
    """The system wakes stopped groups that nobody could continue, and hangs them up."""
    arguments = ["--agents", "6", "--set", "detection.trees=8", "--run-dir", "r"]
    shell, terminal = app_on_a_terminal(
        [*arguments, "--set", f"ui.on_hangup={on_hangup}"], shell=True
    )
    try:
        watch_until_it_steps(terminal)
        os.write(terminal, b"\x1a")
        app = psutil.Process(_stopped(terminal))
        assert app.status() == psutil.STATUS_STOPPED
    finally:
        os.close(terminal)
        shell.wait(30)
    psutil.wait_procs([app], 30)
    assert not app.is_running()
    alive = RunDirectory.open(Path("r")).locked().taken
    assert alive is (on_hangup == "detach")
    if alive:
        assert call("stop", "r").code == 0
    assert call("replay", "r").code == 0


def _stopped(terminal: int) -> int:
    """What the shell calls the app that it got the terminal back from."""
    seen, deadline = b"", time.monotonic() + 30
    for data in output(terminal):
        seen += data
        if found := re.search(rb"stopped (\d+)\r?\n", seen):
            return int(found[1])
        assert time.monotonic() < deadline, seen[-500:]
    pytest.fail("the terminal is gone")
