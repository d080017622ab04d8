"""A small app: `python small_app.py delta|stock [MAX_BYTES_PER_SECOND] [SIGNAL]`.

The signal comes while the app takes the terminal.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.driver import Driver
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from tui.terminal.delta import Settings, choose_driver
from tui.terminal.driver import PatientDriver

TEXT = "plain 漢字 かな 🙂 שלום مرحبا é ñ ─│● "


class Question(ModalScreen[None]):
    """A dialog over a dimmed screen."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss", "Close")]
    CSS = "Question { align: center middle; } Label { border: round red; width: 18; }"

    def compose(self) -> ComposeResult:
        yield Label("漢字? 🙂 [b]yes[/] no")


class SmallApp(App[None]):
    """Two columns, one of which counts."""

    CSS = (
        "Static { width: 1fr; } #count { color: yellow; background: blue; } Input { dock: bottom; }"
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        ("q", "quit", "Quit"),
        ("d", "ask", "Dialog"),
        ("t", "theme", "Theme"),
        ("n", "next", "Next"),
        ("r", "run", "Run"),
        ("w", "write", "Write"),
        ("escape", "rest", "Rest"),
        ("ctrl+z", "suspend_process", "Suspend"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self._running = None

    def compose(self) -> ComposeResult:
        with Horizontal():
            with VerticalScroll(id="lines"):
                for line in range(30):
                    yield Static(f"{line:3} {TEXT}")
            yield Static("0", id="count")

    def action_ask(self) -> None:
        self.push_screen(Question())

    def action_theme(self) -> None:
        self.theme = "textual-light" if self.theme != "textual-light" else "nord"

    def action_next(self) -> None:
        self.count += 1
        row = f"{self.count} {TEXT[self.count % 9 :]}"
        self.query_one("#count", Static).update("\n".join([row] * 6))

    async def action_write(self) -> None:
        await self.mount(field := Input(placeholder="field", compact=True))
        field.focus()

    def action_rest(self) -> None:
        self.set_focus(None)

    def action_run(self) -> None:
        self.set_interval(1 / 30, self.action_next)


def main() -> None:
    app = SmallApp()
    if sys.argv[1] == "delta":
        most = int(sys.argv[2]) if len(sys.argv) > 2 else 0
        app.driver_class, reason = choose_driver(Settings(most))
        assert not reason, reason
    else:
        app.driver_class = PatientDriver
    if len(sys.argv) > 3:
        app.driver_class = signalled(app.driver_class, sys.argv[3])
    app.run()


def signalled(driver: type[Driver], name: str) -> type[Driver]:
    """A driver whose process gets a signal when it has half of what it needs."""
    left = [getattr(signal, name)]

    class Signalled(driver):  # type: ignore[misc, valid-type]
        def _enable_mouse_support(self) -> None:
            if left:
                os.kill(os.getpid(), left.pop())
            super()._enable_mouse_support()

    return Signalled


if __name__ == "__main__":
    main()
