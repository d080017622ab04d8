"""Turning a parameter by arrows: how far one press goes, and the slider that shows where it is."""

from __future__ import annotations

from math import floor, log10

from sim.commands import SetParameter
from sim.config.parameters import Parameter
from sim.snapshot import Preview, Snapshot, Value
from tui.theme.glyphs import Glyphs
from tui.widgets.quantity import counted, percent

COARSE = 10
"""Times as far with shift."""
MOST_TURNED = (
    "detection.threshold",
    "signature.min_score",
    "consensus.quorum",
    "consensus.min_confirmations",
    "trust.quarantine",
    "signature.lifetime",
    "detection.refit_interval",
    "cache.capacity",
)
"""Listed first."""


def waiting_value(snapshot: Snapshot, key: str) -> Value | None:
    """What the last waiting command makes of a parameter, if one does."""
    for order in reversed(snapshot.pending):
        match order.command:
            case SetParameter(changed, value) if changed == key:
                return value
    return None


def nudged(parameter: Parameter, value: Value, by: int) -> Value:
    """The value `by` presses further, within its bounds; text stays as it is."""
    if isinstance(value, bool):
        return not value
    if parameter.choices:
        place = parameter.choices.index(str(value)) if value in parameter.choices else 0
        return parameter.choices[(place + by) % len(parameter.choices)]
    if isinstance(value, str):
        return value
    step = _step(parameter, value)
    moved = round(value / step) * step + by * step if step < 1 else value + by * step
    return _within(parameter, moved, step)


def _step(parameter: Parameter, value: float) -> float:
    """One hundredth of a share; of other numbers about a twentieth, in round figures."""
    if parameter.kind == "float" and parameter.high is not None and parameter.high <= 1:
        return 0.01
    size = max(abs(value) / 20, 0.05 if parameter.kind == "float" else 1.0)
    power = 10.0 ** floor(log10(size))
    return power * next(n for n in (5, 2, 1) if n <= size / power + 1e-9)


def _within(parameter: Parameter, value: float, step: float) -> Value:
    low, high = parameter.low, parameter.high
    if low is not None and (value < low or (parameter.low_open and value <= low)):
        value = low + step if parameter.low_open else low
    if high is not None and value > high:
        value = high
    return round(value) if parameter.kind == "int" else round(value, 6)


def slider(parameter: Parameter, value: Value, width: int, glyphs: Glyphs) -> str:
    """Where a bounded number is between its bounds; blank for everything else."""
    low, high = parameter.low, parameter.high
    if isinstance(value, bool | str) or low is None or high is None or width < 4:
        return " " * width
    if high - low > 1000:  # a position on it would say nothing
        return " " * width
    place = round((value - low) / (high - low) * (width - 1))
    track = glyphs.track * width
    return track[:place] + glyphs.full + track[place + 1 :]


def consequence(
    preview: Preview, value: Value, present: Value | None = None, *, brief: bool = False
) -> str:
    """What a value would have done to the last step, or what the present one did.

    Args:
        preview: what the engine found out.
        value: that the knob shows; nothing is said where the preview is of another.
        present: the value in force.
        brief: in fewer words.
    """
    then, now = preview.then, preview.now
    match preview.key:
        case "detection.threshold":
            verb, of = "flag", "" if brief else " of the last step's flows"
            before, after = (percent(n / max(preview.total, 1), 1) for n in (now, then))
        case "signature.min_score":
            verb, of = "put", " in alert"
            before, after = f"{now:,}", counted(then, "agent")
        case _:
            verb = "accept"
            of = f" of {counted(preview.total, 'recent poll')}" + (
                "" if brief else " by their votes"
            )
            before, after = f"{now:,}", f"{then:,}"
    if preview.value != value:
        return ""
    if value == present:
        before = counted(now, "agent") if preview.key == "signature.min_score" else before
        return f"{verb}s {before}{of}"
    return f"would {verb} {after}{of} (now {before})"
