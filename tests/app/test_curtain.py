"""The first picture: frames where the panes will be, gone without a trace when nothing follows."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest
from app_pictures import running
from emulator import Terminal
from fake_engine import FakeEngine

from sim.config.schema import UiSection
from tui.command_line.curtain import _ROUND, picture
from tui.screens.arrangement import TITLES
from tui.screens.dashboard import PANES

ROOT = Path(__file__).parents[2]
SIZES = [(80, 24), (120, 40), (200, 60), (300, 20), (50, 15), (30, 80)]


def test_titles_are_those_of_the_panes() -> None:
    assert {pane.PANE: (pane.KEY, pane.NAME) for pane in PANES} == TITLES


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_frames_are_where_the_panes_will_be(make_app, size) -> None:

    terminal = Terminal(*size)
    terminal.feed(picture(*size, _ROUND, "o"))
    drawn = terminal.text().split("\n")
    app = make_app(FakeEngine(running()), UiSection(refresh_hz=30))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        real = ["".join(s.text for s in strip) for strip in app.screen._compositor.render_strips()]
    for y, line in enumerate(drawn[: size[1] - 1]):
        for x, character in enumerate(line):
            if character in "╭╮╰╯":
                assert real[y][x] == character, (x, y)


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (39, 9)], ids=str)
def test_the_smallest_terminals_have_no_frames(size) -> None:
    terminal = Terminal(*size)
    terminal.feed(picture(*size, _ROUND, "o"))
    assert "╭" not in terminal.text()


def session(*options: str) -> tuple[bytes, int]:
    """What the app writes to a terminal until it ends, and its code."""
    near, far = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "tui", *options], cwd=ROOT, stdin=far, stdout=far, stderr=far,
        env=os.environ | {"TERM": "xterm-256color"}, start_new_session=True,
    )  # fmt: skip
    os.close(far)
    written, end = b"", time.monotonic() + 60
    while time.monotonic() < end:
        try:
            more = os.read(near, 65536)
        except OSError:
            break
        if not more:
            break
        written += more
    os.close(near)
    return written, child.wait(30)


@pytest.mark.parametrize("options", [("--set", "detection.treshold=1"), ()], ids=["option", "none"])
def test_what_is_wrong_leaves_one_line_on_the_terminal_as_it_was(
    closed_world, monkeypatch, options
) -> None:
    monkeypatch.setenv("DECSIM_DETECTION__TRESHOLD", "1")
    written, code = session(*options)
    assert code == 2
    frames, _, after = written.partition(b"\x1b[?1049l")
    assert b"\x1b[?1049h" in frames and b"LOADING" in frames
    assert b"did you mean" in after and after.count(b"\n") == 1
