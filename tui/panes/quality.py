"""How good the detection is, against ground truth that the agents never see."""

from __future__ import annotations

from textual.strip import Strip

from sim.snapshot import Confusion, Quality, Snapshot
from tui.panes.pane import Pane
from tui.widgets.chart import area, bar
from tui.widgets.line import Line
from tui.widgets.quantity import percent

_LABEL = 10
_COLUMN = 6
_MEASURES = (
    ("precision", "precision"),
    ("recall", "recall"),
    ("F1", "f1"),
    ("false pos", "false_positive_rate"),
)
_TRUTH = (("attack", "attack"), ("false alarm", "false_alarm"), ("poison", "poison"))


class QualityPane(Pane):
    """Each agent alone against all together; what was accepted of what was true."""

    PANE = "quality"
    NAME = "Detection quality"
    SHORT = "Quality"

    def parts(self, snapshot: Snapshot) -> tuple[object, ...]:
        """Only the quality."""
        return (snapshot.quality,)

    def draw(self, width: int, height: int) -> list[Strip]:
        """Measures, F1 over time, acceptance by truth."""
        quality = self.snapshot.quality
        if not quality.labelled:
            self.subtitle("")
            return self._unlabelled()
        measures = self._measures(quality, width)
        acceptance = self._acceptance(quality, width)
        if len(measures) + len(acceptance) + 2 > height:
            acceptance = acceptance[1:]
        tall = max(1, min((height - len(measures) - len(acceptance)) // 2, 6))
        lines = [*measures, *self._history(quality, width, tall), *acceptance]
        self.subtitle("against ground truth")
        return [line.strip(width, self.ink()) for line in lines]

    def _unlabelled(self) -> list[Strip]:
        if not self.snapshot.step:
            return self.message("Precision, recall and F1 appear here once agents judge flows.")
        return self.message(
            "This traffic has no labels: without ground truth nothing can be measured."
        )

    def _measures(self, quality: Quality, width: int) -> list[Line]:
        ink = self.ink
        columns = [quality.solo_recent, quality.collective_recent]
        if width >= _LABEL + 4 * _COLUMN:
            columns += [quality.solo, quality.collective]
        over = Line().add(f"{'':<{_LABEL}}{'last steps':>{2 * _COLUMN}}", ink("ink-dim"))
        head = Line().add(f"{'':<{_LABEL}}", ink())
        for index in range(len(columns)):
            name, word = ("chart-collective", "all") if index % 2 else ("chart-solo", "solo")
            head.add(f"{word:>{_COLUMN}}", ink(name))
        if len(columns) > 2:
            over.add(f"{'whole run':>{2 * _COLUMN}}", ink("ink-dim"))
        lines = [over, head]
        for label, measure in _MEASURES:
            line = Line().add(f"{label:<{_LABEL}}", ink("ink-dim"))
            for index, confusion in enumerate(columns):
                text = self._number(confusion, measure)
                line.add(f"{text:>{_COLUMN}}", ink(bold=bool(index % 2)))
            lines.append(line)
        return lines

    def _number(self, confusion: Confusion, measure: str) -> str:
        value: float | None = getattr(confusion, measure)
        small = measure == "false_positive_rate"
        return self.glyphs.plain(percent(value, 2 if small else 0)).replace(" %", "%")

    def _history(self, quality: Quality, width: int, tall: int) -> list[Line]:
        lines = []
        for label, series, name in (
            ("F1 solo", quality.solo_f1, "chart-solo"),
            ("F1 all", quality.collective_f1, "chart-collective"),
        ):
            chart = area(
                series, width - _LABEL - 2, tall, self.glyphs, high=1.0, end=self.snapshot.step
            )
            for y, text in enumerate(chart):
                word = label if y == 0 else ""
                line = Line().add(f"{word:<{_LABEL}}  ", self.ink("ink-dim"))
                lines.append(line.add(text, self.ink(name)))
        return lines

    def _acceptance(self, quality: Quality, width: int) -> list[Line]:
        ink = self.ink
        lines = [Line().add("accepted, by ground truth", ink("ink-dim"))]
        widest = max((len(self._ratio(quality, key)) for _, key in _TRUTH), default=0)
        size = max(width - _LABEL - widest - 3, 1)
        for label, key in _TRUTH:
            accepted, decided = quality.acceptance.get(key, (0, 0))
            full, track = bar(accepted / decided if decided else 0, size, self.glyphs)
            name = f"truth-{key.replace('_', '-')}"
            line = Line().add(f"{label:<{_LABEL}}  "[: _LABEL + 2], ink(name))
            line.add(full, ink(name)).add(track, ink("ink-faint"))
            lines.append(line.add(f" {self._ratio(quality, key):>{widest}}", ink()))
        return lines

    def _ratio(self, quality: Quality, key: str) -> str:
        accepted, decided = quality.acceptance.get(key, (0, 0))
        if not decided:
            return "none yet"
        share = percent(accepted / decided).replace(" %", "%")
        return f"{accepted}/{decided} {share:>4}"
