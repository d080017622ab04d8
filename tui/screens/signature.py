"""One signature from near: what it says, who voted how and why, and the verdict."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from sim.commands import Inspect
from sim.snapshot import BallotView, SignatureDetail, SignatureView, Snapshot
from sim.text import quantity
from tui.forms.choice import Choice
from tui.forms.dialog import Dialog, Give
from tui.forms.rows import Rows
from tui.keys.inside import bindings_of
from tui.screens.strips import number
from tui.widgets.line import printable

VOTES = ("all votes", "CONFIRM", "REFUTE", "ABSTAIN")
_TRUTH_INKS = {
    "attack": "truth-attack",
    "false_alarm": "truth-false-alarm",
    "poison": "truth-poison",
}
_SHOWN_FEATURES = 6


class SignatureInspector(Dialog):
    """Follows the vote."""

    KEYS = (("↑ ↓", "ballots"), ("v", "which votes"), ("y", "copy"))
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
        self._listed: tuple[object, ...] = ()

    @property
    def heading(self) -> str:
        """Which signature."""
        return f"Signature {self.signature:,}"

    def content(self) -> ComposeResult:
        """What it says, then the ballots."""
        yield Static("", id="signature")
        yield Choice("Ballots", VOTES, id="which")
        yield Rows("No ballot of this kind yet.", id="ballots")

    def on_mount(self) -> None:
        """Ask for the details."""
        self.query_one("#ballots", Rows).focus()
        self.give(Inspect(signature=self.signature))
        self.redraw()

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        self.give(Inspect())

    def action_votes(self) -> None:
        """Show the next kind of votes."""
        self.query_one("#which", Choice).action_turn(1)

    def action_copy(self) -> None:
        """Copy what is shown."""
        self.app.copy_to_clipboard(f"{self.heading}\n{self.text().plain}")
        self.say("Copied.", calm=True)

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Other votes."""
        event.stop()
        self.redraw()

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Nothing further to see."""
        event.stop()

    def redraw(self) -> None:
        """Draw again."""
        self.query_one("#signature", Static).update(self.text())
        detail, which = self._detail(), self.query_one("#which", Choice).value
        ballots = detail.ballots if detail is not None else ()
        if self._listed != (id(ballots), which):
            self._listed = (id(ballots), which)
            found = [b for b in ballots if which in (VOTES[0], b.vote)]
            rows = [(str(b.voter), self._ballot(b)) for b in found]
            self.query_one("#ballots", Rows).show(rows)

    def submit(self) -> None:
        """Enter closes."""
        self.dismiss()

    def _detail(self) -> SignatureDetail | None:
        detail = self.snapshot.view.signature
        return detail if detail is not None and detail.view.id == self.signature else None

    def text(self) -> Text:
        """All but the ballots."""
        detail = self._detail()
        if detail is None:
            return Text("Its details come with the next picture of the run.", self.ink("ink-dim"))
        text = self._facts(detail.view, detail.fingerprint)
        text.append_text(self._verdict(detail))
        text.append_text(self._centre(detail))
        return text

    def _facts(self, view: SignatureView, fingerprint: str) -> Text:
        dim = self.ink("ink-dim")
        text = Text()
        text.append("Published   ", dim)
        text.append(f"by agent {view.publisher:,} at step {view.step:,}: ")
        text.append(f"{quantity(view.flows, 'flow')}, score {view.score:.2f}\n")
        text.append("Stands out  ", dim)
        text.append(printable(" ".join(view.features[:6]), 100) or "nothing")
        text.append(f"   #{printable(fingerprint, 12)}\n", dim)
        text.append("Truth       ", dim)
        truth = view.truth.replace("_", " ") + (f" ({view.attack})" if view.attack else "")
        text.append(printable(truth, 60), self.ink(_TRUTH_INKS.get(view.truth, "foreground")))
        text.append("   ground truth: agents never see it\n", dim)
        return text

    def _verdict(self, detail: SignatureDetail) -> Text:
        view, dim = detail.view, self.ink("ink-dim")
        text = Text()
        text.append("Verdict     ", dim)
        ink = self.ink(f"verdict-{view.verdict.lower()}", bold=True)
        text.append(printable(view.verdict, 12), ink)
        when = f"at step {view.decided:,}" if view.decided is not None else ""
        text.append(f" {when or f'expires at step {view.expires:,}'}\n")
        text.append("Votes       ", dim)
        text.append(f"{view.confirmations:,} confirm", self.ink("vote-confirm"))
        text.append(f" ({view.confirm:.2f})  ", dim)
        text.append(f"{view.refutations:,} refute", self.ink("vote-refute"))
        text.append(f" ({view.refute:.2f})  ", dim)
        text.append(f"{view.abstentions:,} abstain\n", self.ink("vote-abstain"))
        text.append("Rule        ", dim)
        text.append(printable(detail.rule) + "\n")
        if detail.life:
            text.append("Life        ", dim)
            text.append(printable(detail.life) + "\n")
        return text

    def _centre(self, detail: SignatureDetail) -> Text:
        """Two features to a line: centre ± spread."""
        dim = self.ink("ink-dim")
        text = Text("\n", no_wrap=True)
        for index, (name, centre, spread) in enumerate(detail.centre[:_SHOWN_FEATURES]):
            text.append(f"{printable(name, 17):<17}", dim)
            text.append(f"{number(centre):>9}").append(f" ± {number(spread):<6}", dim)
            text.append("\n" if index % 2 else "  ")
        more = len(detail.centre) - _SHOWN_FEATURES
        if more > 0:
            text.append(f"and {more} more features\n", dim)
        text.rstrip()
        return text

    def on_rows_moved(self, event: Rows.Moved) -> None:
        """The whole reason of the marked ballot, which a line may cut."""
        event.stop()
        detail = self._detail()
        marked = event.rows.key
        reasons = [b.reason for b in detail.ballots if str(b.voter) == marked] if detail else []
        self.say(reasons[0] if reasons else "", calm=True)

    def _ballot(self, ballot: BallotView) -> Text:
        text = Text(f"agent {ballot.voter:<6}", no_wrap=True, overflow="ellipsis")
        ink = self.ink(f"vote-{ballot.vote.lower()}")
        # Without its background, so that the cursor's shows through.
        text.append(f"{printable(ballot.vote, 8):<8}", ink.from_color(ink.color))
        text.append(f"{ballot.weight:>5.2f}  s{ballot.step:<6}", "dim")
        return text.append(printable(ballot.reason, 120))
