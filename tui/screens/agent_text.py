"""What is known of an agent, as text for the inspector and for the dock beside the panes."""

from __future__ import annotations

from rich.text import Text

from sim.snapshot import AgentDetail, Snapshot
from sim.text import quantity
from tui.record.book import Book
from tui.screens.agent_why import why
from tui.screens.strips import deviation_bar, number, scales, score_strip, share_bar
from tui.theme.glyphs import UNICODE
from tui.theme.ink import Ink
from tui.widgets.line import printable

_INKS = ("agent-learning", "agent-normal", "agent-alert", "agent-quarantined", "agent-stopped")

LABEL = 12
"""Cells of a name before what it names."""


class AgentText:
    """Writes about an agent.

    Args:
        ink: styles on the ground that it is written on.
        width: cells of a line.
        snapshot: with the parameters in force.
        book: what became of its signatures, and the last pictures.
    """

    def __init__(self, ink: Ink, width: int, snapshot: Snapshot, book: Book) -> None:
        self.ink = ink
        self._snapshot = snapshot
        self._book = book
        self._strip = min(max(width - 34, 10), 40)
        self._wide = width >= 78
        self._threshold = float(snapshot.parameters.get("detection.threshold", 1.0))

    def all(self, detail: AgentDetail, features: int) -> Text:
        """Facts, scores, history, and the features that are furthest from normal."""
        text = self._facts(detail)
        text.append_text(self._scores(detail))
        text.append_text(self._history(detail.id))
        text.append("\n")
        text.append_text(self._features(detail, features))
        return text

    def _facts(self, detail: AgentDetail) -> Text:
        ink, state = self.ink, int(detail.state)
        column, row = detail.position
        text = Text(no_wrap=True)
        text.append("State       ", ink("ink-dim"))
        text.append(
            f"{UNICODE.agent[state]} {detail.state.name.lower()}", ink(_INKS[state], bold=True)
        )
        text.append(f"   column {column}, row {row}  profile {printable(detail.profile, 30)}\n")
        text.append("Why         ", ink("ink-dim"))
        text.append(f"{printable(why(detail, self._snapshot, self._book.signatures))}\n")
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
        text.append(f"{detail.published:,} published, {detail.confirmed:,} confirmed, ")
        text.append(f"{detail.refuted:,} refuted\n")
        text.append("Truth       ", ink("ink-dim"))
        honest = detail.behaviour == "honest"
        text.append(
            printable(detail.behaviour, 24), ink("foreground" if honest else "truth-adversary")
        )
        said = "   ground truth: agents never see it" if self._wide else "   ground truth"
        text.append(f"{said}\n", ink("ink-dim"))
        return text

    def _scores(self, detail: AgentDetail) -> Text:
        ink = self.ink
        text = Text("Last scores ", ink("ink-dim"), no_wrap=True)
        if not detail.scores:
            return text.append("none yet: it scores once its first model is fitted\n")
        over = sum(score >= self._threshold for score in detail.scores)
        text.append_text(score_strip(detail.scores, self._strip, self._threshold, ink))
        return text.append(f"  {over} of {len(detail.scores)} ≥ {self._threshold:g}\n")

    def _history(self, agent: int) -> Text:
        """Score and trust in the pictures that are remembered."""
        text, past, dim = Text(no_wrap=True), self._book.past, self.ink("ink-dim")
        if past.steps is None:
            return text
        first, last = past.steps
        for name, values, mark in (
            ("Score", past.scores(agent), self._threshold),
            ("Trust", past.trust(agent), 2.0),
        ):
            text.append(f"{name:<12}", dim)
            text.append_text(score_strip(values.tolist(), self._strip, mark, self.ink))
            text.append(f"  s{first} to s{last}\n", dim)
        return text

    def _features(self, detail: AgentDetail, most: int) -> Text:
        ink = self.ink
        figures = f"{'median':>10}{'scale':>10}{'last mean':>11}" if self._wide else ""
        head = f"{'Feature':<20}{figures}  from its normal\n"
        text = Text(head, ink("ink-dim"), no_wrap=True)
        for name, median, scale, mean in sorted(detail.features, key=_nearness)[:most]:
            deviation = (mean - median) / scale if scale > 0 else float("nan")
            text.append(f"{printable(name, 19):<20}", ink())
            if self._wide:
                text.append(f"{number(median):>10}{number(scale):>10}{number(mean):>11}")
            text.append("  ").append_text(deviation_bar(deviation, 8, ink))
            text.append(f" {scales(deviation, UNICODE.sigma):>5}".rstrip() + "\n")
        return text


def _nearness(feature: tuple[str, float, float, float]) -> float:
    """The furthest from normal first."""
    _, median, scale, mean = feature
    return -abs(mean - median) / scale if scale > 0 else 0.0
