"""Errors by kind, faults under way, and things worth knowing."""

from __future__ import annotations

from dataclasses import dataclass

from sim.snapshot import ErrorCount, FaultView, HealthView, Snapshot
from tui.messages import ShowLog
from tui.panes.list_pane import ListPane
from tui.theme.ink import Ink
from tui.widgets.line import Line
from tui.widgets.line_list import Row


@dataclass(frozen=True, slots=True)
class _Heading:
    text: str


@dataclass(frozen=True, slots=True)
class _Message:
    """What an error said, on a line of its own where the pane is narrow."""

    text: str


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
        """Faults under way, errors, notices, under their headings."""
        shot = self.snapshot
        rows = []
        scarce = [seen for seen in shot.health if not seen.healthy]
        if scarce:
            rows.append(Row(None, _Heading("scarce now")))
        rows += [Row(("scarce", h.name), h, f"{h.name} {h.text}") for h in scarce]
        if shot.faults:
            rows.append(Row(None, _Heading("injected faults under way")))
        rows += [Row(("fault", f.kind, f.since), f, f"{f.kind} {f.text}") for f in shot.faults]
        if shot.errors:
            rows.append(Row(None, _Heading("errors by kind, latest first")))
        for error in shot.errors:
            text = f"{error.kind} {error.message}"
            rows.append(Row(("error", error.kind), error, text))
            if not self._wide:
                below = f"{self._span(error)}  {error.message}"
                rows.append(Row(("message", error.kind), _Message(below), text))
        if shot.notices:
            rows.append(Row(None, _Heading("worth knowing")))
        rows += [Row(("notice", text), text, text) for text in shot.notices]
        return rows

    def activate(self, row: Row) -> None:
        """Show what the log says."""
        self.post_message(ShowLog(row.item.kind if isinstance(row.item, ErrorCount) else ""))

    def line(self, row: Row, width: int, ink: Ink) -> Line:
        """One fault, error or notice."""
        glyphs = self.glyphs
        match row.item:
            case _Heading(text):
                return Line().add(f" {text}", ink("ink-dim", bold=True))
            case _Message(text):
                return Line().add("    " + self.safe(text, width - 4), ink("ink-dim"))
            case ErrorCount() as error:
                return self._error(error, width, ink)
            case FaultView() as fault:
                line = Line().add(f"  {glyphs.fault} ", ink("run-paused"))
                line.add(f"{self.safe(fault.kind, 18)} ", ink("run-paused"))
                line.add(f"s{fault.since}{glyphs.arrow}s{fault.until}  ", ink("ink-dim"))
                return line.add(self.safe(fault.text, width - line.width), ink())
            case HealthView() as seen:
                line = Line().add(f"  {glyphs.failed} ", ink("run-fault"))
                line.add(f"{self.safe(seen.name, 12)} s{seen.since}  ", ink("run-fault"))
                text = f"{seen.text}; {seen.done}" if seen.done else seen.text
                return line.add(self.safe(text, width - line.width), ink())
            case text:
                line = Line().add(f"  {glyphs.notice} ", ink("primary"))
                return line.add(self.safe(str(text), width - line.width), ink())

    @property
    def _kind(self) -> int:
        """Cells of the column of kinds."""
        return min(max((len(e.kind) for e in self.snapshot.errors), default=0) + 2, 24)

    @property
    def _wide(self) -> bool:
        return self.content_size.width >= 60

    def _error(self, error: ErrorCount, width: int, ink: Ink) -> Line:
        glyphs = self.glyphs
        line = Line().add(f"  {glyphs.failed} ", ink("run-fault"))
        line.add(f"{self.safe(error.kind, self._kind)}", ink())
        line.add(f"{glyphs.times}{error.count:<5}", ink("run-fault", bold=True))
        if not self._wide:
            return line
        line.add(f"{self._span(error):<12} ", ink("ink-dim"))
        return line.add(self.safe(error.message, max(width - line.width, 0)), ink())

    def _span(self, error: ErrorCount) -> str:
        """First and last step."""
        if error.last_step == error.first_step:
            return f"s{error.first_step}"
        return f"s{error.first_step}{self.glyphs.arrow}s{error.last_step}"

    def empty(self) -> tuple[str, ...]:
        """The calm state."""
        return (f"{self.glyphs.accepted} No errors.", "Each kind would be counted here.")

    def summary(self) -> str:
        """How many errors of how many kinds."""
        errors = self.snapshot.errors
        total = sum(e.count for e in errors)
        kinds = "1 kind" if len(errors) == 1 else f"{len(errors)} kinds"
        return f"{total} in all, {kinds}" if errors else ""
