"""What is known of a signature, as text for the inspector and for the dock beside the panes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from rich.text import Text

from sim.snapshot import BallotView, SignatureDetail, SignatureView
from sim.text import quantity
from tui.screens.strips import deviation_bar, number, scales
from tui.theme.glyphs import UNICODE, Glyphs
from tui.theme.ink import Ink
from tui.widgets.chart import vote_bar
from tui.widgets.line import printable

_TRUTH_INKS = {
    "attack": "truth-attack",
    "false_alarm": "truth-false-alarm",
    "poison": "truth-poison",
}
LABEL = 12
"""Cells of a name before what it names."""


@dataclass(frozen=True, slots=True)
class Group:
    """Ballots that say the same for the same reason."""

    vote: str
    reason: str
    ballots: tuple[BallotView, ...]

    @property
    def key(self) -> str:
        """Names it among the others."""
        return f"{self.vote}:{self.reason}"

    @property
    def weight(self) -> float:
        """What they weigh together."""
        return sum(ballot.weight for ballot in self.ballots)

    @property
    def weightless(self) -> int:
        """How many weigh nothing: their voters were in quarantine."""
        return sum(ballot.weight == 0 for ballot in self.ballots)


def grouped(ballots: tuple[BallotView, ...]) -> list[Group]:
    """Ballots by vote and reason: confirmations, refutations, abstentions; the most first."""
    found: dict[tuple[str, str], list[BallotView]] = defaultdict(list)
    for ballot in ballots:
        found[ballot.vote, ballot.reason].append(ballot)
    order = ("CONFIRM", "REFUTE", "ABSTAIN")
    groups = [Group(vote, reason, tuple(same)) for (vote, reason), same in found.items()]
    return sorted(
        groups, key=lambda g: (order.index(g.vote) if g.vote in order else 3, -len(g.ballots))
    )


class SignatureText:
    """Writes about a signature.

    Args:
        ink: styles on the ground that it is written on.
        width: cells of a line.
        glyphs: symbols.
    """

    def __init__(self, ink: Ink, width: int, glyphs: Glyphs = UNICODE) -> None:
        self._ink = ink
        self._width = width
        self._glyphs = glyphs

    def _label(self, text: Text, name: str) -> Text:
        return text.append(f"{name:<{LABEL}}", self._ink("ink-dim"))

    def facts(self, view: SignatureView, fingerprint: str) -> Text:
        """Who published it, what it is, and what it is in truth."""
        dim, text = self._ink("ink-dim"), Text()
        at = "at step " if self._width >= 60 else "at s"
        self._label(text, "Published").append(f"by agent {view.publisher} {at}{view.step:,}: ")
        text.append(f"{quantity(view.flows, 'flow')}, confidence {view.confidence:.2f}\n")
        self._label(text, "Stands out")
        text.append(printable(" ".join(view.features[:6]), 100) or "nothing")
        mark = f"  fingerprint {printable(fingerprint[:10], 10)}" if self._width >= 100 else ""
        text.append(f"{mark}\n", dim)
        self._label(text, "Truth")
        truth = view.truth.replace("_", " ") + (f" ({view.attack})" if view.attack else "")
        text.append(printable(truth), self._ink(_TRUTH_INKS.get(view.truth, "foreground")))
        said = "  ground truth: agents never see it" if self._width >= 60 else "  ground truth"
        text.append(f"{said if truth else 'unknown'}\n", dim)
        return text

    def verdict(self, detail: SignatureDetail) -> Text:
        """The verdict, the vote as a bar, and the rule of its day in words."""
        view, text = detail.view, Text()
        self._label(text, "Verdict")
        glyph = getattr(self._glyphs, view.verdict.lower(), self._glyphs.none)
        text.append(f"{glyph} {printable(view.verdict.lower(), 12)}", self._ink(bold=True))
        when = f"at step {view.decided:,}" if view.decided is not None else ""
        text.append(f" {when or f'expires at step {view.expires:,}'}")
        self._correctness(text, view)
        self._label(text, "Votes")
        self._bar(text, view)
        text.append(f"  {view.confirmations:,} : {view.refutations:,}")
        text.append(f"  +{view.abstentions:,} abstain\n", self._ink("ink-dim"))
        self._label(text, "Rule").append(printable(detail.rule, 600) + "\n")
        if detail.life:
            self._label(text, "Life").append(printable(detail.life) + "\n")
        kept = sum(ballot.cached for ballot in detail.ballots)
        if detail.ballots:
            self._label(text, "Cache")
            text.append(
                f"{kept:,} of {quantity(len(detail.ballots), 'judgement')} would be hits now\n"
            )
        return text

    def _correctness(self, text: Text, view: SignatureView) -> None:
        """Colour is for what is wrong; verdicts and votes have symbols."""
        if view.truth and view.verdict in ("ACCEPTED", "REJECTED"):
            right = (view.verdict == "ACCEPTED") == (view.truth == "attack")
            ink = self._ink("ink-dim") if right else self._ink("wrong", bold=True, reverse=True)
            text.append("  ").append("right" if right else "wrong", ink)
        text.append("\n")

    def _bar(self, text: Text, view: SignatureView) -> None:
        quorum = view.rule.quorum if view.rule is not None else 0.0
        for kind, cells in vote_bar(
            view.confirm, view.refute, 20 if self._width >= 60 else 12, quorum
        ):
            name, _, mark = kind.partition("+")
            glyph = self._glyphs.quorum if mark else getattr(self._glyphs, name)
            dim = name == "abstain" and not mark
            text.append(glyph * len(cells), self._ink("ink-dim" if dim else "foreground"))

    def features(self, detail: SignatureDetail, most: int) -> Text:
        """The features that are furthest from the publisher's normal, as bars in its scales."""
        dim, text = self._ink("ink-dim"), Text(no_wrap=True)
        far = detail.deviations or (float("nan"),) * len(detail.centre)
        rows = sorted(zip(detail.centre, far, strict=False), key=lambda row: -_size(row[1]))
        text.append(f"From the normal of agent {detail.view.publisher}\n", dim)
        half = 8 if self._width >= 60 else 5
        for (name, centre, spread), deviation in rows[:most]:
            text.append(f"{printable(name, 17):<18}", dim)
            text.append_text(deviation_bar(deviation, half, self._ink))
            text.append(f" {scales(deviation, self._glyphs.sigma):<8}")
            if self._width >= 60:
                text.append(f"{number(centre):>9}").append(f" ± {number(spread)}", dim)
            text.append("\n")
        if len(rows) > most > 2:
            text.append(f"and {quantity(len(rows) - most, 'feature')} nearer to it\n", dim)
        return text

    def group(self, group: Group, *, opened: bool | None = None, whole: bool = False) -> Text:
        """How many said the same, and why; with a mark where it can be opened.

        Args:
            group: the ballots.
            opened: whether they are listed below; None where they cannot be.
            whole: also what there is no room for.
        """
        text = Text(no_wrap=True, overflow="ellipsis")
        ink = self._ink("ink-dim" if group.vote == "ABSTAIN" else "foreground")
        symbol = getattr(self._glyphs, group.vote.lower(), self._glyphs.none)
        mark = "" if opened is None else "▾ " if opened else "▸ "
        # Without its background, so that the cursor's shows through.
        shown = ink.from_color(ink.color)
        text.append(f"{mark}{len(group.ballots):>4} × ")
        text.append(f"{symbol} {printable(group.vote.lower(), 8):<8}", shown)
        text.append(f" {printable(group.reason or 'no reason', 120)}")
        weighs = [f"  weight {group.weight:.2f}"]
        if group.weightless:
            weighs.append(f"  {group.weightless:,} in quarantine: 0")
        for part in weighs if group.vote != "ABSTAIN" else ():
            if whole or text.cell_len + len(part) <= self._width:
                text.append(part, "dim")
        return text

    def lost(self, group: Group) -> str:
        """The whole of a group that there is no room for; empty where there is."""
        row = self.group(group, whole=True)
        return "" if row.cell_len <= self._width else row.plain.strip()

    def ballot(self, ballot: BallotView) -> Text:
        """One ballot of an opened group."""
        text = Text(f"       agent {ballot.voter:<6}", no_wrap=True, overflow="ellipsis")
        if ballot.vote != "ABSTAIN":
            text.append(f" weight {ballot.weight:.2f} ", "dim")
        text.append(f" s{ballot.step:<6}", "dim")
        if ballot.radius is not None:
            found = f"harmless within {ballot.radius:.2g}" if ballot.radius else "harmful"
            text.append(f" {found} ", "dim")
        if ballot.weight == 0 and ballot.vote != "ABSTAIN":
            text.append(" was in quarantine: counts for nothing", "dim")
        return text.append("  cache hit" if ballot.cached else "", "dim")


def _size(deviation: float) -> float:
    """How far; -1 where that is unknown."""
    return abs(deviation) if deviation == deviation else -1.0
