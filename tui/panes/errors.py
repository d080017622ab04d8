"""Errors by kind, faults under way, and things worth knowing."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from textwrap import wrap

from rich.cells import cell_len

from sim.snapshot import ErrorCount, FaultView, HealthView, Snapshot
from tui.messages import ShowLog
from tui.panes.list_pane import ListPane
from tui.theme.ink import Ink
from tui.widgets.line import Line, printable
from tui.widgets.line_list import Row

_SET_IN = 4
"""Cells before a text that stands below its name."""
_LONGEST = 400
"""Characters of a text that are shown; enter shows the log."""


@dataclass(frozen=True, slots=True)
class _Heading:
    text: str


_Item = ErrorCount | FaultView | HealthView | None
"""What a row is about; None: a notice."""


@dataclass(frozen=True, slots=True)
class _Told:
    """A thing, and what is said about it if that fits beside its name."""

    item: _Item
    text: str


@dataclass(frozen=True, slots=True)
class _Message(_Told):
    """A line of what is said about it, below."""


class ErrorsPane(ListPane):
    """Every error has its place here: kind, count, first and last step, what it said last."""

    PANE = "errors"
    NAME = "Errors"
    KEY = "8"
    SHORT = "Errors"

    def parts(self, snapshot: Snapshot) -> tuple[object, ...]:
        """Errors, faults and notices."""
        return snapshot.errors, snapshot.faults, snapshot.notices, snapshot.health

    def rows(self) -> list[Row]:
        """What is scarce, faults under way, errors, notices, under their headings."""
        shot = self.snapshot
        scarce = [seen for seen in shot.health if not seen.healthy]
        return [
            *self._part("scarce now", [(("scarce", h.name), h, _of_check(h)) for h in scarce]),
            *self._part(
                "injected faults", [(("fault", f.kind, f.since), f, f.text) for f in shot.faults]
            ),
            *self._part(
                "errors, latest first", [(("error", e.kind), e, e.message) for e in shot.errors]
            ),
            *self._part("worth knowing", [(("notice", text), None, text) for text in shot.notices]),
        ]

    def _part(self, heading: str, told: list[tuple[Hashable, _Item, str]]) -> list[Row]:
        """A heading and its rows; a text that does not fit beside its name goes on below."""
        rows = [Row(None, _Heading(heading))] if told else []
        width = self.content_size.width - 2
        for key, item, text in told:
            named = self._named(item, self.ink)
            searched = f"{named.text} {text}"
            said = self.safe(printable(f"{self._when(item)}{text}", _LONGEST))
            beside = cell_len(said) <= width - named.width
            parts = [said] if beside else wrap(said, max(width - _SET_IN, 8))
            if not beside and named.width > _SET_IN:
                parts.insert(0, "")
            rows.append(Row(key, _Told(item, "".join(parts[:1])), searched))
            rows += [
                Row((key, place), _Message(item, part), searched)
                for place, part in enumerate(parts[1:])
            ]
        return rows

    def _when(self, item: _Item) -> str:
        """The steps, before the text where the pane is too narrow for a column of them."""
        if not self._narrow:
            return ""
        match item:
            case ErrorCount():
                return f"{self._span(item.first_step, item.last_step)}  "
            case FaultView():
                return f"{self._span(item.since, item.until)}  "
            case _:
                return ""

    def activate(self, row: Row) -> None:
        """Show what the log says."""
        item = row.item.item
        self.post_message(ShowLog(item.kind if isinstance(item, ErrorCount) else ""))

    def line(self, row: Row, width: int, ink: Ink) -> Line:
        """One fault, error or notice, or a line of what it said."""
        match row.item:
            case _Heading(text):
                return Line().add(f" {text}", ink("ink-dim", bold=True))
            case _Message(text=text):
                return Line().add(" " * _SET_IN + text, ink("ink-dim"))
            case _:
                return self._named(row.item.item, ink).add(row.item.text, ink())

    def _named(self, item: _Item, ink: Ink) -> Line:
        """What stands before the text."""
        glyphs = self.glyphs
        match item:
            case ErrorCount() as error:
                line = Line().add(f"  {glyphs.failed} ", ink("run-fault"))
                count = f"{glyphs.times}{error.count}"
                room = self.content_size.width - 4 - len(count) if self._narrow else self._kind
                line.add(self.safe(error.kind, room).rstrip() + " ", ink())
                if not self._narrow:
                    line.to(4 + self._kind, ink())
                line.add(f"{count:<6}", ink("run-fault", bold=True))
                span = self._span(error.first_step, error.last_step)
                return line if self._narrow else line.add(f"{span:<12} ", ink("ink-dim"))
            case FaultView() as fault:
                line = Line().add(f"  {glyphs.fault} ", ink("run-paused"))
                kind = self.safe(fault.kind)
                if self._narrow:
                    return line.add(f"{kind} ", ink("run-paused"))
                line.add(f"{kind:<18} ", ink("run-paused"))
                return line.add(f"{self._span(fault.since, fault.until)}  ", ink("ink-dim"))
            case HealthView() as seen:
                line = Line().add(f"  {glyphs.failed} ", ink("run-fault"))
                return line.add(f"{self.safe(seen.name, 12)} s{seen.since}  ", ink("run-fault"))
            case _:
                return Line().add(f"  {glyphs.notice} ", ink("primary"))

    @property
    def _kind(self) -> int:
        """Cells of the column of kinds."""
        longest = max((len(e.kind) for e in self.snapshot.errors), default=0) + 2
        return min(longest, max(self.content_size.width - 13, 8))

    @property
    def _narrow(self) -> bool:
        return self.content_size.width < 60

    def _span(self, first: int, last: int) -> str:
        """First and last step."""
        return f"s{first}" if last == first else f"s{first}{self.glyphs.arrow}s{last}"

    def empty(self) -> tuple[str, ...]:
        """The calm state."""
        return (f"{self.glyphs.accepted} No errors.", "Each kind would be counted here.")

    def summary(self) -> str:
        """How many errors of how many kinds."""
        errors = self.snapshot.errors
        total = sum(e.count for e in errors)
        kinds = "1 kind" if len(errors) == 1 else f"{len(errors)} kinds"
        return f"{total} in all, {kinds}" if errors else ""


def _of_check(seen: HealthView) -> str:
    return f"{seen.text}; {seen.done}" if seen.done else seen.text
