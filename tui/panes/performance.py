"""Cache, pace and cost."""

from __future__ import annotations

from sim.snapshot import Performance, Snapshot
from textual.strip import Strip

from tui.panes.pane import Pane
from tui.widgets.chart import area, bar
from tui.widgets.line import Line
from tui.widgets.quantity import brief, megabytes, percent, seconds, whole

_LABEL = 11


class PerformancePane(Pane):
    """How well the cache does, how fast the run is, and where the time goes."""

    PANE = "performance"
    NAME = "Cache and performance"

    def parts(self, snapshot: Snapshot) -> tuple[object, ...]:
        """All numbers of the run itself."""
        return snapshot.performance, snapshot.executor, snapshot.workers

    def draw(self, width: int, height: int) -> list[Strip]:
        """Cache, pace, phases, then the rest; charts grow where there is room."""
        done = self.snapshot.performance
        if not done.step_seconds and not done.ledger_entries:
            return self.message("No step done yet: pace, cache and the", "time of each phase appear here.")
        rest = self._rest(done, width)
        fixed = 3 + len(done.phases) + len(rest)
        tall = max(1, min((height - fixed) // 2, 6))
        lines = [
            *self._cache(done, width, tall),
            *self._pace(done, width, tall),
            *self._phases(done, width),
            *rest,
        ]
        self.subtitle(f"{self.snapshot.executor} × {self.snapshot.workers}")
        return [line.strip(width, self.ink()) for line in lines]

    def _cache(self, done: Performance, width: int, tall: int) -> list[Line]:
        recent = next((v for v in reversed(done.hit_rates) if v == v), None)
        lines = self._chart(
            "hit rate", percent(recent), done.hit_rates, width, tall, "chart-collective", high=1.0
        )
        words = f"{brief(done.hits)} hit  {brief(done.misses)} miss  {brief(done.stale)} stale"
        if not done.capacity:
            words = "the cache is off"
        lines.append(self._pair("cache", words))
        if done.capacity:
            full = f"{brief(done.cached)} of {brief(done.capacity)}"
            lines.append(self._pair("", f"{full}  {brief(done.evictions)} evicted"))
        return lines

    def _pace(self, done: Performance, width: int, tall: int) -> list[Line]:
        last = seconds(done.step_seconds[-1]) if done.step_seconds else "–"
        return self._chart("step", last, done.step_seconds, width, tall, "chart-pace")

    def _chart(
        self,
        label: str,
        value: str,
        series: tuple[float, ...],
        width: int,
        tall: int,
        name: str,
        high: float | None = None,
    ) -> list[Line]:
        """Label and value, and the series beside them."""
        ink = self.ink
        before = _LABEL + 8
        lines = []
        chart = area(
            series, max(width - before - 1, 0), tall, self.glyphs, high=high, end=self.snapshot.step
        )
        for y, text in enumerate(chart):
            line = Line()
            if y == len(chart) - 1:
                line.add(f"{label:<{_LABEL}}", ink("ink-dim"))
                line.add(f"{self.glyphs.plain(value):>7}", ink("foreground", bold=True))
            lines.append(line.to(before + 1, ink()).add(text, ink(name)))
        return lines

    def _phases(self, done: Performance, width: int) -> list[Line]:
        ink = self.ink
        largest = max((t for _, t in done.phases), default=0.0)
        size = max(width - _LABEL - 9, 1)
        lines = []
        for name, duration in done.phases:
            full, track = bar(duration / largest if largest else 0, size, self.glyphs)
            line = Line().add(f"{self.safe(name, _LABEL)}", ink("ink-dim"))
            line.add(full, ink("chart-pace")).add(track, ink("ink-faint"))
            lines.append(line.add(f" {self.glyphs.plain(seconds(duration)):>8}", ink()))
        return lines

    def _rest(self, done: Performance, width: int) -> list[Line]:
        asked = done.query_hits + done.query_misses
        share = percent(done.query_hits / asked if asked else None)
        return [
            self._pair("pace", f"{done.steps_per_second:.1f} steps/s"),
            self._pair("scored", f"{whole(done.flows_scored)} flows"),
            self._pair("queries", f"{share} cached  {done.readers[0]}/{done.readers[1]} readers"),
            self._pair("memory", f"{megabytes(done.memory_bytes)}  {self.safe(done.journal_mode)}"),
        ]

    def _pair(self, label: str, value: str) -> Line:
        line = Line().add(f"{label:<{_LABEL}}", self.ink("ink-dim"))
        return line.add(self.glyphs.plain(value), self.ink())
