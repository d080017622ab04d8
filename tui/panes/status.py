"""The status line: fixed places, so that nothing moves; a fault takes another line."""

from __future__ import annotations

import time

from rich.cells import cell_len
from textual.geometry import Size
from textual.reactive import reactive
from textual.strip import Strip
from textual.timer import Timer

from sim.snapshot import RunState, Snapshot
from tui.panes.pane import Pane
from tui.record.book import Book
from tui.terminal.delta.meter import Meter, Reading
from tui.theme.glyphs import UNICODE, Glyphs
from tui.widgets.fold import folded
from tui.widgets.line import Line
from tui.widgets.quantity import brief, counted

_INKS = {
    RunState.LOADING: "run-loading",
    RunState.RUNNING: "run-running",
    RunState.PAUSED: "run-paused",
    RunState.FAULT: "run-fault",
    RunState.FINISHED: "run-finished",
    RunState.FAILED: "run-fault",
    RunState.STOPPED: "run-finished",
}
_SERIOUS = (RunState.FAULT, RunState.FAILED)
_FIELDS = (
    ("step", 16),
    ("pace", 16),
    ("queue", 5),
    ("attacks", 13),
    ("adversaries", 8),
    ("errors", 7),
)
"""Fields from left to right with their cells; those that do not fit are left out from the right."""

_LEAST_SAID = 20
"""Cells below which a sentence is not begun."""
_UNDOES = "u undoes: "
_NO_CAUSE = "no cause given"
_SHORT_COST = 11
"""Cells of the bytes alone, where there is no room for more."""
STEADY_SECONDS = 0.5
"""Between two figures of the pace."""
SAID_SECONDS = 4.0
"""For which an answer to a key stands there."""
METER_SECONDS = 1.0
"""Between two readings of what the screen costs."""


