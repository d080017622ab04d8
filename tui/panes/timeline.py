"""The run over time: quality, alerts, ground truth, what you did and verdicts on one step axis."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from rich.style import Style
from textual.binding import BindingType
from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.reactive import reactive
from textual.strip import Strip

from sim.snapshot import RunState, Snapshot
from tui.keys.inside import bindings_of
from tui.messages import MarkStep
from tui.panes.pane import Pane
from tui.panes.timeline_strips import LABEL, LEGEND, Drawing, Strips
from tui.record.book import Book
from tui.theme.glyphs import UNICODE, Glyphs
from tui.theme.ink import Ink
from tui.widgets.plot import Scale
from tui.widgets.quantity import share, whole

RECENT = 600
"""Steps that are shown until somebody zooms."""
_LEAST = 10
_LENGTHS = (10, 12, 14, 17, 20, 24, 28, 34, 40, 50, 60, 72, 86)
"""Of an axis that grows, but for powers of ten."""


class TimelinePane(Pane):
    """Follows the run until somebody goes back in it; the arrows move a crosshair."""

    PANE = "timeline"
    NAME = "Timeline"
    KEY = "2"
    SHORT = "Time"
    FROM_RECORD = True
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("timeline")
    crosshair: reactive[int | None] = reactive(None)
    """Step that is looked at; None follows the run."""
    span: reactive[int] = reactive(RECENT)
    """Most steps that are shown; 0 is the whole run."""

    def __init__(self, glyphs: Glyphs = UNICODE, book: Book | None = None) -> None:
        super().__init__(glyphs, book)
        self._last: int | None = None
        """Last step shown where somebody went back; None follows."""
        self._styles: tuple[Ink, list[Style]] | None = None

    def parts(self, snapshot: Snapshot) -> tuple[object, ...]:
        """What the record does not hold."""
        begun = self.book.series.length > 0
        waits = begun or snapshot.state
        return snapshot.quality.labelled, snapshot.quality.acceptance, waits

    # Drawing.

    def scale(self, width: int) -> Scale:
        """Which steps are shown."""
        steps = self.book.series.steps
        end = int(steps[-1]) if len(steps) else 0
        last = end if self._last is None else min(self._last, end)
        begin = int(steps[0]) if len(steps) else 0
        if self._last is None and self.snapshot.state is not RunState.FINISHED:
            last = begin + held(last - begin + 1, self.span) - 1
        first = begin if not self.span else max(begin, last - self.span + 1)
        return Scale(first, max(last, first + min(self.span or RECENT, 60) - 1), max(width, 1))

    def _plot_width(self, width: int) -> int:
        return width - LABEL - (LEGEND if width >= 66 else 0)

    def draw(self, width: int, height: int) -> list[Strip]:
        """All strips over one axis."""
        if not self.book.series.length:
            self.subtitle("")
            return self.message(self._waiting())
        if width <= LABEL:  # no cell for a curve
            self.subtitle("")
            return [Strip.blank(width, self.ink())] * height
        scale = self.scale(self._plot_width(width))
        self._entitle(scale)
        column = None if self.crosshair is None else scale.column(self.crosshair)
        strips = Strips(self.book, scale, self.glyphs, width, height, self.snapshot, column)
        drawing = strips.drawn()
        self.subtitle(self._say(drawing))
        return drawing.canvas.strips(self._style_table())

    def _waiting(self) -> str:
        if self.book.behind:
            return "Reading the record …"
        if self.snapshot.state is RunState.LOADING:
            return "No steps yet: the first begins when the simulation has loaded."
        if self.snapshot.state is RunState.PAUSED:
            return "Paused before the first step: space starts the run, s does one step."
        return "The first step is under way."

    def _style_table(self) -> list[Style]:
        if self._styles is None or self._styles[0] is not self.ink:
            self._styles = (self.ink, Drawing.styles(self.ink))
        return self._styles[1]

    def _entitle(self, scale: Scale) -> None:
        there = self.book.series.length
        end = int(self.book.series.steps[-1])
        shown = min(min(scale.last, end) - scale.first + 1, there)
        words = f"{whole(shown)} of {whole(there)}" if shown < there else whole(there)
        self.entitle(f"{self.KEY} {self.NAME} · {words} {'step' if there == 1 else 'steps'}")

    def _say(self, drawing: Drawing) -> str:
        """The values at the crosshair, or now where there is no room for a legend."""
        series = self.book.series
        if self.crosshair is None:
            return "" if drawing.legend else drawing.present
        place = int(np.searchsorted(series.steps, self.crosshair))
        if place >= series.length:
            return ""
        together, alone = (series.f1(who)[place] for who in ("collective", "solo"))
        kinds = {a.kind for a in self.book.journal.attacks if a.first <= self.crosshair < a.end}
        words = [
            f"s{self.crosshair}",
            f"together {share(together)}",
            f"alone {share(alone)}",
            f"{whole(int(series.column('anomalies')[place]))} alerts",
            ", ".join(sorted(kinds)) or ("attack" if series.attacked[place] else "calm"),
        ]
        return " · ".join(words)

    # Moving.

    def action_move(self, dx: int, dy: int) -> None:
        """Move the crosshair by one cell."""
        if dy:
            return
        scale = self.scale(self._plot_width(self.content_size.width))
        by = max(scale.count // scale.width, 1) * dx
        self._look(by + self._here(scale))

    def action_page(self, direction: float) -> None:
        """Move the crosshair by a part of what is shown."""
        scale = self.scale(self._plot_width(self.content_size.width))
        here = self._here(scale)
        self._look(here + round(direction * scale.count / 4))

    def _here(self, scale: Scale) -> int:
        """Step under the crosshair, or the last one that is shown."""
        if self.crosshair is not None:
            return self.crosshair
        steps = self.book.series.steps
        return min(scale.last, int(steps[-1])) if len(steps) else scale.last

    def action_ends(self, last: bool) -> None:
        """To the first step, or back to the newest."""
        steps = self.book.series.steps
        if last or not len(steps):
            self.action_leave()
        else:
            self._look(int(steps[0]))

    def action_marker(self, by: int) -> None:
        """To the attack or command before or after."""
        commands = {command.step for command in self.book.journal.commands}
        self._go(by, commands | {attack.first for attack in self.book.journal.attacks})

    def action_attack(self, by: int) -> None:
        """To the beginning of the attack before or after."""
        self._go(by, {attack.first for attack in self.book.journal.attacks})

    def _go(self, by: int, marks: set[int]) -> None:
        """To the nearest of some steps before or after."""
        steps = self.book.series.steps
        if not len(steps):
            return
        here = int(steps[-1]) + 1 if self.crosshair is None else self.crosshair
        found = [mark for mark in marks if (mark > here if by > 0 else mark < here)]
        if found:
            self._look(min(found) if by > 0 else max(found))

    def action_zoom(self, factor: float) -> None:
        """Show fewer or more steps."""
        there = self.book.series.length
        now = min(self.span or there, max(there, _LEAST))
        wanted = round(now * factor)
        self.span = 0 if wanted >= there else max(wanted, _LEAST)
        self._into_sight()

    def action_whole(self) -> None:
        """Show the whole run."""
        self.span, self._last = 0, None
        self.redraw()

    def action_leave(self) -> None:
        """Follow the run again."""
        self._last = None
        self.crosshair = None
        self.redraw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape is ours only while there is a crosshair."""
        return self.crosshair is not None if action == "leave" else True

    def go_to(self, step: int) -> None:
        """Look at a step."""
        self._look(step)

    def _look(self, step: int) -> None:
        """Put the crosshair on a step, or on the nearest one; nowhere before there is one."""
        steps = self.book.series.steps
        if not len(steps):
            return
        self.crosshair = max(int(steps[0]), min(step, int(steps[-1])))
        self._into_sight()
        self.post_message(MarkStep(self.crosshair))

    def _into_sight(self) -> None:
        """Move what is shown just as far as the crosshair needs."""
        if self.crosshair is not None and self.span:
            scale = self.scale(1)
            if self.crosshair < scale.first:
                self._last = self.crosshair + self.span - 1
            elif self.crosshair > scale.last:
                self._last = self.crosshair
        self.redraw()

    def on_click(self, event: Click) -> None:
        """Put the crosshair there."""
        offset = event.get_content_offset(self)
        width = self._plot_width(self.content_size.width)
        if offset is not None and self.book.series.length and LABEL <= offset.x < LABEL + width:
            self._look(self.scale(width).step(offset.x - LABEL))

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Zoom in with the wheel."""
        event.stop()
        self.action_zoom(0.5)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Zoom out with the wheel."""
        event.stop()
        self.action_zoom(2)

    def watch_crosshair(self) -> None:
        """Other values."""
        self.redraw()

    def watch_span(self) -> None:
        """Other steps."""
        self.redraw()


def held(steps: int, span: int) -> int:
    """Where an axis ends that follows a run: a little later, so that it stands still for a while.

    If it ended with the last step, every step would move all that is drawn.

    Args:
        steps: steps of the run.
        span: most that the axis shows, or 0 for all.
    """
    if span and steps > span:
        part = max(span // 8, 1)
        return -(-steps // part) * part
    power: int = 10 ** max(len(str(steps - 1)) - 2, 0)
    length = next((n * power for n in _LENGTHS if n * power >= steps), 100 * power)
    return min(length, span) if span else length
