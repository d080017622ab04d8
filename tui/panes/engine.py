"""What the run costs: cache, pace, where the time of a step goes, and what it stands on."""

from __future__ import annotations

from textwrap import wrap

from rich.cells import cell_len
from textual.strip import Strip

from sim.snapshot import Performance, Snapshot, share_of
from tui.panes.metrics_table import metrics_table
from tui.panes.pane import Pane
from tui.widgets.chart import area
from tui.widgets.line import Line
from tui.widgets.quantity import brief, megabytes, percent, seconds, whole

_LABEL = 10
_VALUE = 10
_NARROW = 44
"""Cells below which the hits have a line each."""
_TURNS = 5
"""Turns of the tuner that are shown."""
_WORDS = 36
"""Cells of the words beside a chart, where there is room for them."""
_HUES = (
    "chart-pace", "chart-collective", "chart-solo", "agent-quarantined", "truth-false-alarm",
    "steering", "ink-dim",
)  # fmt: skip


class EnginePane(Pane):
    """Numbers of the run itself; none of them ever enters its result."""

    PANE = "engine"
    NAME = "Engine"
    KEY = "9"
    SHORT = "Engine"

    def parts(self, snapshot: Snapshot) -> tuple[object, ...]:
        """All numbers of the run itself."""
        return (
            snapshot.performance,
            snapshot.metrics,
            snapshot.health,
            snapshot.tuning,
            snapshot.bottleneck,
        )

    def draw(self, width: int, height: int) -> list[Strip]:
        """Cache, pace, phases, then the rest; charts take the room that there is."""
        done, shot = self.snapshot.performance, self.snapshot
        if not done.step_seconds and not done.ledger_entries:
            self.subtitle("")
            return self.message(
                "No step done yet: pace, cache and the time of each phase appear here."
            )
        rest = [
            *self._hits(done, width),
            *self._phases(done, width),
            *self._rest(done, width),
            *self._health(width),
            *self._tuning(width),
        ]
        tall = max(1, min((height - len(rest)) // 2, 6))
        lines = [*self._hit_rate(done, width, tall), *self._step_time(done, width, tall), *rest]
        lines += metrics_table(shot.metrics, width, self.glyphs, self.ink)
        how = f"{shot.executor} × {shot.workers}"
        why = f"{how}: {shot.executor_reason}" if shot.executor_reason else how
        self.subtitle(why if cell_len(why) <= self.border_room else how)
        return [line.strip(width, self.ink()) for line in lines]

    def _hit_rate(self, done: Performance, width: int, tall: int) -> list[Line]:
        recent = next((rate for rate in reversed(done.hit_rates) if rate == rate), None)
        if not done.capacity:
            return [Line().add(f"{'cache':<{_LABEL}}off", self.ink("ink-dim"))]
        words = f"{brief(done.hits)} hits {brief(done.misses)} misses {brief(done.cached)} kept"
        chart = self._area(done.hit_rates, width, tall, high=1.0)
        return self._chart("cache", percent(recent), chart, "chart-collective", words)

    def _hits(self, done: Performance, width: int) -> list[Line]:
        """Shares of look-ups that the cache answered: of votes, of accepted signatures."""
        if not done.capacity:
            return []
        whole_votes = (done.vote_hits, done.vote_misses)
        dim, lines = self.ink("ink-dim"), [Line().add(f"{'hits':<{_LABEL}}", self.ink("ink-dim"))]
        for word, last, whole_run in (
            ("votes", done.last_votes, whole_votes),
            ("blocklist", done.last_blocklist, done.blocklist),
        ):
            shares = (percent(share_of(last)), percent(share_of(whole_run)))
            if width < _NARROW:
                for label, part in (
                    (word, f"{shares[0]} last step"),
                    ("", f"{shares[1]} whole run"),
                ):
                    line = Line().add(f"{label:<{_LABEL}}", dim)
                    lines.append(line.add(self.glyphs.plain(part), self.ink()))
                continue
            said = f"{word} {shares[0]} last step, {shares[1]} whole run   "
            if lines[-1].width + len(said) > width:
                lines.append(Line().add(" " * _LABEL, self.ink()))
            lines[-1].add(self.glyphs.plain(said), self.ink())
        return lines

    def _tuning(self, width: int) -> list[Line]:
        """What is slow, and what the tuner has turned and what came of it, latest first."""
        shot, lines = self.snapshot, list[Line]()
        slow = f"bottleneck {shot.bottleneck}" if shot.bottleneck else "no bottleneck"
        for text in (slow, *shot.tuning[:_TURNS]):
            for part in wrap(self.safe(text), max(width - _LABEL, 12), subsequent_indent="  "):
                label = "" if lines else "tuner"
                line = Line().add(f"{label:<{_LABEL}}", self.ink("ink-dim"))
                lines.append(line.add(part, self.ink()))
        return lines

    def _step_time(self, done: Performance, width: int, tall: int) -> list[Line]:
        last = seconds(done.step_seconds[-1]) if done.step_seconds else "–"
        words = f"{whole(done.flows_scored)} flows scored"
        chart = self._area(done.step_seconds, width, tall)
        return self._chart("last step", last, chart, "chart-pace", words)

    def _area(
        self, series: tuple[float, ...], width: int, tall: int, high: float | None = None
    ) -> list[str]:
        room = max(self._room(width), 0)
        return area(series, room, tall, self.glyphs, high=high, end=self.snapshot.step)

    def _room(self, width: int) -> int:
        room = width - _LABEL - _VALUE - 1
        return room if width < 100 else min(room - _WORDS, 80)

    def _chart(self, label: str, value: str, chart: list[str], name: str, words: str) -> list[Line]:
        """Label and value, the chart beside them, and what else there is to say where it fits."""
        lines = []
        for y, text in enumerate(chart):
            line = Line()
            if y == 0:
                line.add(f"{label:<{_LABEL}}", self.ink("ink-dim"))
                line.add(f"{self.glyphs.plain(value):>{_VALUE}}", self.ink())
            line.to(_LABEL + _VALUE + 1, self.ink()).add(text, self.ink(name))
            if y == 0:
                self._append(line, words)
            lines.append(line)
        return lines

    def _append(self, line: Line, words: str) -> None:
        """Add words where all of them fit."""
        if line.width + 2 + len(words) <= self.content_size.width:
            line.add(f"  {words}", self.ink("ink-dim"))

    def _phases(self, done: Performance, width: int) -> list[Line]:
        """One stacked bar, and what its parts are, slowest first."""
        total = sum(time for _, time in done.phases)
        if not total:
            return []
        bar = Line().add(f"{'phases':<{_LABEL}}", self.ink("ink-dim"))
        bar.add(f"{self.glyphs.plain(seconds(total)):>{_VALUE}} ", self.ink())
        room, done_so_far = self._room(width), 0.0
        for (_, time), hue in zip(done.phases, _HUES, strict=False):
            cells = round((done_so_far + time) / total * room) - round(done_so_far / total * room)
            bar.add(self.glyphs.block * cells, self.ink(hue))
            done_so_far += time
        named = Line().add("recent mean", self.ink("ink-dim"))
        named.to(_LABEL + _VALUE + 1, self.ink())
        hues = dict(zip((name for name, _ in done.phases), _HUES, strict=False))
        for name, time in sorted(done.phases, key=lambda phase: -phase[1]):
            text = f"{self.glyphs.plain(seconds(time))}  "
            if named.width + len(name) + 3 + len(text) > width:
                break
            named.add(f"{self.glyphs.block} ", self.ink(hues.get(name, "ink-dim")))
            named.add(f"{name} ", self.ink("ink-dim")).add(text, self.ink())
        return [bar, named]

    def _rest(self, done: Performance, width: int) -> list[Line]:
        asked = done.query_hits + done.query_misses
        share = percent(done.query_hits / asked if asked else None)
        line = Line()
        for number, word in (
            (megabytes(done.memory_bytes), "memory"),
            (whole(done.ledger_entries), "ledger rows"),
            (f"{done.readers[0]} of {done.readers[1]}", "readers"),
            (share, "of queries cached"),
            (done.journal_mode, "journal"),
        ):
            if line.width + len(number) + len(word) + 3 <= width:
                line.add(self.glyphs.plain(f"{number} "), self.ink())
                line.add(self.safe(f"{word}  "), self.ink("ink-dim"))
        return [line]

    def _health(self, width: int) -> list[Line]:
        """What is unhealthy in words, or all names where all is well."""
        ink, checks = self.ink, self.snapshot.health
        scarce = [seen for seen in checks if not seen.healthy]
        lines = []
        for seen in scarce:
            said = self.safe(f"{self.glyphs.failed} {seen.name} {seen.text}")
            lines += [
                Line().add(part, ink("run-fault"))
                for part in wrap(said, max(width, 8), subsequent_indent="  ")
            ]
        if checks and not scarce:
            said = " ".join([self.glyphs.accepted, *(seen.name for seen in checks)])
            parts = wrap(said, max(width, 8), subsequent_indent="  ")
            lines += [Line().add(part, ink("ink-dim")) for part in parts]
        return lines
