"""The app in a pseudo-terminal, at full speed: how soon a key shows, and what the screen costs.

The terminal is a real one for the app: it reads keys from it and draws on it; nothing is stubbed.
Keys are pressed in turn here and in a plain Textual app of as many cells, which changes as many of
them ten times a second, while the same engine keeps the machine busy. The pace is counted in the
ledger, with and without the screen in turn, and in one run whose screen is held at times.
"""

from __future__ import annotations

import sys
import time

from run_process import RunProcess
from screen_session import AppSession, Line, ScreenSession
from timing import Figure, median

BUSY = 16
"""Step from which on the run has models, an attack and signatures."""
HZ = 10
ESCAPE = "\x1b"
_HERE = Line(1e9, 0.0)
"""A line that delays nothing; what comes through it is drawn here."""
_KEYS = (
    ("?", "What happens in every step", ESCAPE),
    ("F", "frozen", "F"),
    ("T", "decsim-light", ESCAPE),
    ("i", "Intensity", ESCAPE),
    (" ", "PAUS", " "),
)
"""Key, what it brings, and the key that takes it away: help, freeze, themes, a form, pause."""
_STOCK_KEYS = (("?", "a page of help", ESCAPE), (" ", "PAUSED", " "))
_STOCK = """
from textual.app import App
from textual.screen import ModalScreen
from textual.widgets import Footer, Input, Static

class Help(ModalScreen):
    BINDINGS = [("escape", "app.pop_screen", "Close")]
    def compose(self):
        yield Static("a page of help\\n" + "\\n".join("key  what it does " * 4 for _ in range(30)))

class Stock(App):
    BINDINGS = [("question_mark", "help", "Help"), ("space", "pause", "Pause")]
    paused, ticks = False, 0
    def compose(self):
        yield Static("RUNNING", id="state")
        self.lines = [Static() for _ in range(38)]
        yield from self.lines
        yield Footer()
    def on_mount(self):
        self.set_interval(0.1, self.tick)
    def tick(self):
        self.ticks += 1
        for y, line in enumerate(self.lines):
            if (y + self.ticks) % 4 == 0:
                word = "##########....."[(y + self.ticks) % 9:]
                line.update(f"[red]{word}[/] [green]{self.ticks:>9}[/] {word * 6}"[:120])
    def action_help(self):
        self.push_screen(Help())
    def action_pause(self):
        self.paused = not self.paused
        self.query_one("#state", Static).update("PAUSED" if self.paused else "RUNNING")

Stock().run()
"""


def measure(quick: bool) -> list[Figure]:
    """Latency in ms, pace in steps/s, share of a core."""
    agents, presses, window = (60, 2, 1.0) if quick else (1000, 25, 4.0)
    ours: list[float] = []
    stock: list[float] = []
    with (
        AppSession(agents, line=_HERE) as app,
        ScreenSession([sys.executable, "-c", _STOCK], line=_HERE) as plain,
    ):
        app.settle(2.0)
        app.wait_for("RUNNING")
        plain.wait_for("RUNNING")
        for press in range(presses):
            ours.append(_latency(app, _KEYS[press % len(_KEYS)], press))
            stock.append(_latency(plain, _STOCK_KEYS[press % 2], press))
    return [*_latencies(ours, stock), *_drawing(200, window), *_paces(agents, window)]


def _latency(session: ScreenSession, key: tuple[str, str, str], press: int) -> float:
    """Seconds from a key to what it brings on the screen."""
    keys, shown, back = key
    pressed = session.press(keys)
    found = session.wait_for(shown) - pressed
    session.press(back)
    session.wait_for(shown, gone=True)
    # Not in step with the screen's own ten updates per second.
    time.sleep(0.3 + 0.0173 * (press % 7))
    return found


def _latencies(ours: list[float], stock: list[float]) -> list[Figure]:
    figures = []
    for name, share in (("half", 0.5), ("90 %", 0.9)):
        mine, theirs = (sorted(each)[int(share * len(each))] for each in (ours, stock))
        figures.append(
            Figure(
                f"key to paint, {name} of the keys within",
                1e3 * mine,
                "ms",
                f"a plain Textual app: {1e3 * theirs:.3g} ms",
                mine / theirs,
            )
        )
    return figures


def _drawing(agents: int, window: float) -> list[Figure]:
    """Processor time of the screen's own process; the engine has another one."""
    with AppSession(agents) as session:
        session.settle(window)
        count = session.count(2 * window)
    frame = count.processor / max(count.frames, 1)
    return [
        Figure(f"drawing {agents} agents at {HZ} Hz, of one core", 100 * frame * HZ, "%"),
        Figure("processor time of a frame", 1e3 * frame, "ms"),
        Figure("frames that were drawn", count.frames / count.seconds, "Hz"),
    ]


def _paces(agents: int, window: float) -> list[Figure]:
    going = []
    with RunProcess(agents, screen=False) as process:
        process.wait_for_step(BUSY)
        without = process.pace(window)
    with RunProcess(agents, screen=True) as process:
        process.wait_for_step(BUSY)
        shown = process.pace(window)
        for _ in range(2):
            drawing = process.pace(window / 2)
            process.hold(True)
            going.append(drawing / max(process.pace(window / 2), 1e-9))
            process.hold(False)
    return [
        Figure(
            f"{agents:,} agents with the screen on",
            shown,
            "steps/s",
            f"without a screen: {without:.3g} steps/s",
            shown / without,
        ),
        Figure("the same run, against its screen held", median(going), "×"),
    ]
