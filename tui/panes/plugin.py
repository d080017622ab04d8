"""Panes of plug-ins: functions of the snapshot, each drawn in a tab of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from textual.strip import Strip

from sim.plugins.catalogue import PANES
from sim.snapshot import Snapshot
from sim.text import clean, cut, failure
from tui.panes.pane import Pane
from tui.record.book import Book
from tui.theme.glyphs import UNICODE, Glyphs
from tui.widgets.line import Line

Words = str | Sequence[tuple[str, str]]
"""A line: plain text, or pieces of text, each with the name of its colour, e.g. `agent-alert`."""

_LONGEST_TITLE = 16
_SHORT_TITLE = 8
_MOST_LINES = 5000


@dataclass(frozen=True, slots=True)
class PaneKind:
    """What an entry point of `decsim.panes` names."""

    title: str
    """In its tab, a word or two."""
    lines: Callable[[Snapshot, int, int], Sequence[Words]]
    """The lines for a snapshot and a place of so many columns and rows.

    A pure function: it is called when the snapshot or the place has changed. What is too long is
    cut at the right; one scrolls to what is too much below.
    """


class PluginPane(Pane):
    """A tab that shows what a plug-in says of the snapshot.

    Args:
        name: of the entry point.
        kind: what it names.
        number: from 1, among the panes of plug-ins.
        glyphs: symbols to draw with.
        book: the record of the run.
    """

    def __init__(
        self,
        name: str,
        kind: PaneKind,
        number: int,
        glyphs: Glyphs = UNICODE,
        book: Book | None = None,
    ) -> None:
        # The name of an entry point may hold what an id of Textual's may not.
        self.PANE = f"plugin-{number}"
        title = glyphs.plain(clean(str(kind.title))).strip() or clean(name)
        self.NAME, self.SHORT = cut(title, _LONGEST_TITLE), title[:_SHORT_TITLE]
        super().__init__(glyphs, book)
        self._plugin = name
        self._kind = kind

    def draw(self, width: int, height: int) -> list[Strip]:
        """The lines of the plug-in, or in their place what it raised."""
        try:
            said = self._kind.lines(self.snapshot, width, height)
            lines = [self._line(words) for words in islice(said, _MOST_LINES)]
        except Exception as error:  # whatever foreign code does
            return self.message(f"The pane plug-in {self._plugin} failed: {failure(error)}")
        return [line.strip(width, self.ink()) for line in lines]

    def _line(self, words: Words) -> Line:
        line = Line()
        for text, colour in [(words, "foreground")] if isinstance(words, str) else words:
            line.add(self.safe(text), self.ink(colour))
        return line


def plugin_panes(glyphs: Glyphs, book: Book) -> tuple[list[PluginPane], tuple[str, ...]]:
    """The panes of all plug-ins that can be used, and a line for each that is skipped."""
    kinds, broken = PANES.usable(PaneKind)
    panes = [
        PluginPane(name, kind, number, glyphs, book)
        for number, (name, kind) in enumerate(kinds.items(), 1)
    ]
    return panes, broken
