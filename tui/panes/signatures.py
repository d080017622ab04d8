"""All signatures of the run, how the others judged them, and whether that was right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.style import Style
from textual.events import Focus

from sim.snapshot import AgentState, Snapshot
from tui.actions import OVER
from tui.messages import InspectSignature, MarkSignature
from tui.panes.consensus_margin import margin_line
from tui.panes.record_pane import RecordPane
from tui.record.signatures import SignatureRecord
from tui.theme.ink import Ink
from tui.widgets.chart import vote_bar
from tui.widgets.line import Line
from tui.widgets.quantity import whole

_LONGEST_KIND = 32
"""Most cells of a kind."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """Widths of the columns; 0 where one is left out."""

    id: int
    step: int
    kind: int
    by: int
    bar: int
    votes: int
    rule: int
    verdict: int
    features: int

    @classmethod
    def fitting(cls, width: int, last_id: int, last_step: int, longest: int = 0) -> _Columns:
        """As many whole columns as fit, the kind as wide as the `longest`; none is ever cut."""
        number, step = max(len(str(last_id)), 3) + 1, max(len(str(last_step)), 4)
        votes = 12
        for kind, by, bar, rule, verdict in (
            (12, 6, 20, 6, 10), (12, 6, 12, 6, 10), (12, 6, 12, 0, 10), (12, 5, 8, 0, 10),
            (11, 0, 6, 0, 7), (11, 0, 0, 0, 7), (11, 0, 0, 0, 1), (0, 0, 0, 0, 1),
        ):  # fmt: skip
            kind = kind and max(kind, min(longest, _LONGEST_KIND))
            shown = [c for c in (number, step, kind, by, bar, votes, rule, verdict) if c]
            total = 2 + sum(shown) + 2 * (len(shown) - 1)
            if total <= width:
                spare = width - total - 2
                features = spare if spare >= 14 else 0
                return cls(number, step, kind, by, bar, votes, rule, verdict, features)
        return cls(number, 0, 0, 0, 0, votes, 0, 1, 0)


class SignaturesPane(RecordPane):
    """Newest first; a verdict shows the rule of its day, and whether ground truth agrees."""

    PANE = "signatures"
    NAME = "Signatures"
    KEY = "3"
    SHORT = "Signat."

    def parts(self, snapshot: Snapshot) -> tuple[object, ...]:
        """What the rule tolerates, and whether more may come."""
        return snapshot.consensus.margin, snapshot.state in OVER

    def numbers(self) -> Sequence[int]:
        """Ids, in the order of publication."""
        return self.book.signatures.ids

    def _record(self, number: int) -> SignatureRecord:
        return self.book.signatures.by_id[number]

    def text_of(self, number: int) -> str:
        """All words of a row."""
        r = self._record(number)
        features = " ".join(r.features)
        verdict = f"{r.verdict} {_judged(r)}{' withdrawn' if r.withdrawn is not None else ''}"
        return f"#{r.id} s{r.step} {r.kind} a{r.publisher} {verdict} {features}"

    def fields_of(self, number: int) -> Mapping[str, str]:
        """`kind:`, `author:`, `verdict:`, `step:`."""
        r = self._record(number)
        return {
            "kind": r.kind,
            "author": str(r.publisher),
            "verdict": r.verdict,
            "step": str(r.step),
        }

    def _columns(self, width: int) -> _Columns:
        ids = self.book.signatures.ids
        steps = self.book.series.steps
        last = int(steps[-1]) if len(steps) else 0
        longest = self.book.signatures.longest_kind
        return _Columns.fitting(width, ids[-1] if ids else 0, last, longest)

    def head(self, width: int) -> list[Line]:
        """Names of the columns."""
        if not self.book.signatures.ids:
            return []
        c, ink = self._columns(width), self.ink("ink-dim")
        line = Line().add(f"  {'id':>{c.id}}", ink)
        for name, size in (("step", c.step),):
            if size:
                line.add(f"  {name:>{size}}", ink)
        for name, size in (("kind", c.kind), ("by", c.by)):
            if size:
                line.add(f"  {name:<{size}}", ink)
        words = "votes of those who judged" if c.bar >= 12 else "votes"
        votes = c.votes + (c.bar + 2 if c.bar else 0)
        line.add(f"  {words:<{votes}}", ink)
        if c.rule:
            line.add(f"  {'rule':<{c.rule}}", ink)
        line.add("  verdict" if c.verdict > 1 else "", ink)
        if c.features:
            line.to(width - c.features, ink).add("stands out", ink)
        lines = [line]
        margin = self.snapshot.consensus.margin
        if margin is not None and margin.adversaries and self.content_size.height >= 12:
            lines.insert(0, margin_line(margin, width, self.ink))
        return lines

    def line_of(self, number: int, width: int, ink: Ink) -> Line:
        """Numbers to the right, words to the left."""
        r, c = self._record(number), self._columns(width)
        dim = ink("ink-dim")
        quiet = r.right is True and r.verdict == "REJECTED"
        text = dim if quiet else ink()
        line = Line().add(f"  {'#' + str(r.id):>{c.id}}", text)
        if c.step:
            line.add(f"  {r.step:>{c.step}}", dim)
        if c.kind:
            line.add(
                f"  {self.safe(r.kind or self.glyphs.none, c.kind)}", self._truth(r, ink, quiet)
            )
        if c.by:
            line.add(f"  {'a' + str(r.publisher):<{c.by}}", dim)
        if c.bar:
            line.add("  ", ink())
            self._bar(line, r, c.bar, ink, quiet)
        judged = r.confirmations + r.refutations
        count = f"{r.confirmations:>4} : {r.refutations:<4}" if judged else f"{'–':>5}"
        line.add(f"  {self.glyphs.plain(count):<{c.votes}}", text)
        if c.rule:
            line.add(f"  {self._rule(r):<{c.rule}}", dim)
        self._verdict(line, r, c.verdict, ink)
        if c.features:
            line.to(width - c.features, ink())
            line.add(self.safe(" ".join(r.features), c.features), dim)
        return line

    def _truth(self, r: SignatureRecord, ink: Ink, quiet: bool) -> Style:
        if quiet or not r.truth:
            return ink("ink-dim")
        return ink("truth-" + r.truth.replace("_", "-"))

    def _bar(self, line: Line, r: SignatureRecord, size: int, ink: Ink, quiet: bool) -> None:
        quorum = r.quorum if r.quorum is not None else self._quorum_now
        for kind, cells in vote_bar(r.confirm, r.refute, size, quorum):
            name, _, mark = kind.partition("+")
            glyph = self.glyphs.quorum if mark else getattr(self.glyphs, name)
            dim = quiet or name == "abstain"
            line.add(glyph * len(cells), ink("ink-dim" if dim and not mark else "foreground"))

    @property
    def _quorum_now(self) -> float:
        value = self.snapshot.parameters.get("consensus.quorum", 0.0)
        return float(value) if isinstance(value, int | float) else 0.0

    def _rule(self, r: SignatureRecord) -> str:
        if r.rule == "majority":
            return "> .50"
        quorum = r.quorum if r.quorum is not None else self._quorum_now
        return self.glyphs.plain("≥ ") + f"{quorum:.2f}".lstrip("0") if quorum else ""

    def _verdict(self, line: Line, r: SignatureRecord, size: int, ink: Ink) -> None:
        """A glyph for the verdict, colour for whether it is right."""
        glyph = getattr(self.glyphs, r.verdict.lower(), self.glyphs.none)
        line.add("  ", ink())
        if r.withdrawn is not None and size >= 9:
            line.add("withdrawn", ink("wrong") if r.truth == "attack" else ink("ink-dim"))
        elif r.right is False:
            line.add(f"{glyph} wrong" if size > 1 else glyph, ink("wrong", bold=True, reverse=True))
        elif r.right:
            line.add(glyph, ink("foreground")).add(" right" if size > 1 else "", ink("ink-dim"))
        else:
            word = r.verdict.lower() if size >= 9 else ""
            line.add(f"{glyph} {word}" if size > 1 else glyph, ink("ink-dim"))

    def empty(self) -> tuple[str, ...]:
        """Before the first signature, or when nobody learns any more."""
        if self.book.behind:
            return ("Reading the record …",)
        if self.over:
            return ("No signature was published in this run.",)
        if (self.snapshot.grid.states == AgentState.LEARNING).any() or not self.snapshot.step:
            return ("No signatures yet: agents publish once their first models are fitted.",)
        return ("No signatures yet: no agent found flows that are strange and alike.",)

    def summary(self) -> str:
        """What they came to."""
        found = self.book.signatures
        if not found.ids:
            return ""
        g = self.glyphs
        counts = [f"{whole(len(found.open))} open"] if found.open else []
        counts += [
            f"{whole(found.counts[verdict])} {glyph}"
            for verdict, glyph in (
                ("ACCEPTED", g.accepted),
                ("REJECTED", g.rejected),
                ("EXPIRED", g.expired),
            )
        ]
        wrong = f"wrong: {whole(found.wrong)}"
        said = " · ".join([*counts, wrong])
        # What is wrong matters most, so where there is little room it comes first.
        return said if len(said) <= self.border_room else " · ".join([wrong, *counts[-3:]])

    def open_row(self, number: int) -> None:
        """Inspect the signature."""
        self.post_message(InspectSignature(number))

    def on_focus(self, event: Focus) -> None:
        """The marked one is shown from near."""
        super().on_focus(event)
        self.moved()

    def moved(self) -> None:
        """Whoever shows details shows those of the marked row."""
        if self.marked_number is not None:
            self.post_message(MarkSignature(self.marked_number))


def _judged(r: SignatureRecord) -> str:
    return "" if r.right is None else "right" if r.right else "wrong"
