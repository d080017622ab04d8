"""The votes under way and the latest verdicts."""

from __future__ import annotations

from dataclasses import dataclass

from sim.snapshot import SignatureView, Snapshot
from tui.messages import InspectSignature
from tui.panes.consensus_margin import margin_line
from tui.panes.list_pane import ListPane
from tui.theme.ink import Ink
from tui.widgets.chart import vote_bar
from tui.widgets.line import Line
from tui.widgets.line_list import Row
from tui.widgets.quantity import plain_value, whole

DEFAULT_QUORUM = 0.6
_TRUTH = {"attack": "attack", "false_alarm": "false alarm", "poison": "poison"}


@dataclass(frozen=True, slots=True)
class _Heading:
    text: str


class ConsensusPane(ListPane):
    """Pending signatures, oldest first, then verdicts, latest first; ground truth beside them."""

    PANE = "consensus"
    NAME = "Consensus"
    SHORT = "Votes"

    def parts(self, snapshot: Snapshot) -> tuple[object, ...]:
        """Votes, and the step and the quorum they are measured by."""
        return snapshot.consensus, snapshot.parameters, snapshot.step

    def rows(self) -> list[Row]:
        """Pending and decided signatures under their headings."""
        votes = self.snapshot.consensus
        rows = []
        if votes.pending:
            rows.append(Row(None, _Heading(f"pending {len(votes.pending)}")))
        rows += [Row(view.id, view, self._words(view)) for view in votes.pending]
        if votes.decided:
            rows.append(Row(None, _Heading("verdicts")))
        rows += [Row(view.id, view, self._words(view)) for view in votes.decided]
        return rows

    def _words(self, view: SignatureView) -> str:
        truth = f"{_TRUTH.get(view.truth, view.truth)} {view.attack}"
        return f"#{view.id} {view.verdict} {truth} {' '.join(view.features)} agent {view.publisher}"

    def head(self, width: int) -> list[Line]:
        """How many signatures met which fate."""
        votes, ink = self.snapshot.consensus, self.ink
        if not votes.published:
            return []
        line = Line().add(" ", ink())
        if width >= 40:
            line.add(f"{whole(votes.published)} published  ", ink())
        for count, name in (
            (votes.accepted, "accepted"),
            (votes.rejected, "rejected"),
            (votes.expired, "expired"),
        ):
            word = name if width >= 60 else name[:3]
            glyph = getattr(self.glyphs, name)
            line.add(f"{glyph} {whole(count)} {word}  ", ink(f"verdict-{name}"))
        margin = votes.margin
        if margin is None or (width < 60 and not margin.adversaries):
            return [line]
        return [line, margin_line(margin, width, ink)]

    def line(self, row: Row, width: int, ink: Ink) -> Line:
        """A heading, or a signature with its votes."""
        if isinstance(row.item, _Heading):
            return self._heading(row.item, width, ink)
        view: SignatureView = row.item
        line = Line().add(f"  {'#' + str(view.id):<{self._number}}", ink("foreground"))
        size = 8 if width < 48 else 12 if width < 70 else 20
        self._bar(line, view, size, ink)
        # Confirm, refute, abstain.
        line.add(f" {view.confirmations:>3}", ink("vote-confirm"))
        line.add(f" {view.refutations:>3}", ink("vote-refute"))
        line.add(f" {view.abstentions:>3} ", ink("vote-abstain"))
        self._fate(line, view, ink)
        self._truth(line, view, ink)
        room = width - line.width - 2
        if room >= 8:
            line.add("  " + self.safe(" ".join(view.features), room), ink("ink-dim"))
        return line

    @property
    def _number(self) -> int:
        """Cells of the widest number of a signature, with # and a blank."""
        votes = self.snapshot.consensus
        return max((len(str(v.id)) for v in (*votes.pending, *votes.decided)), default=0) + 2

    def _heading(self, heading: _Heading, width: int, ink: Ink) -> Line:
        size = 8 if width < 48 else 12 if width < 70 else 20
        line = Line().add(f" {heading.text}", ink("ink-dim", bold=True))
        columns = f"{'yes':>4}{'no':>4}{'abs':>4}"
        line.to(2 + self._number + size, ink()).add(columns, ink("ink-dim"))
        word = "expires" if heading.text.startswith("pending") else "verdict"
        line.add(f" {word:<12}", ink("ink-dim"))
        return line.add("ground truth", ink("ink-dim"))

    def _bar(self, line: Line, view: SignatureView, size: int, ink: Ink) -> None:
        quorum = view.rule.quorum if view.rule else DEFAULT_QUORUM
        for kind, cells in vote_bar(view, size, quorum):
            name, _, mark = kind.partition("+")
            glyph = self.glyphs.quorum if mark else getattr(self.glyphs, name)
            line.add(glyph * len(cells), ink("vote-quorum" if mark else f"vote-{name}"))

    def _fate(self, line: Line, view: SignatureView, ink: Ink) -> None:
        """Verdict, or steps until the signature expires."""
        verdict = view.verdict.lower()
        if verdict == "pending":
            left = max(view.expires - self.snapshot.step, 0)
            line.add(f"{self.glyphs.pending} in {left:<7}", ink("verdict-pending"))
            return
        glyph = getattr(self.glyphs, verdict, self.glyphs.none)
        line.add(f"{glyph} {verdict:<9} ", ink(f"verdict-{verdict}"))

    def _truth(self, line: Line, view: SignatureView, ink: Ink) -> None:
        name = "truth-" + view.truth.replace("_", "-")
        if view.truth not in _TRUTH:
            line.add(self.safe(view.truth or self.glyphs.none), ink("ink-dim"))
            return
        line.add(self.safe(view.attack or _TRUTH[view.truth], 12), ink(name))

    def empty(self) -> tuple[str, ...]:
        """Before the first signature."""
        return ("No signatures yet: agents publish once their first models are fitted.",)

    def summary(self) -> str:
        """What decides."""
        settings = self.snapshot.parameters
        if "consensus.rule" not in settings:
            return ""
        rule, quorum, least = (
            plain_value(settings.get(f"consensus.{name}", ""))
            for name in ("rule", "quorum", "min_confirmations")
        )
        rule = "quorum" if rule == "quorum" else f"{rule}, quorum"
        return f"{rule} {quorum}, at least {least} agree"

    def activate(self, row: Row) -> None:
        """Inspect the signature."""
        self.post_message(InspectSignature(row.item.id))
