"""The end of the log of the run."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from sim.snapshot import Snapshot
from tui.forms.dialog import Dialog, Give


class LogDialog(Dialog):
    """Lines of `run.log`, the latest first; before all others those about one kind of error.

    Args:
        snapshot: the present one.
        give: hands commands to the engine.
        lines: the end of the log, oldest first.
        kind: of the error that was marked; empty where none was.
        about: the lines about it, oldest first.
    """

    HEADING = "run.log, latest first"
    KEYS = (("↑ ↓", "scroll"),)
    FILLS = True
    SCROLLS = True

    def __init__(
        self,
        snapshot: Snapshot,
        give: Give,
        *,
        lines: Sequence[str],
        kind: str = "",
        about: Sequence[str] = (),
    ) -> None:
        super().__init__(snapshot, give)
        self._lines, self._kind, self._about = lines, kind, about

    def content(self) -> ComposeResult:
        """One text."""
        yield Static(self.text())

    def text(self) -> Text:
        """Each entry with the lines of its traceback below it."""
        text = Text()
        if self._about:
            text.append(f"About {self._kind}\n", "bold underline")
            _write(text, self._about, "bold")
            text.append("\nEverything\n", "bold underline")
        _write(text, self._lines, "")
        text.rstrip()
        return text


def _write(text: Text, lines: Sequence[str], style: str) -> None:
    """Entries, the latest first."""
    from sim.archive.log_tail import entries_of

    for entry in reversed(list(entries_of(lines))):
        text.append(entry[0] + "\n", style)
        for line in entry[1:]:
            text.append(line + "\n", "dim")
