"""The last steering commands and what became of them."""

from __future__ import annotations

from sim.commands import Order, describe
from sim.snapshot import JournalEntry, Snapshot
from tui.panes.list_pane import ListPane
from tui.theme.ink import Ink
from tui.widgets.line import Line
from tui.widgets.line_list import Row


class JournalPane(ListPane):
    """What waits for the next step, then the journal, latest first."""

    PANE = "journal"
    NAME = "Journal"
    SHORT = "Journal"

    def parts(self, snapshot: Snapshot) -> tuple[object, ...]:
        """Commands, waiting and done."""
        return snapshot.journal, snapshot.pending, snapshot.undo, snapshot.redo

    def rows(self) -> list[Row]:
        """One row for each command."""
        waiting = [
            Row(("waits", order.ticket), order, describe(order.command))
            for order in reversed(self.snapshot.pending)
        ]
        done = [
            Row((e.seq, e.step, e.ticket), e, f"{e.kind} {e.text} {e.reason} {e.source}")
            for e in self.snapshot.journal
        ]
        return waiting + done

    def line(self, row: Row, width: int, ink: Ink) -> Line:
        """Step, fate, source, what was done."""
        glyphs = self.glyphs
        if isinstance(row.item, Order):
            line = Line().add("   next  ", ink("ink-dim"))
            line.add(f"{glyphs.pending} ", ink("value-pending"))
            return line.add(
                self.safe(describe(row.item.command), width - line.width), ink("value-pending")
            )
        entry: JournalEntry = row.item
        line = Line().add(f"  {'s' + str(entry.step):>5}  ", ink("ink-dim"))
        glyph = glyphs.accepted if entry.applied else glyphs.rejected
        line.add(f"{glyph} ", ink("verdict-accepted" if entry.applied else "verdict-rejected"))
        if width >= 60:
            line.add(f"{self.safe(entry.source, 8)} ", ink("ink-dim"))
        line.add(self.safe(_words(entry), width - line.width), ink())
        return line

    def empty(self) -> tuple[str, ...]:
        """Before the first command."""
        return (
            "Nothing steered yet.",
            "What you and the scenario change is recorded here, and can be undone and replayed.",
        )

    def summary(self) -> str:
        """What undo would take back."""
        undo = self.snapshot.undo
        return f"u: {'withdraw ' if undo.ticket else ''}{undo.title}" if undo else ""


def _words(entry: JournalEntry) -> str:
    """A command, what it changed, or why it was rejected."""
    if not entry.applied:
        return f"{entry.text}: {entry.reason}"
    # Old values are JSON: null where a command replaces nothing.
    single = entry.old not in ("", "null") and not entry.old.startswith(("{", "["))
    return f"{entry.text} (was {entry.old})" if single else entry.text
