"""Colours by name: theme variables for the domain's states, with fallbacks for foreign themes."""

from __future__ import annotations

from collections.abc import Mapping

from rich.style import Style
from textual.color import Color, ColorParseError

FALLBACKS: dict[str, str] = {
    "ink-dim": "foreground",
    "ink-faint": "panel",
    "agent-learning": "foreground",
    "agent-normal": "success",
    "agent-alert": "warning",
    "agent-quarantined": "accent",
    "agent-stopped": "error",
    "truth-attack": "error",
    "truth-attack-tint": "error-muted",
    "truth-adversary": "accent",
    "truth-false-alarm": "warning",
    "truth-poison": "accent",
    "verdict-accepted": "success",
    "verdict-rejected": "error",
    "verdict-expired": "foreground",
    "verdict-pending": "primary",
    "vote-confirm": "success",
    "vote-refute": "error",
    "vote-abstain": "foreground",
    "vote-quorum": "foreground",
    "run-running": "success",
    "run-paused": "warning",
    "run-fault": "error",
    "run-finished": "primary",
    "run-loading": "foreground",
    "run-frozen": "accent",
    "heat-low": "primary",
    "heat-middle": "warning",
    "heat-high": "error",
    "chart-solo": "warning",
    "chart-collective": "primary",
    "chart-pace": "accent",
    "value-changed": "warning",
    "value-pending": "primary",
    "cursor-tint": "panel",
    "wrong": "error",
    "steering": "primary",
}
"""Variable of the domain → theme variable that stands in where a theme does not define it."""

TEXT_INKS = tuple(
    name for name in FALLBACKS if name not in ("ink-faint", "truth-attack-tint", "cursor-tint")
)
"""Variables that are drawn as text or symbols and must be legible on the background."""
HEAT_STEPS = 8


def mixed(low: Color, high: Color, share: float) -> Color:
    """A colour between two, or the nearer of two that have a number instead of a shade."""
    if low.ansi is None and high.ansi is None:
        return low.blend(high, share)
    return low if share < 0.5 else high


class Ink:
    """Styles for one theme on one background; made anew when either changes."""

    def __init__(self, variables: Mapping[str, str], background: Color) -> None:
        self._variables = variables
        self._background = background
        self._styles: dict[tuple[str, str, bool, bool], Style] = {}
        self._heat: tuple[Style, ...] = ()
        self._grounds: dict[str, Ink] = {}

    def __call__(
        self, name: str = "foreground", *, on: str = "", bold: bool = False, reverse: bool = False
    ) -> Style:
        """The style of a theme variable.

        Args:
            name: a key of `FALLBACKS`, or a variable of every Textual theme.
            on: variable of the background; the pane's own by default.
            bold: whether bold.
            reverse: whether text and background change places.
        """
        key = (name, on, bold, reverse)
        style = self._styles.get(key)
        if style is None:
            back = self.colour(on) if on else self._background
            style = self._styles[key] = Style(
                color=self.colour(name).rich_color,
                bgcolor=back.rich_color,
                bold=bold or None,
                reverse=reverse or None,
            )
        return style

    def on(self, name: str) -> Ink:
        """The same colours on another background, by its variable."""
        if name not in self._grounds:
            self._grounds[name] = Ink(self._variables, self.colour(name))
        return self._grounds[name]

    def tinted(self, name: str, share: float) -> Ink:
        """The same colours where this share of a variable's colour lies over the background."""
        key = f"{name} {share}"
        if key not in self._grounds:
            self._grounds[key] = Ink(self._variables, self.blend(name, share))
        return self._grounds[key]

    @property
    def background(self) -> Color:
        """What everything is drawn on."""
        return self._background

    def at(self, background: Color) -> Ink:
        """The same colours on any other background."""
        key = background.hex
        if key not in self._grounds:
            self._grounds[key] = Ink(self._variables, background)
        return self._grounds[key]

    def blend(self, name: str, part: float) -> Color:
        """The background with this share of a variable's colour over it.

        Colours of a terminal's own palette cannot be mixed: a small share of one is none.
        """
        return mixed(self._background, self.colour(name), part)

    def heat_colour(self, step: int) -> Color:
        """One of `HEAT_STEPS` colours from low to high."""
        low, middle, high = (self.colour(f"heat-{n}") for n in ("low", "middle", "high"))
        place = step / (HEAT_STEPS - 1) * 2
        return mixed(low, middle, place) if place <= 1 else mixed(middle, high, place - 1)

    def colour(self, name: str) -> Color:
        """The colour of a theme variable, opaque on the pane's background."""
        text = self._variables.get(name) or self._variables.get(FALLBACKS.get(name, name), "")
        if text.startswith("auto "):
            alpha = float(text.removeprefix("auto ").removesuffix("%")) / 100
            return self._background + self._background.get_contrast_text(alpha)
        try:
            colour = Color.parse(text)
        except ColorParseError:
            colour = self._background.get_contrast_text()
        return self._background + colour if colour.a < 1 else colour

    def heat(self) -> tuple[Style, ...]:
        """`HEAT_STEPS` styles from low to high."""
        if not self._heat:
            back = self._background.rich_color
            colours = [self.heat_colour(step) for step in range(HEAT_STEPS)]
            self._heat = tuple(Style(color=c.rich_color, bgcolor=back) for c in colours)
        return self._heat
