"""Cache, pace and cost."""

from __future__ import annotations

from textual.strip import Strip

from sim.snapshot import Performance, Snapshot
from tui.panes.metrics_table import metrics_table
from tui.panes.pane import Pane
from tui.widgets.chart import area, bar
from tui.widgets.line import Line
from tui.widgets.quantity import brief, megabytes, percent, seconds, whole

_LABEL = 9
_VALUE = 8
_PHASE = 8
_TIME = 7


class PerformancePane(Pane):
    """How well the cache does, how fast the run is, and where the time goes."""

    PANE = "performance"
    NAME = "Cache and performance"
    SHORT = "Cache"

    def parts(self, snapshot: Snapshot) -> tuple[object, ...]:
        """All numbers of the run itself."""
        return snapshot.performance, snapshot.executor, snapshot.workers, snapshot.health

    def draw(self, width: int, height: int) -> list[Strip]:
        """Cache, pace, phases, then the rest; charts and phases take the room that there is."""
        done, shot = self.snapshot.performance, self.snapshot
        if not done.step_seconds and not done.ledger_entries:
            self.subtitle("")
            return self.message(
                "No step done yet: pace, cache and the time of each phase appear here."
            )
        rest = [*self._rest(done), *self._health()]
        spare = height - 4 - len(rest)
        phases = self._phases(done, width)
        if len(phases) > spare:
            phases = self._phases_in_pairs(done, width)
        tall = max(1, min((spare - len(phases)) // 2 + 1, 6))
        lines = [
            *self._hit_rate(done, width, tall),
            *self._cache(done),
            *self._step_time(done, width, tall),
            *phases,
            *rest,
        ]
        table = metrics_table(shot.metrics, width, height - len(lines), self.glyphs, self.ink)
        lines += table
        pace = done.steps_per_second
        measured = "–" if pace is None else f"{pace:.1f}"
        self.subtitle(f"{measured} steps/s, {shot.executor} × {shot.workers}")
        return [line.strip(width, self.ink()) for line in lines]

    def _hit_rate(self, done: Performance, width: int, tall: int) -> list[Line]:
        recent = next((rate for rate in reversed(done.hit_rates) if rate == rate), None)
        chart = self._area(done.hit_rates, width, tall, high=1.0)
        return self._chart("hit rate", percent(recent), chart, "chart-collective")

    def _cache(self, done: Performance) -> list[Line]:
        """Counts of the cache in two lines."""
        if not done.capacity:
            return [self._numbers(("", "the cache is off")), Line()]
        return [
            self._numbers(
                (brief(done.hits), "hit"),
                (brief(done.misses), "miss"),
                (brief(done.stale), "stale"),
            ),
            self._numbers(
                (f"{brief(done.cached)}/{brief(done.capacity)}", "kept"),
                (brief(done.evictions), "evicted"),
            ),
        ]

    def _step_time(self, done: Performance, width: int, tall: int) -> list[Line]:
        last = seconds(done.step_seconds[-1]) if done.step_seconds else "–"
        return self._chart("step", last, self._area(done.step_seconds, width, tall), "chart-pace")

    def _area(
        self, series: tuple[float, ...], width: int, tall: int, high: float | None = None
    ) -> list[str]:
        room = max(width - _LABEL - _VALUE - 1, 0)
        return area(series, room, tall, self.glyphs, high=high, end=self.snapshot.step)

    def _chart(self, label: str, value: str, chart: list[str], name: str) -> list[Line]:
        """Label and value, and the chart of the series beside them."""
        lines = []
        for y, text in enumerate(chart):
            line = Line()
            if y == 0:
                line.add(f"{label:<{_LABEL}}", self.ink("ink-dim"))
                line.add(f"{self.glyphs.plain(value):>{_VALUE}}", self.ink(bold=True))
            lines.append(line.to(_LABEL + _VALUE + 1, self.ink()).add(text, self.ink(name)))
        return lines

    def _phases(self, done: Performance, width: int) -> list[Line]:
        """One line for each phase."""
        largest = max((time for _, time in done.phases), default=0.0)
        lines = []
        for name, time in done.phases:
            line = Line()
            self._phase(line, name, time, largest, width)
            lines.append(line)
        return lines

    def _phases_in_pairs(self, done: Performance, width: int) -> list[Line]:
        """Two phases in each line, in the order of the step down the left column first."""
        largest = max((time for _, time in done.phases), default=0.0)
        half = -(-len(done.phases) // 2)
        lines = [Line() for _ in range(half)]
        for index, (name, time) in enumerate(done.phases):
            line, first = lines[index % half], index < half
            size = (width - 2) // 2 if first else width - (width - 2) // 2 - 2
            self._phase(line, name, time, largest, size)
            if first:
                line.add("  ", self.ink())
        return lines

    def _phase(self, line: Line, name: str, time: float, largest: float, width: int) -> None:
        ink = self.ink
        size = max(width - _PHASE - _TIME, 1)
        full, track = bar(time / largest if largest else 0, size, self.glyphs)
        line.add(self.safe(name, _PHASE), ink("ink-dim"))
        line.add(full, ink("chart-pace")).add(track, ink("ink-faint"))
        line.add(f"{self.glyphs.plain(seconds(time)):>{_TIME}}", ink())

    def _rest(self, done: Performance) -> list[Line]:
        asked = done.query_hits + done.query_misses
        share = percent(done.query_hits / asked if asked else None)
        return [
            self._numbers((whole(done.flows_scored), "flows scored")),
            self._numbers(
                (share, "of queries cached"), (f"{done.readers[0]}/{done.readers[1]}", "readers")
            ),
            self._numbers((megabytes(done.memory_bytes), "memory"), ("", done.journal_mode)),
        ]

    def _health(self) -> list[Line]:
        """What is unhealthy in a line each, or all names in one where all is well."""
        ink, checks = self.ink, self.snapshot.health
        scarce = [seen for seen in checks if not seen.healthy]
        lines = []
        for seen in scarce:
            line = Line().add(f"{self.glyphs.failed} {seen.name} ", ink("run-fault", bold=True))
            lines.append(line.add(self.safe(seen.text, None), ink("run-fault")))
        if checks and not scarce:
            line = Line().add(f"{self.glyphs.accepted} ", ink("verdict-accepted"))
            lines.append(line.add(" ".join(seen.name for seen in checks), ink("ink-dim")))
        return lines

    def _numbers(self, *pairs: tuple[str, str]) -> Line:
        """Numbers with what they count."""
        line = Line()
        for number, word in pairs:
            line.add(self.glyphs.plain(f"{number} " if number else ""), self.ink())
            line.add(self.safe(f"{word}  "), self.ink("ink-dim"))
        return line
