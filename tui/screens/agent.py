"""One agent from near."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from sim.commands import Inspect
from sim.snapshot import AgentDetail, Snapshot
from tui.forms.dialog import Dialog, Give
from tui.forms.rows import Rows
from tui.keys.inside import bindings_of
from tui.messages import ActOn, InspectSignature
from tui.record.book import Book
from tui.record.signatures import SignatureRecord
from tui.screens.agent_text import LABEL, AgentText
from tui.widgets.fold import hanging
from tui.widgets.line import printable

_DID = {"CONFIRM": "confirmed", "REFUTE": "refuted"}
_MOST = 100
"""Most rows of a kind that are listed."""


class AgentInspector(Dialog):
    """Follows the run; left and right go to the neighbours."""

    KEYS = (
        ("← →", "others"), ("enter", "signature"), ("i", "attack it"), ("a", "turn it"),
        ("y", "copy"),
    )  # fmt: skip
    FILLS = True
    DEFAULT_CSS = """
    AgentInspector {
        #body { overflow-y: hidden; }
        #its { height: 1fr; min-height: 3; }
        #foot { margin: 0; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("agent")

    def __init__(self, snapshot: Snapshot, give: Give, *, agent: int, book: Book) -> None:
        super().__init__(snapshot, give)
        self.agent = agent
        self._book = book
        self._listed: tuple[object, ...] = ()

    @property
    def heading(self) -> str:
        """Which agent."""
        return f"Agent {self.agent:,}"

    def content(self) -> ComposeResult:
        """What it is, then what it published and how it voted."""
        yield Static("", id="agent")
        yield Static("Its signatures and ballots", classes="heading")
        yield Rows("None that is remembered.", id="its")

    def on_mount(self) -> None:
        """The list is in use."""
        self.query_one("#its", Rows).focus()
        self.redraw()

    def on_screen_resume(self) -> None:
        """Ask for the details, also after something else was looked at over it."""
        self._ask()

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Nobody looks any more; what is behind asks for its own."""
        self.give(Inspect())
        return super().dismiss(result)

    def _ask(self) -> None:
        self.query_one("#box", Vertical).border_title = self.heading
        self.give(Inspect(agent=self.agent))
        self.redraw()

    def action_neighbour(self, by: int) -> None:
        """Go to the agent before or after; at the ends it stays."""
        last = max(self.agent, len(self.snapshot.grid.states) - 1)
        wanted = max(0, min(self.agent + by, last))
        if wanted != self.agent:
            self.agent = wanted
            self._ask()

    def action_copy(self) -> None:
        """Copy what is shown."""
        self.app.copy_to_clipboard(f"{self.heading}\n{self.text().plain}")
        self.say("Copied.", calm=True)

    def redraw(self) -> None:
        """Draw again."""
        self.query_one("#agent", Static).update(self.text())
        detail = self._detail()
        published = self._book.signatures.of(self.agent)
        ballots = detail.ballots if detail is not None else ()
        listed = (self.agent, len(published), self._book.version, ballots)
        if self._listed != listed:
            self._listed = listed
            rows = [(f"{r.id}", self._published(r)) for r in published[:_MOST]]
            rows += [(f"{seq} vote", self._voted(seq, vote)) for seq, vote in ballots[:_MOST]]
            self.query_one("#its", Rows).show(rows)

    def _detail(self) -> AgentDetail | None:
        detail = self.snapshot.view.agent
        return detail if detail is not None and detail.id == self.agent else None

    def _published(self, r: SignatureRecord) -> Text:
        text = Text(f"published  #{r.id:<7} s{r.step:<6} ", no_wrap=True)
        text.append(f"{printable(r.kind or 'unknown', 14):<14} ")
        text.append(f"{r.confirmations} : {r.refutations}  {r.verdict.lower()}", "dim")
        wrong = "" if r.right is not False else "  wrong"
        return text.append(wrong, self.ink("wrong"))

    def _voted(self, seq: int, vote: str) -> Text:
        record = self._book.signatures.by_id.get(seq)
        text = Text(f"{_DID.get(vote, vote):<10} #{seq:<7} ", no_wrap=True)
        if record is None:
            return text
        by = f"of agent {record.publisher:<5} "
        return text.append(f"{by}{printable(record.kind or 'unknown', 14):<14} ").append(
            record.verdict.lower(), "dim"
        )

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Look at the signature."""
        event.stop()
        if event.rows.key:
            self.app.post_message(InspectSignature(int(event.rows.key.split()[0])))

    def action_attack(self) -> None:
        """Ask for an attack on this agent."""
        self.app.post_message(ActOn(self.agent, "inject"))

    def action_turn(self) -> None:
        """Ask how it is to behave."""
        self.app.post_message(ActOn(self.agent, "adversaries"))

    def submit(self) -> None:
        """Enter closes."""
        self.dismiss()

    def text(self) -> Text:
        """All that is known of the agent."""
        detail = self._detail()
        if detail is None:
            return Text("Details arrive with the next update.", self.ink("ink-dim"))
        writer = AgentText(self.ink, self.line_width, self.snapshot, self._book)
        text = writer.all(detail, max(self.size.height - 21, 3))
        rows = len(self._book.signatures.of(self.agent)) + len(detail.ballots)
        return self.shortened(hanging(text, self.line_width, LABEL), rows)
