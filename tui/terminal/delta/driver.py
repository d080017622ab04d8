"""A driver for Textual that writes only what changes, and no more than the terminal takes."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import termios
import time
from dataclasses import replace
from types import FrameType
from typing import Any

from rich.color import ColorSystem
from rich.console import COLOR_SYSTEMS
from textual import events
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.message import Message

from tui.terminal.delta.capabilities import of_terminal
from tui.terminal.delta.configured import ConfiguredDriver
from tui.terminal.delta.link import Link
from tui.terminal.delta.output import Output
from tui.terminal.delta.painter import Painter
from tui.terminal.delta.updates import Update
from tui.terminal.driver import PatientDriver

_SYNC_START, _SYNC_END = "\x1b[?2026h", "\x1b[?2026l"
_ENTER = "\x1b[?1049h"
_WHERE = "\x1b[6n"
_REPEATS = "\x1b[H─\x1b[2b" + _WHERE
"""Leaves the cursor in the fourth column where REP is known, in the second where it is not.

Some terminals, tmux among them, repeat nothing but ASCII; those are not asked to repeat at all."""
_draws_nothing = re.compile(
    r"(?:\x07|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[?<>=][\d;]*\$?[a-zA-Z]|\x1b\[[\d;]+t)*"
)
"""Bell, OSC, modes, the window: they leave cells, pen and cursor alone."""
_REACTION = 0.25
"""Seconds for which what is drawn anew counts as caused by a key."""
_LAST_ANSWER = 0.6
"""Longest wait at the end for answers, which would otherwise be typed into the shell."""


class DeltaDriver(ConfiguredDriver, PatientDriver):
    """Keeps a model of what the terminal shows, and writes the shortest way to the next frame.

    Frames are merged while the terminal is busy. After a resize, after a suspension and on `ctrl+l`
    everything is painted anew.
    """

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        fileno = self.terminal.fileno()
        known = of_terminal(os.environ.get("TERM", ""), fileno, returns=_returns(fileno))
        self._repeats = known.repeat
        self._can = replace(known, repeat=False)
        self._painter = Painter(_colours(app), self._can)
        self._link = Link(self.settings.max_bytes_per_second, asks=self.input_tty)
        self._output: Output | None = None
        self._synchronised = False
        self._taken = False
        self._cursor = (0, 0)
        self._timer: asyncio.TimerHandle | None = None
        self._typed = float("-inf")
        self._probing = False
        self._entered = self.settings.entered
        self._drawing = False
        """Whether the terminal is the app's: it draws nowhere else."""

    # What Textual calls.

    def start_application_mode(self) -> None:
        """Take over the terminal."""
        self._output = Output(self.terminal, self._go_on)
        self._painter.forget()
        super().start_application_mode()
        if not self.hears:
            return  # not now: see `PatientDriver`
        self._drawing = True
        resized = signal.getsignal(signal.SIGWINCH)

        def on_resize(number: int, frame: FrameType | None) -> None:
            self._loop.call_soon_threadsafe(self.repaint)
            if callable(resized):
                resized(number, frame)

        signal.signal(signal.SIGWINCH, on_resize)
        self._probing = self.input_tty
        if self._probing:
            question = _REPEATS if self._repeats else _WHERE
            self._put(question, frame=False, asked=True)
        self._type(self.settings.typed)

    def _type(self, text: str) -> None:
        for message in (*(parser := XTermParser(self._debug)).feed(text), *parser.tick()):
            self.process_message(message)

    def disable_input(self) -> None:
        """Hear no more of the terminal; first let it answer what it was asked."""
        self._probing = False
        end = time.monotonic() + _LAST_ANSWER
        while self._link.waits and self._key_thread is not None and time.monotonic() < end:
            time.sleep(0.005)
        self._link.forget()
        super().disable_input()

    def stop_application_mode(self) -> None:
        """Give the terminal back."""
        self._drawing = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._send_raw(self._painter.reset())
        super().stop_application_mode()
        self._painter.forget()

    def close(self) -> None:
        """End the threads."""
        super().close()
        if self._output is not None:
            self._output.end()
            self._output = None

    def write(self, data: str) -> None:
        """Take what Textual writes; its frames come another way, see `updates`."""
        if data == _ENTER and self._entered:
            self._entered = False  # to enter twice would lose where the shell's cursor is
        elif data == _SYNC_START:
            self._synchronised = True
        elif data == _SYNC_END:
            pass
        elif self._taken:
            self._taken = False  # where the cursor is to be after a frame: asked when it is written
        elif _draws_nothing.fullmatch(data):
            self._send_raw(data)
        else:
            self._send_raw(self._painter.reset() + data)
            self._painter.forget()

    def flush(self) -> None:
        """Show what there is to show."""
        self._show()

    def process_message(self, message: Message) -> None:
        """Look at what the terminal says before the app does. In the thread of the keys."""
        if isinstance(message, events.CursorPosition) and self._link.waits:
            self._loop.call_soon_threadsafe(self._answered, message, time.monotonic())
            return
        if isinstance(message, events.Key | events.Paste | events.MouseDown):
            self._typed = time.monotonic()
        if isinstance(message, events.Key) and message.key == "ctrl+l":
            self._loop.call_soon_threadsafe(self.repaint)
        elif isinstance(message, events.Resize):
            self._painter.forget()
        super().process_message(message)

    # Drawing.

    def repaint(self) -> None:
        """Write the whole screen again, whatever the terminal shows."""
        self._painter.forget()
        self._show()

    def _take(self, update: Update) -> None:
        self._taken = True
        super()._take(update)
        changed = self._painter.update(update)
        if changed and time.monotonic() - self._typed < _REACTION:
            self._painter.urgent |= changed

    def _show(self) -> None:
        """Write a frame, if there is one and the terminal takes it; else later."""
        painter, now = self._painter, time.monotonic()
        moved = self._app.cursor_position != self._cursor
        if not (self._drawing and painter.size[0] and (painter.pending or moved)):
            return
        if self._output is None or self._output.busy:
            return  # `_go_on` will be called
        allowance = self._link.allowance(now, urgent=bool(painter.urgent))
        if allowance == 0:
            self._later()
            return
        frame = painter.take(allowance) + self._placed_cursor()
        if frame:
            if self._synchronised:
                frame = f"{_SYNC_START}{frame}{_SYNC_END}"
            asked = self._probing and self._link.asks(len(frame), now)
            self._put(frame + _WHERE if asked else frame, frame=True, asked=asked)
        if painter.pending:
            self._later()

    def _placed_cursor(self) -> str:
        self._cursor = self._app.cursor_position
        # Textual keeps the place of the last field, also while nobody writes.
        writes = hasattr(self._app.focused, "cursor_screen_offset")
        return self._painter.place_cursor(*self._cursor) if writes else ""

    def _put(self, text: str, *, frame: bool, asked: bool) -> None:
        assert self._output is not None, "the driver has to be in application mode"
        size = len(text.encode())
        self._link.wrote(size, time.monotonic(), asked=asked)
        self.settings.meter.wrote(size, frame=frame)
        self._output.put(text)

    def _send_raw(self, data: str) -> None:
        if data and self._output is not None:
            self._put(data, frame=False, asked=False)

    def _later(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(self._link.pause(), self._again)

    def _again(self) -> None:
        self._timer = None
        self._show()

    def _go_on(self) -> None:
        """The terminal took everything. In the thread of the output."""
        if self._painter.pending and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._show)

    def _answered(self, position: events.CursorPosition, when: float) -> None:
        if self._link.round_trip is None and self._repeats and position.x == 3:
            self._can = replace(self._can, repeat=True)
            self._painter.can(self._can)
        self._link.answer(when)
        self.settings.meter.round_trip = self._link.round_trip
        self._show()


def _returns(fileno: int) -> bool:
    """Whether the device makes a carriage return and a line feed of a line feed."""
    try:
        flags = termios.tcgetattr(fileno)[1]
    except termios.error:
        return False
    return bool(flags & termios.OPOST and flags & termios.ONLCR)


def _colours(app: App[Any]) -> ColorSystem:
    name = app.console.color_system
    return COLOR_SYSTEMS[name] if name else ColorSystem.TRUECOLOR
