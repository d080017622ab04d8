"""The end of the log of the run."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from sim.snapshot import Snapshot
from tui.forms.dialog import Dialog, Give


class LogDialog(Dialog):
    """Lines of `run.log`, the latest first; those about one kind of error stand out.

    Args:
        snapshot: the present one.
        give: hands commands to the engine.
        lines: oldest first.
        kind: of the error that was marked; empty where none was.
    """

    HEADING = "run.log, latest first"
    KEYS = (("↑ ↓", "scroll"),)
    FILLS = True
    SCROLLS = True

    def __init__(
        self, snapshot: Snapshot, give: Give, *, lines: Sequence[str], kind: str = ""
    ) -> None:
        super().__init__(snapshot, give)
        self._lines = lines
        self._kind = kind

    def content(self) -> ComposeResult:
        """One text."""
        yield Static(self.text())

    def text(self) -> Text:
        """Each entry with the lines of its traceback below it."""
        text = Text()
        for entry in reversed(_entries(self._lines)):
            about = bool(self._kind) and f" {self._kind} " in entry[0]
            text.append(entry[0] + "\n", "bold" if about else "")
            for line in entry[1:]:
                text.append(line + "\n", "dim")
        text.rstrip()
        return text


def _entries(lines: Sequence[str]) -> list[list[str]]:
    """Lines that begin at the left, each with the indented ones after it."""
    entries: list[list[str]] = []
    for line in lines:
        if entries and line.startswith(" "):
            entries[-1].append(line)
        else:
            entries.append([line])
    return entries
