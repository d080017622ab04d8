"""Recordings of the screen: what a player shows is what the app showed."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_harness import call
from emulator import Terminal
from rich.segment import Segment
from rich.style import Style
from textual._compositor import LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tui.screens.dashboard import Dashboard
from tui.terminal.delta.cast import Cast


def whole(*lines: str) -> LayoutUpdate:
    width = len(lines[0])
    strips = [[Strip([Segment(line, Style.parse("red on blue"))])] for line in lines]
    return LayoutUpdate(strips, Region(0, 0, width, len(lines)))


def played(text: str, until: float = float("inf")) -> Terminal:
    header, *events = map(json.loads, text.splitlines())
    terminal = Terminal(header["width"], header["height"])
    for when, kind, data in events:
        if when > until:
            break
        if kind == "r":
            columns, _, rows = data.partition("x")
            terminal.screen.resize(int(rows), int(columns))
        else:
            terminal.feed(data)
    return terminal


def test_a_recording_has_a_header_and_events_in_order() -> None:
    out, times = io.StringIO(), iter([5.0, 5.0, 5.0, 6.5, 8.0, 8.0])
    cast = Cast(out, lambda: next(times), title="a title")
    cast.record(whole("one  ", "     "))
    cast.record(whole("one  ", "two  "))
    cast.record(whole("wide   "))
    header, *events = map(json.loads, out.getvalue().splitlines())
    assert header == {"version": 2, "width": 5, "height": 2, "title": "a title"}
    assert [(when, kind) for when, kind, _ in events] == [
        (0.0, "o"),
        (0.0, "o"),
        (1.5, "o"),
        (3.0, "r"),
        (3.0, "o"),
    ]
    assert "one" not in events[2][2]
    assert played(out.getvalue(), until=2.0).text() == "one\ntwo"
    assert played(out.getvalue()).text() == "wide"


class Full(io.StringIO):
    """A file on a disk that becomes full."""

    def write(self, text: str) -> int:
        if self.tell() > 100:
            raise OSError(28, "No space left on device")
        return super().write(text)


def test_a_disk_that_is_full_ends_the_recording_and_is_told() -> None:
    out = Full()
    cast = Cast(out, lambda: 0.0)
    for text in ("one", "two", "one"):
        cast.record(whole(text))
    assert cast.error is not None
    assert cast.error.errno == 28


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    done = call("run", "--steps", "6", "--agents", "8", "--run-dir", "r", "--quiet")
    assert done.code == 0, done.err
    return tmp_path / "r"


@pytest.mark.live
def test_a_recorded_run_is_rendered_without_a_terminal(run: Path) -> None:
    done = call("render", "r", "--cast", "all.cast", "--from", "3", "--to", "5", "--speed", "2")
    assert done.code == 0, done.err
    text = Path("all.cast").read_text("utf-8")
    assert "step 3 " in " ".join(played(text, until=0.0).text().split())
    assert "step 5 " in " ".join(played(text).text().split())
    assert "Agents 8" in played(text).text()
    last = json.loads(text.splitlines()[-1])[0]
    assert 0.0 < last <= 2 / (2 * 2)  # two steps on, quickstart does two a second, twice as fast


@pytest.mark.live
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--to", "99"], "has steps 1 to 6, asked for 1 to 99"),
        (["--from", "5", "--to", "4"], "asked for 5 to 4"),
        (["--size", "0x0"], "--size: '0x0' is no size"),
        (["--size", "axb"], "--size: 'axb' is no size"),
        (["--speed", "0"], "--speed"),
        (["--cast", "no/such/folder.cast"], "there is no folder"),
    ],
)
def test_what_cannot_be_rendered_is_told(run: Path, arguments: list[str], told: str) -> None:
    done = call("render", "r", "--cast", "x.cast", *arguments)
    assert done.code == 2
    assert told in done.err
    assert not Path("x.cast").exists()


@pytest.mark.live
def test_a_film_of_an_app_that_breaks_comes_to_an_end(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The picture that it waits for is never drawn."""
    after = Dashboard.call_after_refresh

    def breaking(dashboard: Dashboard, callback: Callable[[], None]) -> bool:
        if dashboard.snapshot.step < 3:
            return after(dashboard, callback)
        try:
            raise ZeroDivisionError("a pane breaks")
        except ZeroDivisionError as error:
            dashboard.app._handle_exception(error)
        return False

    monkeypatch.setattr(Dashboard, "call_after_refresh", breaking)
    done = call("render", "r", "--cast", "x.cast")
    assert done.code == 1
    assert "a pane breaks" in done.err
    assert not Path("x.cast").exists()


@pytest.mark.live
def test_a_late_part_is_computed_from_the_nearest_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same map comes out as of a record that has no checkpoints."""
    monkeypatch.chdir(tmp_path)
    options = ("--agents", "6", "--set", "simulation.checkpoint_interval=10", "--quiet")
    assert call("run", "--steps", "24", "--run-dir", "r", *options).code == 0
    maps = []
    for computed in (4, 24):  # after step 20, and from the beginning
        done = call("render", "r", "--cast", "late.cast", "--from", "22")
        assert done.code == 0, done.err
        assert f"3 steps shown, {computed} computed" in done.err
        screen = played(Path("late.cast").read_text(encoding="utf-8")).text()
        maps.append([line[:42] for line in screen.splitlines()[1:30]])
        shutil.rmtree("r/checkpoints", ignore_errors=True)
    assert maps[0] == maps[1]
    assert "Agents 6" in "".join(maps[0])
