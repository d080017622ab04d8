"""One line that says how many liars the consensus rule tolerates, and how many there are."""

from __future__ import annotations

from sim.snapshot import Margin
from tui.theme.ink import Ink
from tui.widgets.line import Line
from tui.widgets.quantity import percent, whole


def margin_line(margin: Margin, width: int, ink: Ink) -> Line:
    """The margin, with what there is in the colour of an error where it is more than that.

    Args:
        margin: as counted.
        width: cells; a narrow pane leaves out the words.
        ink: colours by name.
    """
    most = (
        margin.tolerates_liars
        if margin.tolerates_at_turnout is None
        else margin.tolerates_at_turnout
    )
    danger = margin.liars > most or margin.risk > 0.5
    line = Line().add(" ", ink())
    # Ground truth, so it is said that it is.
    now = f"{whole(margin.liars)} liars" if width >= 40 else whole(margin.liars)
    line.add(now, ink("truth-poison" if danger else "foreground", bold=danger))
    if margin.quarantined and width >= 60:
        line.add(f" (+{whole(margin.quarantined)} quarantined)", ink("ink-dim"))
    if width >= 70:
        line.add(" ground truth", ink("ink-dim"))
    line.add(
        f"  holds up to {whole(margin.tolerates_liars)} of {whole(margin.asked)}", ink("ink-dim")
    )
    if margin.tolerates_at_turnout is not None and width >= 50:
        turnout = percent(margin.turnout).replace(" %", "%")
        text = f"  {whole(margin.tolerates_at_turnout)} at turnout {turnout}"
        line.add(text, ink("ink-dim"))
    return line
