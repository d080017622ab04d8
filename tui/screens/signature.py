"""One signature from near: what it says, who voted how and why, and the verdict."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import BindingType
from textual.widgets import Static

from sim.commands import Inspect
from sim.snapshot import SignatureDetail, Snapshot
from tui.forms.dialog import Dialog, Give
from tui.forms.rows import Rows
from tui.keys.inside import bindings_of
from tui.messages import InspectAgent
from tui.screens.signature_text import LABEL, Group, SignatureText, grouped
from tui.widgets.fold import hanging

_FEATURES = 6
"""Features at least, on a screen that has room for more than two."""
_HEADINGS = 4
"""Lines of the features and of the votes that are no rows."""


class SignatureInspector(Dialog):
    """Follows the vote: ballots by reason, each reason opens to its ballots, each to its agent."""

    KEYS = (("enter", "open"), ("a", "author"), ("v", "all ballots"), ("y", "copy"))
    FILLS = True
    DEFAULT_CSS = """
    SignatureInspector {
        #body { overflow-y: hidden; }
        #ballots { height: 1fr; min-height: 3; }
        #foot { margin: 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("signature")

    def __init__(self, snapshot: Snapshot, give: Give, *, signature: int) -> None:
        super().__init__(snapshot, give)
        self.signature = signature
        self._opened: set[str] = set()
        self._listed: tuple[object, ...] = ()

    @property
    def heading(self) -> str:
        """Which signature."""
        return f"Signature #{self.signature}"

    def content(self) -> ComposeResult:
        """What it says, then why."""
        yield Static("", id="signature")
        yield Static("Why: votes by their reason", classes="heading")
        yield Rows("No ballot yet.", id="ballots")

    def on_mount(self) -> None:
        """The reasons are in use."""
        self.query_one("#ballots", Rows).focus()
        self.redraw()

    def on_screen_resume(self) -> None:
        """Ask for the details, also after something else was looked at over it."""
        self.give(Inspect(signature=self.signature))

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Nobody looks any more; what is behind asks for its own."""
        self.give(Inspect())
        return super().dismiss(result)

    def action_votes(self) -> None:
        """Open all groups, or close them."""
        keys = {group.key for group in self._groups()}
        self._opened = set() if self._opened >= keys else keys
        self.redraw()

    def action_author(self) -> None:
        """Inspect who published it."""
        detail = self._detail()
        if detail is not None:
            self.app.post_message(InspectAgent(detail.view.publisher))

    def action_copy(self) -> None:
        """Copy what is shown."""
        self.app.copy_to_clipboard(f"{self.heading}\n{self.text().plain}")
        self.say("Copied.", calm=True)

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Open a reason to its ballots, and a ballot to its agent."""
        event.stop()
        key = event.rows.key
        if key.isdigit():
            self.app.post_message(InspectAgent(int(key)))
        elif key:
            self._opened ^= {key}
            self.redraw()

    def redraw(self) -> None:
        """Draw again."""
        self.query_one("#signature", Static).update(self.text())
        groups = self._groups()
        ballots = tuple(id(ballot) for group in groups for ballot in group.ballots)
        shown = (ballots, frozenset(self._opened), self.line_width)
        if self._listed != shown:
            self._listed = shown
            self.query_one("#ballots", Rows).show(self._rows(groups))

    def _groups(self) -> list[Group]:
        detail = self._detail()
        return grouped(detail.ballots) if detail is not None else []

    def _rows(self, groups: list[Group]) -> list[tuple[str, Text]]:
        writer, rows = self._writer, []
        for group in groups:
            opened = group.key in self._opened
            rows.append((group.key, writer.group(group, opened=opened)))
            if opened:
                rows += [(str(ballot.voter), writer.ballot(ballot)) for ballot in group.ballots]
        return rows

    def submit(self) -> None:
        """Enter closes."""
        self.dismiss()

    def _detail(self) -> SignatureDetail | None:
        detail = self.snapshot.view.signature
        return detail if detail is not None and detail.view.id == self.signature else None

    @property
    def _writer(self) -> SignatureText:
        return SignatureText(self.ink, self.line_width)

    def text(self) -> Text:
        """All but the ballots."""
        detail = self._detail()
        if detail is None:
            return Text("Details arrive with the next update.", self.ink("ink-dim"))
        writer = self._writer
        text = writer.facts(detail.view, detail.fingerprint)
        text.append_text(writer.verdict(detail))
        roomy = self.size.height >= 34
        most = 2
        if roomy:
            above = hanging(text, self.line_width, LABEL).plain.count("\n")
            room = self.line_count - above - len(self._groups()) - _HEADINGS
            most = max(room - (room < len(detail.centre)), _FEATURES)
        text.append("\n" if roomy else "")
        text.append_text(writer.features(detail, most))
        text.rstrip()
        return self.shortened(hanging(text, self.line_width, LABEL), len(self._groups()))

    def on_rows_moved(self, event: Rows.Moved) -> None:
        """The whole of the marked group, where the line cuts it."""
        event.stop()
        found = [group for group in self._groups() if group.key == event.rows.key]
        self.say("".join(map(self._writer.lost, found)), calm=True)
