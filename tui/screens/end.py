"""Says once that the run is over: what came out, and what can be done now."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from sim.snapshot import TRAFFIC_ENDED, Snapshot
from sim.text import command_line
from tui.forms.dialog import Dialog
from tui.keys.inside import bindings_of
from tui.panes.attacks import columns_within, figure
from tui.theme.ink import Ink
from tui.widgets.line import fit, printable
from tui.widgets.quantity import counted, share

_KIND = 14
_FRAME = 6
"""Cells of the frame, of the gaps beside it and of a scroll bar."""


class EndDialog(Dialog):
    """Attacks, signatures, how well flows were judged, and the way on."""

    DEFAULT_CSS = """
    EndDialog #box { width: 90; }
    """
    SCROLLS = True
    KEYS = (("e", "export"), ("ctrl+s", "save the configuration"))
    BINDINGS = bindings_of("end")

    @property
    def heading(self) -> str:
        """What ended it."""
        cause = printable(self.snapshot.cause) or "all steps are done"
        return f"The run is over at step {self.snapshot.step:,}: {cause}"

    def content(self) -> ComposeResult:
        """One text."""
        yield Static(id="end")

    def text(self) -> Text:
        """The result, then what next."""
        text = Text()
        _attacks(text, self.snapshot, self.ink, min(self.app.size.width, 90) - _FRAME)
        _figures(text, self.snapshot, self.ink)
        dim = self.ink("ink-dim")
        text.append("\nNext\n", self.ink("primary", bold=True))
        text.append("  A           ", "bold").append("the attacks, to look closer\n", dim)
        text.append("  e           ", "bold").append("export tables of the record\n", dim)
        text.append("  q           ", "bold").append("leave; the run is kept\n", dim)
        if self.snapshot.run_dir:
            again = command_line("resume", self.snapshot.run_dir)
            over = self.snapshot.cause == TRAFFIC_ENDED
            words = "It can be looked at again with" if over else "It goes on with"
            text.append(f"\n{words}\n  ", dim).append(printable(again, 400))
        return text

    def redraw(self) -> None:
        """Draw again, with as many columns as there is room for now."""
        self.query_one("#end", Static).update(self.text())

    def action_export(self) -> None:
        """Close, and ask what to export."""
        self.dismiss()
        self.app.call_next(self.app.run_action, "export")

    def action_attacks(self) -> None:
        """Close, and go to the attacks."""
        self.dismiss()
        self.app.call_next(self.app.run_action, "focus_named('attacks')")

    def action_save(self) -> None:
        """Close, and ask where to save the configuration."""
        self.dismiss()
        self.app.call_next(self.app.run_action, "save")

    def submit(self) -> None:
        """Enter closes."""
        self.dismiss()


def _attacks(text: Text, shot: Snapshot, ink: Ink, width: int) -> None:
    """The table of attacks: steps since each began; as many whole columns as fit."""
    if not shot.quality.attacks:
        text.append("No attack has struck this run.\n", ink("ink-dim"))
        return
    dim = ink("ink-dim")
    kinds = [printable(outcome.kind) for outcome in shot.quality.attacks]
    spare = width - sum(size + 1 for _, size, _ in columns_within(width - _KIND))
    wide = max(_KIND, min(spare, max(cell_len(kind) for kind in kinds)))
    columns = columns_within(width - wide)
    text.append(f"{'attack':<{wide}}", dim)
    for _, size, name in columns:
        text.append(f" {name:>{size}}", dim)
    for outcome, kind in zip(shot.quality.attacks, kinds, strict=True):
        own_line = cell_len(kind) > wide
        text.append(f"\n{fit(kind, width if own_line else wide)}", ink("truth-attack"))
        text.append("\n" + " " * wide if own_line else "")
        for name, size, _ in columns:
            value = getattr(outcome, name)
            lost = name == "accepted" and value is None
            text.append(f" {figure(name, value):>{size}}", ink("wrong" if lost else "foreground"))
    text.append("\n+ steps since it began\n", dim)


def _figures(text: Text, shot: Snapshot, ink: Ink) -> None:
    """Signatures by verdict, and how well all together and each alone judged their flows."""
    votes, quality = shot.consensus, shot.quality
    left = votes.published - votes.accepted - votes.rejected - votes.expired
    text.append("\nsignatures  ", ink("ink-dim"))
    text.append(
        f"{votes.published:,} published, {votes.accepted:,} accepted, {votes.rejected:,} rejected,"
        f" {votes.expired:,} expired{f', {left:,} open' if left else ''}\n"
    )
    text.append("F1          ", ink("ink-dim"))
    text.append(f"{share(quality.collective.f1)} together, {share(quality.solo.f1)} each alone\n")
    if shot.errors:
        total = sum(error.count for error in shot.errors)
        text.append("errors      ", ink("ink-dim"))
        text.append(f"{counted(total, 'error')}, listed by 8\n")