class StatusPane(Pane, can_focus=False):
    """Run state, step, pace, what waits, what is wrong; at the right which run it is."""

    PANE = "status"
    DEFAULT_CSS = """
    StatusPane, StatusPane.-ascii {
        height: auto;
        border: none;
        padding: 0 1;
        background: $surface;
    }
    """
    frozen: reactive[bool] = reactive(False)
    """Whether the view stands still."""
    pausing: reactive[bool] = reactive(False)
    """Whether a pause was asked for and the step under way is not done yet."""
    cost: reactive[str] = reactive("")
    """What the screen costs, where that was asked for."""
    said: reactive[str] = reactive("")
    """Answer to a key that could do nothing."""
    live: reactive[RunState | None] = reactive(None)
    """State of the run, also while the view stands still."""
    now: reactive[int] = reactive(0)
    """Step that the run has reached, also while the view stands still."""

    def __init__(self, glyphs: Glyphs = UNICODE, book: Book | None = None) -> None:
        super().__init__(glyphs, book)
        self._banners = 0
        self._metering: Timer | None = None
        self._saying: Timer | None = None
        self._measured: float | None = None
        """The pace that is shown."""
        self._measured_at = 0.0

    def toggle_meter(self, meter: Meter) -> None:
        """Show what the screen costs, or no longer."""
        if self._metering is None:
            self._metering = self.set_interval(METER_SECONDS, lambda: self._measure(meter))
            self._measure(meter)
        else:
            self._metering.stop()
            self._metering, self.cost = None, ""

    def _measure(self, meter: Meter) -> None:
        counted = meter.total_bytes > 0
        self.cost = cost_of(meter.read()) if counted else "not measured: another driver draws"

    def say(self, text: str) -> None:
        """Answer a key for a while; nothing says nothing."""
        if not text:
            return
        if self._saying is not None:
            self._saying.stop()
        self.said = text
        self._saying = self.set_timer(SAID_SECONDS, self._hush)

    def _hush(self) -> None:
        self.said = ""

    def watch_said(self) -> None:
        """Show it, or what was there before."""
        self.redraw()

    def watch_cost(self) -> None:
        """Show it."""
        self.redraw()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line, and up to two for a cause that needs attention."""
        return 1 + self._banner_lines(width)

    def watch_snapshot(self, old: Snapshot, new: Snapshot) -> None:
        """A fault needs another line."""
        banners = self._banner_lines(self.content_size.width)
        if banners != self._banners:
            self._banners = banners
            self.refresh(layout=True)
        super().watch_snapshot(old, new)

    def watch_pausing(self) -> None:
        """Answer the key at once, however long a step takes."""
        self.redraw()

    def watch_frozen(self) -> None:
        """Say so."""
        self.redraw()

    def watch_live(self) -> None:
        """A frozen view does not say that a run goes on which has stopped, or the other way."""
        if self.frozen:
            self.redraw()

    def watch_now(self) -> None:
        """Say how far behind a frozen view is."""
        if self.frozen:
            self.redraw()

    def draw(self, width: int, height: int) -> list[Strip]:
        """The line, and the cause of a fault."""
        ink, shot = self.ink, self.snapshot
        state = self._state
        word = state.value
        if self.pausing and state is RunState.RUNNING:
            word, state = "pausing", RunState.PAUSED
        glyph = getattr(self.glyphs, state.value)
        line = Line().add(f"{glyph} {word.upper():<8}", ink(_INKS[state], bold=True))
        right = self._right()
        # An answer, or the cost that was asked for, goes before the last fields.
        asked = cell_len(self.said) or (_SHORT_COST if self.cost else 0)
        most = width - (asked + 2 if asked else 0)
        if shot.run_id or shot.step:
            for name, cells in _FIELDS:
                text, colour = getattr(self, f"_{name}")()
                if line.width + cells > most:
                    break
                line.add("  ", ink()).add(f"{self.safe(text, cells - 2)}", ink(colour))
        elif shot.cause and not self._banner_lines(width):
            line.add("  " + self.safe(shot.cause, max(width - line.width - 2, 1)), ink())
        text, colour = self._fitting_in(right, width - line.width - 2)
        text = self.glyphs.plain(text)
        line.to(width - cell_len(text), ink()).add(
            text, ink(colour, bold=self.frozen, reverse=self.frozen)
        )
        return [line.strip(width, ink()), *self._banner(width)]

    @property
    def _state(self) -> RunState:
        """That of the run, also while the view stands still."""
        return self.live if self.frozen and self.live is not None else self.snapshot.state

    # Fields: text and ink.

    def _step(self) -> tuple[str, str]:
        return f"step {self.snapshot.step:>9,}", "foreground"

    def _pace(self) -> tuple[str, str]:
        shot = self.snapshot
        hanging = next((h for h in shot.health if h.name == "step" and not h.healthy), None)
        running = self._state is RunState.RUNNING
        if hanging is not None and running:
            return f"hangs {hanging.value:,.0f} s", "run-fault"
        measured = self._steady(shot.performance.steps_per_second)
        now = "–" if measured is None or not running else _rate(measured)
        asked = f"of {_rate(shot.pace)}/s" if shot.pace else "/s full"
        gap = "" if now != "–" and not shot.pace else " "
        room = min(5, dict(_FIELDS)["pace"] - 2 - len(gap + asked))
        return f"{now:>{room}}{gap}{asked}".replace("– /s", "–"), "foreground"

    def _steady(self, measured: float | None) -> float | None:
        """A figure that does not change faster than it can be read, while the run goes on."""
        now = time.monotonic()
        if self.snapshot.state is not RunState.RUNNING or now - self._measured_at >= STEADY_SECONDS:
            self._measured, self._measured_at = measured, now
        return self._measured if self._measured is not None else measured

    def _queue(self) -> tuple[str, str]:
        waiting = len(self.snapshot.pending)
        text = f"{self.glyphs.queue} {waiting or '–'}"
        return text, "steering" if waiting else "ink-dim"

    def _attacks(self) -> tuple[str, str]:
        there = len(self.snapshot.attacks)
        text = f"{self.glyphs.attack} {counted(there, 'attack')}" if there else self.glyphs.attack
        return (text, "truth-attack") if there else (f"{text} –", "ink-dim")

    def _adversaries(self) -> tuple[str, str]:
        there = int(self.snapshot.grid.adversary.sum())
        text = f"{self.glyphs.adversary} {brief(there) if there else '–'}"
        return text, "truth-adversary" if there else "ink-dim"

    def _errors(self) -> tuple[str, str]:
        there = sum(e.count for e in self.snapshot.errors)
        scarce = sum(not seen.healthy for seen in self.snapshot.health)
        there += len(self.snapshot.faults) + scarce
        text = f"{self.glyphs.failed} {brief(there) if there else '–'}"
        return text, "run-fault" if there else "ink-dim"

    def _right(self) -> list[tuple[str, str]]:
        """What stands at the right, the longest first."""
        shot = self.snapshot
        if self.frozen and not self.said:
            behind = max(self.now - shot.step, 0)
            words = f" {self.glyphs.frozen} frozen at {shot.step:,}"
            return [
                (f"{words} · {behind:,} behind ", "run-frozen"),
                (f" {self.glyphs.frozen} frozen ", "run-frozen"),
            ]
        if self.said:
            return [(self.safe(self.said), "steering")]
        if self.cost:
            return [(self.cost, "foreground"), (self.cost[:_SHORT_COST], "foreground")]
        begun = bool(shot.run_id or shot.step)
        if shot.state is RunState.LOADING and shot.cause and begun:
            return [(self.safe(shot.cause), "foreground")]
        if shot.state is RunState.FINISHED:
            over = self.safe(shot.cause) or "The run is over"
            return [
                (f"{over}: A result · e export · q leave", "run-finished"),
                (f"{over} · q leave", "run-finished"),
                (over, "run-finished"),
            ]
        if shot.state is RunState.PAUSED and shot.cause:
            return [(self.safe(shot.cause), "run-paused")]
        if shot.pause_when:
            return [(f"pauses when {shot.pause_when}", "steering"), ("pauses when …", "steering")]
        name = self.safe(shot.scenario or shot.traffic)[:24]
        seed = f"{name} · seed {shot.seed}" if name else ""
        if shot.watched:
            words = "only watching"
            return [(f"{words} · {seed}", "ink-dim"), (words, "ink-dim")]
        if shot.undo is not None and shot.undo.ticket:
            title = self.safe(shot.undo.title)
            return [(f"u withdraws: {title}", "steering"), ("u withdraws", "steering")]
        if shot.undo is not None:
            undo = f"{_UNDOES}{self.safe(shot.undo.title)}"
            return [(t, "ink-dim") for t in (f"{undo} · {seed}", f"{undo} · {name}", undo)]
        return [(seed, "ink-dim"), (name, "ink-dim")]

    def _fitting_in(self, right: list[tuple[str, str]], room: int) -> tuple[str, str]:
        """The longest that fits; what a key does or did is rather cut than left out."""
        whole = next((each for each in right if cell_len(each[0]) <= room), ("", "ink-dim"))
        cut = right[0] if right and right[0][1] == "steering" else None
        if right and not whole[0] and right[-1][0].startswith(_UNDOES):
            cut = right[-1]
        if cut is not None and cut[0] != whole[0] and room >= _LEAST_SAID:
            return self.safe(cut[0], room).rstrip(), cut[1]
        return whole

    def _banner_words(self) -> str:
        """The cause of a fault; empty where there is none."""
        shot = self.snapshot
        if shot.state not in _SERIOUS:
            return ""
        return f" {getattr(self.glyphs, shot.state.value)} {self.safe(shot.cause or _NO_CAUSE)}"

    def _banner_lines(self, width: int) -> int:
        """How many lines it takes."""
        words = self._banner_words()
        return 0 if not words or width <= 0 else 1 if cell_len(words) < width else 2

    def _banner(self, width: int) -> list[Strip]:
        """The cause of a fault in one or two lines, folded between words."""
        lines, words = self._banner_lines(width), self._banner_words()
        ink = self.ink("run-fault", bold=True, reverse=True)
        row = Line().add(words, ink).strip(cell_len(words), ink)
        said = folded(row, width, lines, ink, self.glyphs.ellipsis, indent=3) if lines else []
        return said + [Strip.blank(width, ink)] * (lines - len(said))


def cost_of(reading: Reading) -> str:
    """A reading in a text of one width, so that little of the line is sent again."""
    trip = "–" if reading.round_trip is None else f"{reading.round_trip * 1000:.0f}"
    kilobytes, frames = reading.bytes_per_second / 1000, reading.frames_per_second
    return f"{kilobytes:6.1f} KB/s {frames:4.0f} frames/s {trip:>5} ms"


def _rate(value: float) -> str:
    """Steps per second in two or three digits that count, at most four cells."""
    if value >= 1000:
        return f"{_rate(value / 1000)}k"
    if value >= 10:
        return f"{value:.0f}"
    return f"{value:.2g}".removeprefix("0") if value >= 0.01 else "<.01"
