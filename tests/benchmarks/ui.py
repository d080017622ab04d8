"""The app in a pseudo-terminal, at full speed: how soon a key shows, and what the screen costs.

The terminal is a real one for the app: it reads keys from it and draws on it; nothing is stubbed.
Keys are pressed in turn here and in a plain Textual app of as many cells, which changes as many of
them ten times a second, while the same engine keeps the machine busy. There each key does what it
does here, by Textual's own widgets: a page to scroll, a list, a form, a word in a line. The pace is
counted in the ledger, with and without the screen in turn, and in one run whose screen is held at
times.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from itertools import chain

from run_process import RunProcess
from screen_session import AppSession, Line, ScreenSession
from timing import Figure, median

BUSY = 16
"""Step from which on the run has models, an attack and signatures."""
HZ = 10
ESCAPE = "\x1b"


@dataclass(frozen=True)
class Key:
    """A key that does as much here as in the plain app."""

    name: str
    key: str
    ours: str
    """What it brings on the screen."""
    stock: str
    back: str
    """The key that takes it away again."""


_HERE = Line(1e9, 0.0)
"""A line that delays nothing; what comes through it is drawn here."""
_KEYS = (
    Key("help", "?", "What happens in every step", "a page of help", ESCAPE),
    Key("freeze", "F", "frozen", "FROZEN", "F"),
    Key("themes", "T", "decsim-light", "textual-light", ESCAPE),
    Key("a form", "i", "Intensity", "Intensity", ESCAPE),
    Key("pause", " ", "PAUS", "PAUSED", " "),
)
_STOCK = """
from textual.app import App
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Footer, Input, Label, OptionList, Select, Static

class Box(ModalScreen):
    CSS = "Box { align: center middle; } #box { width: 76; height: auto; border: round $primary; }"
    BINDINGS = [("escape", "app.pop_screen", "Close")]

class Help(Box):
    CSS = "Help #box { width: 96%; height: 94%; }"
    def compose(self):
        with VerticalScroll(id="box"):
            keys = ("key  what it does " * 4 for _ in range(90))
            yield Static("\\n".join(("a page of help", *keys)))

class Themes(Box):
    def compose(self):
        with Vertical(id="box"):
            yield OptionList("textual-light", *(f"theme {n}" for n in range(6)))
            yield Static("enter keep  esc close")

class Form(Box):
    def compose(self):
        with Vertical(id="box"):
            yield Select.from_values(["port_scan", "ddos", "worm"], value="ddos")
            for name in ("Intensity", "Duration", "Share"):
                yield Label(name)
                yield Input("0.5")
            yield OptionList("no attack is under way")
            yield Button("Inject")
            yield Static("enter inject  esc close")

class Stock(App):
    BINDINGS = [("question_mark", "help", "Help"), ("space", "pause", "Pause"),
                ("F", "freeze", "Freeze"), ("T", "themes", "Themes"), ("i", "form", "Inject")]
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
    def action_themes(self):
        self.push_screen(Themes())
    def action_form(self):
        self.push_screen(Form())
    def action_pause(self):
        self.say("PAUSED")
    def action_freeze(self):
        self.say("FROZEN")
    def say(self, word):
        self.paused = not self.paused
        self.query_one("#state", Static).update(word if self.paused else "RUNNING")

Stock().run()
"""


def measure(quick: bool) -> list[Figure]:
    """Latency in ms, pace in steps/s, share of a core."""
    agents, presses, window = (60, 1, 1.0) if quick else (1000, 8, 4.0)
    return [
        *_keys(agents, presses),
        *([] if quick else _keys(10_000, 3)[:2]),
        *_drawing(200, window),
        *_paces(agents, window),
    ]


def _keys(agents: int, presses: int) -> list[Figure]:
    """How soon keys show, in turn here and in the plain app."""
    ours: list[list[float]] = [[] for _ in _KEYS]
    stock: list[list[float]] = [[] for _ in _KEYS]
    with (
        AppSession(agents, line=_HERE) as app,
        ScreenSession([sys.executable, "-c", _STOCK], line=_HERE) as plain,
    ):
        app.settle(2.0)
        app.wait_for("RUNNING")
        plain.wait_for("RUNNING")
        for press in range(presses):
            for key, mine, theirs in zip(_KEYS, ours, stock, strict=True):
                mine.append(_latency(app, key, key.ours, press))
                theirs.append(_latency(plain, key, key.stock, press))
    every = [list(chain(*ours)), list(chain(*stock))]
    what = f"{agents:,} agents, key to paint"
    return [
        _against(f"{what}: half of the keys within", *every, 0.5),
        _against(f"{what}: 90 % of the keys within", *every, 0.9),
        *(
            _against(f"{what}, half of the times within: {key.name}", mine, theirs, 0.5)
            for key, mine, theirs in zip(_KEYS, ours, stock, strict=True)
        ),
    ]


def _latency(session: ScreenSession, key: Key, shown: str, press: int) -> float:
    """Seconds from a key to what it brings on the screen."""
    pressed = session.press(key.key)
    found = session.wait_for(shown) - pressed
    session.press(key.back)
    session.wait_for(shown, gone=True)
    # Not in step with the screen's own ten updates per second.
    time.sleep(0.3 + 0.0173 * (press % 7))
    return found


def _against(what: str, ours: list[float], stock: list[float], share: float) -> Figure:
    mine, theirs = (sorted(each)[int(share * len(each))] for each in (ours, stock))
    peer = f"a plain Textual app: {1e3 * theirs:.3g} ms"
    return Figure(what, 1e3 * mine, "ms", peer, mine / theirs)


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
