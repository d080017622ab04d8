"""The whole ledger by number, read page by page as it comes into sight."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.reactive import reactive
from textual.strip import Strip

from sim.snapshot import LedgerEntry, Snapshot
from tui.keys.inside import bindings_of
from tui.messages import GoToStep, InspectAgent, InspectSignature
from tui.panes.record_pane import RecordPane
from tui.record.book import KINDS, Book
from tui.record.follower import PAGE
from tui.record.search import Search
from tui.theme.glyphs import UNICODE, Glyphs
from tui.theme.ink import Ink
from tui.widgets.line import Line
from tui.widgets.quantity import whole

_KEPT = 60
"""Pages that stay in memory."""
_STEP = KINDS.index("step")
_QUIET = (_STEP, KINDS.index("truth"))
"""Kinds that are left out unless asked for: one a step, and what agents never see."""
_INKS = {
    "signature": "agent-alert",
    "verdict": "foreground",
    "command": "steering",
    "truth": "truth-attack",
}


class LedgerPane(RecordPane):
    """Latest first; a marked row stays marked, however much is appended."""

    PANE = "ledger"
    NAME = "Ledger"
    KEY = "5"
    SHORT = "Ledger"
    TALLEST = 4
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("ledger")
    raw: reactive[bool] = reactive(False)
    """Whether rows of every kind are listed."""

    def __init__(self, glyphs: Glyphs = UNICODE, book: Book | None = None) -> None:
        super().__init__(glyphs, book)
        self._pages: OrderedDict[int, tuple[LedgerEntry, ...]] = OrderedDict()
        self._loud: list[int] = []
        self._sorted = 0
        self._search: Search | None = None
        self._searched: tuple[int, int] | None = None
        """How far the search had come when it was asked last."""

    def parts(self, snapshot: Snapshot) -> tuple[object, ...]:
        """Length and head."""
        done = snapshot.performance
        return (done.ledger_entries, done.ledger_head)

    def numbers(self) -> Sequence[int]:
        """Sequence numbers of the rows that are listed."""
        kinds = self.book.kinds
        if self.raw:
            return range(len(kinds))
        for seq in range(self._sorted, len(kinds)):
            if kinds[seq] not in _QUIET:
                self._loud.append(seq)
        self._sorted = len(kinds)
        return self._loud

    def listed(self) -> Sequence[int]:
        """All of them, or those that a search of the whole record has found so far."""
        return self.numbers() if self._search is None else self._search.found

    def searched(self) -> int:
        """A search finds what agents never see, too: `poison` is written nowhere else."""
        kinds = self.book.kinds
        return len(kinds) - (0 if self.raw else kinds.count(_STEP))

    def watch_filter_text(self, text: str) -> None:
        """Search the whole record."""
        super().watch_filter_text(text)
        pattern, raw = self._pattern, self.raw

        def matches(entry: LedgerEntry) -> bool:
            if not raw and entry.kind == "step":
                return False
            return pattern.matches(_text(entry), _fields(entry))

        self._search = Search(matches) if pattern else None
        self.book.follower.look_for(self._search)
        self.redraw()

    def watch_raw(self) -> None:
        """Other rows."""
        self.watch_filter_text(self.filter_text)

    def action_raw(self) -> None:
        """List rows of every kind, or only those that say something."""
        self.raw = not self.raw

    # Pages.

    def turn_pages(self) -> bool:
        """Take the pages that were read; whether any came, or a search went on."""
        pages = self.book.follower.pages()
        for page, entries in pages.items():
            self._pages[page] = entries
            self._pages.move_to_end(page)
        while len(self._pages) > _KEPT:
            self._pages.popitem(last=False)
        searched = None if self._search is None else self._search.progress
        went_on, self._searched = searched != self._searched, searched
        return bool(pages) or went_on

    def entry(self, seq: int) -> LedgerEntry | None:
        """One row; None while its page is being read."""
        page, place = divmod(seq, PAGE)
        entries = self._pages.get(page, ())
        if place < len(entries):
            return entries[place]
        self.book.follower.want(page)
        return None

    # Rows.

    def line_of(self, number: int, width: int, ink: Ink) -> Line:
        """Sequence number, step, kind, text."""
        entry = self.entry(number)
        last = len(self.book.kinds)
        line = Line().add(f"  {number:>{max(5, len(str(last)))}} ", ink("ink-dim"))
        if entry is None:
            return line.add(self.glyphs.ellipsis, ink("ink-dim"))
        line.add(f"{'s' + str(entry.step):>6} ", ink("ink-dim"))
        colour = ink(_INKS.get(entry.kind, "ink-dim"))
        line.add(f" {self._glyph(entry)} ", colour)
        if width >= 46:
            line.add(f"{self.safe(entry.kind, 9)} ", colour)
        quiet = entry.kind in ("step", "genesis", "tally")
        return self.told(line, entry.text, width, ink("ink-dim" if quiet else "foreground"))

    def text_of(self, number: int) -> str:
        """The row in words, as far as it has been read."""
        entry = self.entry(number)
        return "" if entry is None else _text(entry)

    def _glyph(self, entry: LedgerEntry) -> str:
        if entry.kind == "verdict":
            return getattr(self.glyphs, entry.verdict.lower(), self.glyphs.verdict)
        return getattr(self.glyphs, entry.kind, self.glyphs.none)

    def _nothing(self) -> list[Strip]:
        """Not before the end of a search does one know that there is nothing."""
        if self._search is not None and self._search.left:
            return self.message("Searching the whole record …")
        return super()._nothing()

    def empty(self) -> tuple[str, ...]:
        """Before the genesis entry, while it is read, or when it cannot be."""
        if self.book.follower.trouble:
            return (f"The record cannot be read: {self.book.follower.trouble}",)
        if self.book.behind:
            return ("Reading the record …",)
        return (
            "Nothing recorded yet.",
            "Signatures, votes, verdicts and commands appear here, latest first.",
        )

    def _subtitle(self, count: int) -> str:
        searched = super()._subtitle(count)
        if self._search is not None and self._search.left > 0:
            return f"{searched} · {whole(self._search.left)} rows still to search"
        return searched

    def summary(self) -> str:
        """Number of entries and short head."""
        done = self.snapshot.performance
        if not done.ledger_entries:
            return ""
        head = f" · head {done.ledger_head[:10]}" if done.ledger_head else ""
        return f"{whole(done.ledger_entries)} entries{head}"

    def open_row(self, number: int) -> None:
        """Inspect the signature, else the agent, else the step."""
        entry = self.entry(number)
        if entry is None:
            return
        if entry.signature is not None:
            self.post_message(InspectSignature(entry.signature))
        elif entry.agent is not None:
            self.post_message(InspectAgent(entry.agent))
        else:
            self.post_message(GoToStep(entry.step))


def _text(entry: LedgerEntry) -> str:
    return f"{entry.seq} s{entry.step} {entry.kind} {entry.text}"


def _fields(entry: LedgerEntry) -> Mapping[str, str]:
    return {
        "kind": entry.kind,
        "step": str(entry.step),
        "verdict": entry.verdict,
        "author": "" if entry.agent is None else str(entry.agent),
    }
