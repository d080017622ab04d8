"""The strips of the timeline, drawn on one canvas."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from rich.style import Style

from sim.snapshot import Snapshot
from tui.record.book import Book
from tui.theme.glyphs import Glyphs
from tui.theme.ink import Ink
from tui.widgets.canvas import Canvas
from tui.widgets.plot import Floats, Scale, bars, curve, ticks
from tui.widgets.quantity import brief, share

LABEL = 8
"""Cells of the labels at the left."""
LEGEND = 23
"""Cells of the legend at the right, where there is room."""
_NAMES = (
    "foreground", "ink-dim", "ink-faint", "chart-collective", "chart-solo", "chart-pace",
    "truth-attack", "steering", "verdict-accepted", "wrong",
)  # fmt: skip
_INK = {name: number for number, name in enumerate(_NAMES)}
_TINTED, _CROSS = len(_NAMES), 2 * len(_NAMES)
"""Added to a style: on the ground of an attack, under the crosshair."""
_DASH = 3
"""Cells of a dash where two curves share their cells."""
_MARKS = {
    "set_parameter": "t", "inject_attack": "i", "stop_attack": "x", "set_adversaries": "a",
    "inject_fault": "f", "undo": "u", "redo": "U",
}  # fmt: skip
"""Kind of a command → the key that gives it."""


@dataclass(slots=True)
class Drawing:
    """What was drawn."""

    canvas: Canvas
    legend: bool = False
    """Whether there was room for present values beside the curves."""
    present: str = ""
    """The present values in a few words."""
    row: int = field(default=0)

    @staticmethod
    def styles(ink: Ink) -> list[Style]:
        """Style of each number."""
        tint, cross = ink.at(ink.blend("truth-attack", 0.09)), ink.on("cursor-tint")
        return [styles(name) for styles in (ink, tint, cross) for name in _NAMES]

    def write(self, row: int, column: int, text: str, name: str) -> None:
        """Write text; what does not fit is left out."""
        height, width = self.canvas.characters.shape
        if not 0 <= row < height or column >= width or not text:
            return
        codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)[: width - column]
        self.canvas.characters[row, column : column + len(codes)] = codes
        self.canvas.styles[row, column : column + len(codes)] = _INK[name]


class Strips:
    """One drawing of the timeline.

    Args:
        book: the record.
        scale: which steps are shown.
        glyphs: symbols.
        width: cells of the whole pane.
        height: lines.
        snapshot: for what the record does not hold.
        crosshair: column that is looked at, if one is.
    """

    def __init__(
        self,
        book: Book,
        scale: Scale,
        glyphs: Glyphs,
        width: int,
        height: int,
        snapshot: Snapshot,
        crosshair: int | None,
    ) -> None:
        self._book = book
        self._scale = scale
        self._glyphs = glyphs
        self._height = height
        self._snapshot = snapshot
        self._crosshair = crosshair
        self._drawing = Drawing(Canvas(width, height), legend=width >= 66)
        series = book.series
        begin = int(np.searchsorted(series.steps, scale.first - scale.count // scale.width - 1))
        self._shown = slice(begin, int(np.searchsorted(series.steps, scale.last, side="right")))
        self._steps = series.steps[self._shown]
        self._attacked = series.attacked[self._shown]

    def drawn(self) -> Drawing:
        """Draw everything that there is room for."""
        strips = ["axis", "truth", "curves"]
        if self._height >= 6:
            strips.insert(1, "you")
        if self._height >= 7:
            strips.insert(3, "alerts")
        if self._height >= 12:
            strips.insert(4, "verdicts")
        if self._height >= 16:
            strips.insert(5, "hits")
        upper = max(self._height - len(strips) + 1, 1)
        rows = {name: self._height - 1 - n for n, name in enumerate(strips[:-1])}
        self._curves(upper)
        for name, row in rows.items():
            getattr(self, f"_{name}")(row)
        self._ground(upper)
        return self._drawing

    # -- strips --------------------------------------------------------------------------------

    def _curves(self, height: int) -> None:
        series, out = self._book.series, self._drawing
        for row, label in ((0, "1"), (height // 2, ".5"), (height - 1, "0")):
            if row == 0 or height >= 3:
                out.write(row, 0, f"{label:>{LABEL - 2}}{self._glyphs.axis}", "ink-dim")
        out.write(0, 0, "F1", "ink-dim")
        values = {}
        for who, name in (("solo", "chart-solo"), ("collective", "chart-collective")):
            values[who] = series.f1(who)[self._shown]
            codes = curve(self._steps, values[who], self._scale, height, self._glyphs)
            self._lay(codes, name)
        self._calm(height)
        self._legend(height, values)

    def _lay(self, codes: NDArray[np.uint32], name: str) -> None:
        """Lay a curve over what is there; cells with dots of both are dashes of either colour."""
        height, width = codes.shape
        area = (slice(0, height), slice(LABEL, LABEL + width))
        below = self._drawing.canvas.characters[area]
        drawn = codes != ord(" ")
        dots = (below >= 0x2800) & (below < 0x2900) & drawn & self._glyphs.braille
        codes = np.where(dots, codes | below, codes)
        self._drawing.canvas.characters[area] = np.where(drawn, codes, below)
        styles = self._drawing.canvas.styles[area]
        yielded = dots & (np.arange(width) // _DASH % 2 == 1)
        self._drawing.canvas.styles[area] = np.where(drawn & ~yielded, _INK[name], styles)

    def _calm(self, height: int) -> None:
        """Say what a gap is, where it is wide enough."""
        shown = self._columns(self._attacked)
        known = self._columns(np.ones(len(self._steps), bool))
        start = None
        for column in range(self._scale.width + 1):
            gap = column < self._scale.width and known[column] and not shown[column]
            if gap and start is None:
                start = column
            elif not gap and start is not None:
                if column - start >= 8:
                    place = LABEL + (start + column) // 2 - 2
                    self._drawing.write(height - 1, place, "calm", "ink-dim")
                start = None

    def _columns(self, flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether any step of each column has a flag."""
        found, known = self._scale.reduced(np.logical_or, self._steps, flags)
        return found & known

    def _legend(self, height: int, values: dict[str, Floats]) -> None:
        out, series = self._drawing, self._book.series
        latest = {}
        for who, found in values.items():
            known = found[~np.isnan(found)]
            latest[who] = share(float(known[-1])) if len(known) else "–"
        rate = series.alarm_rate()
        out.present = f"together {latest['collective']} · alone {latest['solo']}"
        if not out.legend:
            return
        x = LABEL + self._scale.width + 1
        rows = [
            ("together", latest["collective"], "chart-collective"),
            ("alone", latest["solo"], "chart-solo"),
        ]
        if rate is not None:
            value = brief(round(rate, 1))
            words = ("false alarms/step", "false +/step")
            fits = [word for word in words if len(word) + len(value) + 3 <= LEGEND]
            rows.append((fits[0] if fits else words[-1], value, "ink-dim"))
        accepted, decided = self._snapshot.quality.acceptance.get("attack", (0, 0))
        if decided:
            rows.append((f"attack {self._glyphs.accepted}", f"{accepted}/{decided}", "ink-dim"))
        accepted, decided = self._snapshot.quality.acceptance.get("poison", (0, 0))
        if decided:
            rows.append(
                (
                    f"poison {self._glyphs.accepted}",
                    f"{accepted}/{decided}",
                    "wrong" if accepted else "ink-dim",
                )
            )
        for row, (word, value, name) in enumerate(rows[:height]):
            room = LEGEND - 2 - len(value)
            out.write(row, x, f"{word:<{room}}{self._glyphs.plain(value)}", name)

    def _strip(
        self, row: int, label: str, values: Floats, name: str, unit: str, *, most: bool = True
    ) -> None:
        """A strip of bars; beside it the last value, and the greatest."""
        out = self._drawing
        out.write(row, 0, f"{label:<{LABEL - 1}}", "ink-dim")
        text, top = bars(self._steps, values, self._scale, self._glyphs)
        out.write(row, LABEL, text, name)
        if out.legend:
            known = len(values) > 0 and not np.isnan(values[-1])
            words = f"{brief(float(values[-1]))}{unit}" if known else "–"
            words += f", most {brief(top)}" if most and known else ""
            out.write(row, LABEL + self._scale.width + 1, self._glyphs.plain(words), "ink-dim")

    def _alerts(self, row: int) -> None:
        values = self._book.series.column("anomalies")[self._shown].astype(np.float64)
        self._strip(row, "alerts", values, "chart-pace", "/step")

    def _verdicts(self, row: int) -> None:
        """Verdicts in each step, wrong ones in the colour of what is wrong."""
        found = self._book.signatures.by_id.values()
        first, last = self._scale.first, self._scale.last
        counts = np.zeros(len(self._steps))
        wrong = np.zeros(len(self._steps), bool)
        for record in found:
            if record.decided is not None and first <= record.decided <= last:
                place = int(np.searchsorted(self._steps, record.decided))
                if place < len(counts):
                    counts[place] += 1
                    wrong[place] |= record.right is False
        self._strip(row, "verdict", counts, "foreground", "/step")
        for column, bad in enumerate(self._columns(wrong)):
            if bad:
                self._drawing.canvas.styles[row, LABEL + column] = _INK["wrong"]

    def _hits(self, row: int) -> None:
        """Cache hit rate of the last steps."""
        rates = self._snapshot.performance.hit_rates
        values = np.full(len(self._steps), np.nan)
        there = min(len(rates), len(values))
        if there and self._shown.stop == self._book.series.length:
            values[-there:] = rates[-there:]
        self._strip(row, "cache", values * 100, "ink-dim", " % hits", most=False)

    def _truth(self, row: int) -> None:
        """Bands of attacks with their kinds."""
        out, scale, glyphs = self._drawing, self._scale, self._glyphs
        out.write(row, 0, f"{'truth':<{LABEL - 1}}", "ink-dim")
        out.write(row, LABEL, glyphs.track * scale.width, "ink-faint")
        for column, there in enumerate(self._columns(self._attacked)):
            if there:
                out.write(row, LABEL + column, glyphs.bands[0], "truth-attack")
        last = int(self._steps[-1]) if len(self._steps) else scale.first
        seen = [
            (max(scale.column(a.first), 0), scale.column(min(a.end, last + 1) - 1), a, n % 2)
            for n, a in enumerate(self._book.journal.attacks)
            if a.first <= scale.last and a.end > scale.first
        ]
        for begin, end, _, band in seen:
            size = max(min(end, scale.width - 1) - begin + 1, 0)
            out.write(row, LABEL + begin, glyphs.bands[band] * size, "truth-attack")
        starts = [begin for begin, *_ in seen[1:]] + [scale.width]
        for (begin, end, attack, _), after in zip(seen, starts, strict=False):
            kind, room = attack.kind, min(end + 1, max(after, begin)) - begin
            kind = f" {kind} " if len(kind) + 2 <= room else kind
            if len(kind) <= room:
                # In the middle; near the beginning while it goes on, so that it stands still.
                before = 1 if attack.end > last + 1 else (room - len(kind)) // 2
                place = LABEL + begin + min(before, room - len(kind))
                out.write(row, place, kind, "truth-attack")

    def _you(self, row: int) -> None:
        """A mark for each command that somebody gave, with the key that gives it."""
        out, scale = self._drawing, self._scale
        out.write(row, 0, f"{'you':<{LABEL - 1}}", "ink-dim")
        for command in self._book.journal.commands:
            shown = scale.first <= command.step <= scale.last and command.applied
            if not shown or command.source == "scenario":
                continue
            column = scale.column(command.step)
            text = self._glyphs.marker + _MARKS.get(command.kind, "")
            out.write(row, LABEL + column, text[: scale.width - column], "steering")

    def _axis(self, row: int) -> None:
        out, scale = self._drawing, self._scale
        out.write(row, 0, f"{'step':<{LABEL - 1}}", "ink-dim")
        end = 0
        for step in ticks(scale.first, scale.last, max(scale.width // 7, 3)):
            column, text = scale.column(step), f"{step:,}"
            if end <= column and column + len(text) <= scale.width:
                out.write(row, LABEL + column, text, "ink-dim")
                end = column + len(text) + 1

    def _ground(self, height: int) -> None:
        """The ground of attacks, and the crosshair over everything."""
        styles = self._drawing.canvas.styles
        for column, there in enumerate(self._columns(self._attacked)):
            if there:
                styles[:height, LABEL + column] += _TINTED
        if self._crosshair is not None and 0 <= self._crosshair < self._scale.width:
            column = LABEL + self._crosshair
            characters = self._drawing.canvas.characters
            blank = characters[:-1, column] == ord(" ")
            characters[:-1, column][blank] = ord(self._glyphs.bar)
            styles[:, column] = styles[:, column] % _TINTED + _CROSS
