"""All steering commands of the run in sentences, and those that wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap

from sim.commands import describe
from sim.snapshot import Snapshot
from tui.actions import OVER
from tui.messages import GoToStep
from tui.panes.record_pane import RecordPane
from tui.record.journal import Commander
from tui.theme.ink import Ink
from tui.widgets.line import Line
from tui.widgets.quantity import counted

_WAITING = 3
"""Most commands that wait which are listed."""


class JournalPane(RecordPane):
    """What waits for the next step, then the journal, latest first."""

    PANE = "journal"
    NAME = "Journal"
    KEY = "7"
    SHORT = "Journal"
    TALLEST = 4

    def parts(self, snapshot: Snapshot) -> tuple[object, ...]:
        """What waits, and what undo would take back."""
        return snapshot.pending, snapshot.undo, snapshot.redo, snapshot.state in OVER

    def numbers(self) -> Sequence[int]:
        """One for each command."""
        return range(len(self.book.journal.commands))

    def _command(self, number: int) -> Commander:
        return self.book.journal.commands[number]

    def text_of(self, number: int) -> str:
        """Step, who, what."""
        command = self._command(number)
        return f"s{command.step} {command.who} {command.text} {command.reason}"

    def fields_of(self, number: int) -> Mapping[str, str]:
        """`step:`, `kind:`, `author:`, `giver:`."""
        command = self._command(number)
        fields = {"step": str(command.step), "kind": command.kind, "author": command.author}
        return fields | {"giver": command.giver}

    def head(self, width: int) -> list[Line]:
        """What waits, the last given first."""
        ink, lines = self.ink("steering"), []
        mark = f"  next  {self.glyphs.pending} "
        for text in reversed(waiting(self.snapshot)[-_WAITING:]):
            for place, part in enumerate(wrap(self.safe(text), max(width - len(mark), 8))):
                lines.append(Line().add(mark if not place else " " * len(mark), ink).add(part, ink))
        return lines

    def line_of(self, number: int, width: int, ink: Ink) -> Line:
        """Step, fate, who, what was done."""
        command = self._command(number)
        line = Line().add(f"  {'s' + str(command.step):>6}  ", ink("ink-dim"))
        glyph = self.glyphs.accepted if command.applied else self.glyphs.rejected
        line.add(f"{glyph} ", ink("ink-dim" if command.applied else "wrong"))
        line.add(self.safe(command.who, max(self.book.journal.widest + 1, 9)), ink("ink-dim"))
        said = command.text if command.applied else f"{command.text}: {command.reason}"
        return self.told(line, said, width, ink())

    def empty(self) -> tuple[str, ...]:
        """Before the first command."""
        if self.over:
            return ("Nobody steered this run.",)
        return (
            "Nothing steered yet.",
            "What you and the scenario change is recorded here, and can be undone and replayed.",
        )

    def summary(self) -> str:
        """How many there are."""
        return counted(len(self.book.journal.commands), "command")

    def open_row(self, number: int) -> None:
        """Show the step on the timeline."""
        self.post_message(GoToStep(self._command(number).step))


def waiting(snapshot: Snapshot) -> list[str]:
    """The commands that wait for the next step, in words, in the order in which they were given."""
    return [describe(order.command) for order in snapshot.pending]
