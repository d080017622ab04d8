"""One line that says how many liars the consensus rule tolerates, and how many there are."""

from __future__ import annotations

from sim.snapshot import Margin
from tui.theme.ink import Ink
from tui.widgets.line import Line
from tui.widgets.quantity import counted, percent, whole


def margin_line(margin: Margin, width: int, ink: Ink) -> Line:
    """The margin, with what there is in the colour of poison where it is more than that.

    Args:
        margin: as counted.
        width: cells; a narrow pane leaves out words, never a part of a number.
        ink: colours by name.
    """
    least = margin.tolerates_liars
    if margin.tolerates_at_turnout is not None:
        least = margin.tolerates_at_turnout
    danger = margin.liars > least or margin.risk > 0.5
    liars = counted(margin.liars, "liar")
    # Ground truth, so it is said that it is.
    room = width - 1 - len(liars)
    before, after = next(
        (pair for pair in _wordings(margin) if len("".join(pair)) <= room), ("", "")
    )
    line = Line().add(f" {before}", ink("ink-dim"))
    line.add(liars, ink("truth-poison" if danger else "foreground", bold=danger))
    return line.add(after, ink("ink-dim"))


def _wordings(margin: Margin) -> list[tuple[str, str]]:
    """What stands before and after the liars, the longest first."""
    bound = f"tolerates {whole(margin.tolerates_liars)} of {whole(margin.asked)}"
    turnout = ""
    if margin.tolerates_at_turnout is not None:
        turnout = f", {whole(margin.tolerates_at_turnout)} at {percent(margin.turnout)} turnout"
    held = f" (+{whole(margin.quarantined)} quarantined)" if margin.quarantined else ""
    return [
        ("ground truth: ", f"{held} · the rule {bound}{turnout}"),
        ("truth: ", f"{held} · {bound}{turnout}"),
        ("truth: ", f" · {bound}{turnout}"),
        ("truth: ", f" · {bound}"),
        ("", f" · {bound}"),
    ]
