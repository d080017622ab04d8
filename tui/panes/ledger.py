"""The last entries of the ledger."""

from __future__ import annotations

from sim.snapshot import LedgerEntry, Snapshot
from tui.messages import InspectAgent, InspectSignature
from tui.panes.list_pane import ListPane
from tui.theme.ink import Ink
from tui.widgets.line import Line
from tui.widgets.line_list import Row
from tui.widgets.quantity import whole

_INKS = {
    "signature": "agent-alert",
    "tally": "ink-dim",
    "verdict": "verdict-accepted",
    "command": "primary",
    "truth": "truth-attack",
}


class LedgerPane(ListPane):
    """Latest first; the cursor stays at the head until it is moved."""

    PANE = "ledger"
    NAME = "Ledger"
    SHORT = "Ledger"

    def parts(self, snapshot: Snapshot) -> tuple[object, ...]:
        """Entries and head."""
        return snapshot.ledger, snapshot.performance

    def rows(self) -> list[Row]:
        """One row for each entry."""
        return [
            Row(entry.seq, entry, f"{entry.seq} {entry.step} {entry.kind} {entry.text}")
            for entry in self.snapshot.ledger
        ]

    def line(self, row: Row, width: int, ink: Ink) -> Line:
        """Sequence number, step, kind, text."""
        entry: LedgerEntry = row.item
        number = max(5, len(str(self.snapshot.ledger[0].seq)))
        step = max(5, len(str(self.snapshot.step)) + 1)
        colour = ink(self._ink_of(entry))
        line = Line().add("  ", ink())
        line.add(f"{entry.seq:>{number}} ", ink("ink-dim"))
        line.add(f"{'s' + str(entry.step):>{step}} ", ink("ink-dim"))
        line.add(f" {self._glyph_of(entry)} ", colour)
        if width >= 46:
            line.add(f"{self.safe(entry.kind, 9)} ", colour)
        quiet = entry.kind in ("step", "genesis", "tally")
        text = self.safe(entry.text, max(width - line.width, 0))
        return line.add(text, ink("ink-dim" if quiet else "foreground"))

    def _glyph_of(self, entry: LedgerEntry) -> str:
        glyphs = self.glyphs
        if entry.kind == "verdict":
            return {
                "ACCEPTED": glyphs.accepted,
                "REJECTED": glyphs.rejected,
                "EXPIRED": glyphs.expired,
            }.get(entry.verdict, glyphs.verdict)
        return {
            "signature": glyphs.signature,
            "tally": glyphs.tally,
            "command": glyphs.command,
            "truth": glyphs.truth,
            "step": glyphs.step,
            "genesis": glyphs.genesis,
        }.get(entry.kind, glyphs.none)

    def _ink_of(self, entry: LedgerEntry) -> str:
        if entry.verdict:
            return f"verdict-{entry.verdict.lower()}"
        return _INKS.get(entry.kind, "ink-dim")

    def empty(self) -> tuple[str, ...]:
        """Before the genesis entry."""
        return (
            "Nothing recorded yet.",
            "Signatures, votes, verdicts and commands appear here, latest first.",
        )

    def summary(self) -> str:
        """Number of entries and short head."""
        done = self.snapshot.performance
        if not done.ledger_entries:
            return ""
        held = "" if self.list_cursor.following else "held · "
        head = f" · head {done.ledger_head[:10]}" if done.ledger_head else ""
        return f"{held}{whole(done.ledger_entries)} entries{head}"

    def activate(self, row: Row) -> None:
        """Inspect the signature, else the agent."""
        entry: LedgerEntry = row.item
        if entry.signature is not None:
            self.post_message(InspectSignature(entry.signature))
        elif entry.agent is not None:
            self.post_message(InspectAgent(entry.agent))
