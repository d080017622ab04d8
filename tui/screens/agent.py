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
from sim.text import quantity
from tui.forms.dialog import Dialog, Give
from tui.forms.rows import Rows
from tui.keys.inside import bindings_of
from tui.messages import ActOn, InspectSignature
from tui.record.book import Book
from tui.record.signatures import SignatureRecord
from tui.screens.strips import deviation_bar, number, score_strip, share_bar
from tui.theme.glyphs import UNICODE
from tui.widgets.line import printable

_DID = {"CONFIRM": "confirmed", "REFUTE": "refuted"}
_MOST = 100
"""Most rows of a kind that are listed."""
_INKS = ("agent-learning", "agent-normal", "agent-alert", "agent-quarantined", "agent-stopped")


class AgentInspector(Dialog):
    """Follows the run; left and right go to the neighbours."""

    KEYS = (
        ("← →", "neighbours"), ("enter", "signature"), ("i", "attack it"), ("a", "turn it"),
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
        yield Rows("Neither published nor judged anything that is remembered.", id="its")

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
        text = self._facts(detail)
        text.append_text(self._scores(detail))
        text.append_text(self._history())
        text.append("\n")
        text.append_text(self._features(detail))
        return text

    def _facts(self, detail: AgentDetail) -> Text:
        ink, state = self.ink, int(detail.state)
        column, row = detail.position
        text = Text(no_wrap=True)
        text.append("State       ", ink("ink-dim"))
        text.append(
            f"{UNICODE.agent[state]} {detail.state.name.lower()}", ink(_INKS[state], bold=True)
        )
        text.append(f"   column {column}, row {row}   profile {printable(detail.profile, 30)}\n")
        text.append("Trust       ", ink("ink-dim"))
        text.append(f"{detail.trust:.2f} ").append_text(
            share_bar(detail.trust, 12, "agent-normal", ink)
        )
        text.append("\n")
        text.append("Model       ", ink("ink-dim"))
        text.append(
            f"fitted {quantity(detail.model_version, 'time')}, "
            f"window of {quantity(detail.window, 'flow')}\n"
        )
        text.append("Record      ", ink("ink-dim"))
        text.append(f"{quantity(detail.published, 'signature')}, ")
        text.append(f"{quantity(detail.confirmed, 'confirmation')}, ")
        text.append(f"{quantity(detail.refuted, 'refutation')}\n")
        text.append("Truth       ", ink("ink-dim"))
        honest = detail.behaviour == "honest"
        text.append(
            printable(detail.behaviour, 24), ink("foreground" if honest else "truth-adversary")
        )
        text.append("   ground truth: agents never see it\n", ink("ink-dim"))
        return text

    def _scores(self, detail: AgentDetail) -> Text:
        ink = self.ink
        text = Text("Last scores ", ink("ink-dim"), no_wrap=True)
        if not detail.scores:
            return text.append("none yet: it scores once its first model is fitted\n")
        threshold = float(self.snapshot.parameters.get("detection.threshold", 1.0))
        over = sum(score >= threshold for score in detail.scores)
        text.append_text(score_strip(detail.scores, 40, threshold, ink))
        return text.append(f"  {over} of {len(detail.scores)} ≥ {threshold:g}\n")

    def _history(self) -> Text:
        """Score and trust in the pictures that are remembered."""
        text, past, dim = Text(no_wrap=True), self._book.past, self.ink("ink-dim")
        if past.steps is None:
            return text
        first, last = past.steps
        threshold = float(self.snapshot.parameters.get("detection.threshold", 1.0))
        for name, values, mark in (
            ("Score", past.scores(self.agent), threshold),
            ("Trust", past.trust(self.agent), 2.0),
        ):
            text.append(f"{name:<12}", dim)
            text.append_text(score_strip(values.tolist(), 40, mark, self.ink))
            text.append(f"  s{first} to s{last}\n", dim)
        return text

    def _features(self, detail: AgentDetail) -> Text:
        ink = self.ink
        head = f"{'Feature':<20}{'median':>10}{'scale':>10}{'last mean':>11}  deviation\n"
        text = Text(head, ink("ink-dim"), no_wrap=True)
        most = max(self.size.height - 20, 3)
        for name, median, scale, mean in sorted(detail.features, key=_nearness)[:most]:
            deviation = (mean - median) / scale if scale > 0 else float("nan")
            text.append(f"{printable(name, 19):<20}", ink())
            text.append(f"{number(median):>10}{number(scale):>10}{number(mean):>11}  ")
            text.append_text(deviation_bar(deviation, 8, ink))
            text.append("\n")
        return text


def _nearness(feature: tuple[str, float, float, float]) -> float:
    """The furthest from normal first."""
    _, median, scale, mean = feature
    return -abs(mean - median) / scale if scale > 0 else 0.0
