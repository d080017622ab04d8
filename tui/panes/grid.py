"""The map of the population: a cell for each agent, or for a block of them."""

from __future__ import annotations

from collections import deque
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from rich.style import Style
from textual.binding import BindingType
from textual.events import Blur, Click, Focus, MouseDown, MouseEvent, MouseMove, MouseUp
from textual.reactive import reactive
from textual.strip import Strip

from sim.snapshot import AgentState, Grid, Snapshot
from tui.keys.inside import bindings_of
from tui.messages import InspectAgent, MarkAgent
from tui.panes.block import Block
from tui.panes.grid_legend import CARD, Heat, card, describe_block, legend
from tui.panes.grid_paint import Painter, half_styles, tile_styles
from tui.panes.pane import Pane
from tui.record.book import Book
from tui.theme.glyphs import UNICODE, Glyphs
from tui.theme.ink import Ink
from tui.widgets.canvas import Canvas
from tui.widgets.field import SEVERITY, Field, Geometry, cells_of, field_of, geometry
from tui.widgets.line import Line
from tui.widgets.quantity import counted
from tui.widgets.steady import Steady

HEATS: tuple[Heat, ...] = ("state", "score", "trust", "cache hit rate")


_PAST = 40
"""Pictures whose scores are remembered."""


class GridPane(Pane):
    """The population as it stands on its grid."""

    PANE = "grid"
    NAME = "Agents"
    KEY = "1"
    SHORT = "Agents"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("grid")
    heat: reactive[Heat] = reactive[Heat]("state")
    """What colours the agents."""
    truth: reactive[bool] = reactive(True)
    """Whether ground truth is shown."""
    cursor: reactive[int] = reactive(0)
    """Id of the agent under the cursor (of the first one, in a block)."""

    corner: reactive[int | None] = reactive(None)
    """Agent at the other corner of the region that is being selected."""
    reached: reactive[frozenset[int]] = reactive(frozenset())
    """Agents that are selected."""
    opened: reactive[Block | None] = reactive[Block | None](None)
    """The block that is looked at alone; None is the whole population."""
    aimed: reactive[frozenset[int]] = reactive(frozenset())
    """Agents that a dialog would reach."""

    def __init__(self, glyphs: Glyphs = UNICODE, book: Book | None = None) -> None:
        super().__init__(glyphs, book)
        self._shape: Geometry | None = None
        self._styles: tuple[Ink, bool, list[Style]] | None = None
        self._past: deque[NDArray[np.float32]] = deque(maxlen=_PAST)
        self._dragged = False
        self._figures: Steady[list[Line]] = Steady()
        self.hurried = False
        """Whether pictures come faster than anyone reads figures."""

    def parts(self, snapshot: Snapshot) -> tuple[object, ...]:
        """The population, and the agent that is looked at from near."""
        return snapshot.grid, snapshot.view.agent

    def watch_snapshot(self, old: Snapshot, new: Snapshot) -> None:
        """Remember the last scores."""
        if len(new.grid.states) != len(old.grid.states):
            self.set_reactive(GridPane.opened, None)
        if new.grid is not old.grid:
            if self._past and len(self._past[-1]) != len(new.grid.scores):
                self._past.clear()
            self._past.append(new.grid.scores)
        super().watch_snapshot(old, new)

    # Drawing.

    def draw(self, width: int, height: int) -> list[Strip]:
        """The field, the legend, and the card of the agent under the cursor."""
        self._entitle()
        if not len(self.snapshot.grid.states) or self.snapshot.grid.width <= 0:
            self._shape = None
            self.subtitle("")
            return self.message("No agents yet: they appear when the simulation has loaded.")
        grid = self._part
        below = self._below(width, height)
        room = max(height - len(below), 1)
        shape = geometry(len(grid.states), grid.width, width, room, self._colourful)
        self._shape = shape
        field = field_of(grid, shape, self.values)
        column, row = self._cursor_cell(shape)
        words = "" if shape.single else describe_block(field, shape, column, row, self.truth)
        back = "esc shows all agents again"
        back = back if len(back) <= self.border_room else "esc: all agents"
        opened = "" if self.opened is None else back
        self.subtitle(self._selected() or opened or words)
        canvas = Canvas(width, room)
        self._painter(shape, field).paint(canvas, field, shape)
        blank = self.ink()
        return canvas.strips(self._style_table(shape)) + [
            line.strip(width, blank) for line in below
        ]

    def catch_up(self) -> None:
        """Nothing comes for a while: let the figures be those of the map."""
        self.hurried = False
        if self._figures.late:
            self.redraw()

    def _below(self, width: int, height: int) -> list[Line]:
        """The legend and the card."""
        detail = self.snapshot.view.agent
        named = detail.id if detail is not None else None
        about = (self._clamped, named, self.heat, self.truth, width, height, self._ink)
        return self._figures.get(
            lambda: self._made_below(width, height), about, hurried=self.hurried
        )

    def _made_below(self, width: int, height: int) -> list[Line]:
        grid = self.snapshot.grid
        values = self.values
        known = values[~np.isnan(values)] if values is not None else ()
        ends = (float(min(known)), float(max(known))) if len(known) else (0.0, 1.0)
        lines = [legend(grid, self.heat, self.truth, ends, width, self.ink, self.glyphs)]
        if height >= 3 * CARD:
            agent = self._clamped
            detail = self.snapshot.view.agent
            if detail is not None and detail.id != agent:
                detail = None
            scores = [float(past[agent]) for past in self._past]
            lines += card(grid, agent, self.truth, detail, scores, width, self.ink, self.glyphs)
        return lines

    @property
    def _block(self) -> Block:
        """The agents that are shown: of the opened block, or all."""
        return Block.whole(self.snapshot.grid) if self.opened is None else self.opened

    @property
    def _part(self) -> Grid:
        """These agents as the picture has them."""
        return self._block.part(self.snapshot.grid)

    @property
    def _colourful(self) -> bool:
        """Whether the terminal can tell two colours in one character apart."""
        return not self.glyphs.ascii and not self.flat

    @property
    def flat(self) -> bool:
        """Whether tints would be lost: 16 colours, or none."""
        return (
            self.app.no_color
            or self.app.native_ansi_color
            or (self.app.console.color_system in (None, "standard", "windows"))
        )

    def _selected(self) -> str:
        if self.aimed:
            return f"reaches {counted(len(self.aimed), 'agent')}"
        if not self.reached:
            return ""
        return f"{counted(len(self.reached), 'agent')} selected · i a f mean them"

    @property
    def values(self) -> NDArray[np.float32] | None:
        """(A,) what the heat shows, None for states."""
        grid = self._part
        return {
            "state": None,
            "score": grid.scores,
            "trust": grid.trust,
            "cache hit rate": grid.hit_rate,
        }[self.heat]

    def _painter(self, shape: Geometry, field: Field) -> Painter:
        """How the field is painted now."""
        chosen = np.zeros(field.worst.size, bool)
        lit = self.aimed or self.reached
        if lit:
            cells = cells_of(len(self._part.states), self._part.width, shape)
            chosen[cells[np.isin(self._block.ids, list(lit))]] = True
        return Painter(
            glyphs=self.glyphs,
            heat=self.heat,
            truth=self.truth,
            labels=self._labels() if shape.labelled and not shape.halves else (),
            grid_width=self._part.width,
            cursor=self._cursor_cell(shape) if self.has_focus else None,
            chosen=chosen.reshape(field.worst.shape),
            flat=self.flat or self.glyphs.ascii,
        )

    def _labels(self) -> tuple[str, ...]:
        """Id of each agent, or the value that the heat shows."""
        values = self.values
        if values is None:
            return tuple(str(agent) for agent in self._block.ids)
        return tuple("" if np.isnan(value) else f"{value:.2f}" for value in values)

    def _style_table(self, shape: Geometry) -> list[Style]:
        """Made once for a theme and a way to draw."""
        if self._styles is None or self._styles[:2] != (self.ink, shape.halves):
            table = half_styles(self.ink) if shape.halves else tile_styles(self.ink, flat=self.flat)
            self._styles = (self.ink, shape.halves, table)
        return self._styles[2]

    def _entitle(self) -> None:
        """Title: how many agents, what is shown."""
        agents = len(self.snapshot.grid.states)
        shown = f"{agents:,}"
        if self.opened is not None:
            shown = f"{len(self.opened.ids):,} of {shown}"
        title = f"{self.KEY} {self.NAME}"
        self.entitle(f"{title} {shown} · {self.heat}" if agents else title)

    # Cursor.

    @property
    def _clamped(self) -> int:
        return max(0, min(self.cursor, len(self.snapshot.grid.states) - 1))

    def _cursor_cell(self, shape: Geometry) -> tuple[int, int]:
        block = self._block
        row, column = divmod(block.place(self._clamped), block.width)
        return column // shape.across, row // shape.down

    def _to_cell(self, column: int, row: int) -> None:
        """Put the cursor on a cell, or on the last agent where there is none."""
        shape, block = self._shape, self._block
        if shape is None:
            return
        column = max(0, min(column, shape.columns - 1)) * shape.across
        row = max(0, min(row, shape.rows - 1)) * shape.down
        self.cursor = int(block.ids[min(row * block.width + column, len(block.ids) - 1)])

    def action_move(self, dx: int, dy: int) -> None:
        """Move the cursor by cells."""
        if self._shape is not None:
            column, row = self._cursor_cell(self._shape)
            self._to_cell(column + dx, row + dy)

    def action_page(self, direction: float) -> None:
        """Move the cursor by half the field, or a part of that."""
        if self._shape is not None:
            self.action_move(0, round(direction * max(self._shape.rows // 2, 1)))

    def action_ends(self, last: bool) -> None:
        """Move the cursor to the first or the last agent."""
        self.cursor = int(self._block.ids[-1 if last else 0]) if len(self._block.ids) else 0

    def action_activate(self) -> None:
        """Inspect the agent under the cursor, or open the block of agents; end a selection."""
        grid, shape = self.snapshot.grid, self._shape
        if shape is None:
            return
        if self.corner is not None:
            self.corner = None
            return
        if shape.single:
            self.post_message(InspectAgent(self._clamped))
            return
        worst = _worst_of(grid, shape, self._clamped)
        self.opened = Block.around(grid, shape, self._clamped)
        self.cursor = worst

    def action_heat(self) -> None:
        """Show the next value."""
        self.heat = HEATS[(HEATS.index(self.heat) + 1) % len(HEATS)]

    def action_truth(self) -> None:
        """Show or hide ground truth."""
        self.truth = not self.truth

    def agents_reached(self) -> tuple[int, ...]:
        """What is selected, in order."""
        return tuple(sorted(self.reached))

    def action_choose(self) -> None:
        """Begin to select at the cursor, or end it."""
        if self._shape is None:
            return
        if self.corner is None:
            self.corner = self._clamped
            self._span()
        else:
            self.corner = None

    def action_drop(self) -> None:
        """Select nothing."""
        if self.reached or self.corner is not None:
            self.corner, self.reached = None, frozenset()
        else:
            self.opened = None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape is ours only while something is selected, or a block is opened."""
        return bool(self.reached) or self.opened is not None if action == "drop" else True

    def _span(self) -> None:
        """Select the region between the corner and the cursor."""
        if self.corner is None:
            return
        width, there = self.snapshot.grid.width, len(self.snapshot.grid.states)
        (y1, x1), (y2, x2) = divmod(self.corner, width), divmod(self._clamped, width)
        shape = self._shape
        across, down = (shape.across, shape.down) if shape else (1, 1)
        rows = range(min(y1, y2), max(y1, y2) + down)
        columns = range(min(x1, x2), min(max(x1, x2) + across, width))
        found = (row * width + column for row in rows for column in columns)
        self.reached = frozenset(agent for agent in found if agent < there)

    def _cell_under(self, event: MouseEvent) -> tuple[int, int] | None:
        offset = event.get_content_offset(self)
        return self._shape.cell_at(offset.x, offset.y) if self._shape and offset else None

    def on_mouse_down(self, event: MouseDown) -> None:
        """A drag begins here."""
        cell = self._cell_under(event)
        if cell is not None:
            self._to_cell(*cell)
            self._dragged = True

    def on_mouse_move(self, event: MouseMove) -> None:
        """A drag selects."""
        cell = self._cell_under(event)
        if not self._dragged or not event.button or cell is None:
            return
        if self.corner is None:
            self.corner = self._clamped
        self._to_cell(*cell)

    def on_mouse_up(self, event: MouseUp) -> None:
        """A drag ends."""
        self._dragged, self.corner = False, None

    def on_click(self, event: Click) -> None:
        """Move the cursor to the cell; a double click inspects."""
        cell = self._cell_under(event)
        if cell is not None:
            self._to_cell(*cell)
            if event.chain == 2:
                self.action_activate()

    def watch_cursor(self) -> None:
        """Another agent is described."""
        self._span()
        self.redraw()
        self.moved()

    def watch_reached(self) -> None:
        """Other cells are lit."""
        self.redraw()

    def watch_opened(self) -> None:
        """Other agents are shown."""
        self.redraw()

    def watch_aimed(self) -> None:
        """Other cells are lit."""
        self.redraw()

    def under_cursor(self) -> NDArray[np.int64]:
        """Agents of the cell under the cursor."""
        grid, shape = self.snapshot.grid, self._shape
        if shape is None or not len(grid.states):
            return np.zeros(0, np.int64)
        if shape.single:
            return np.array([self._clamped])
        cells = cells_of(len(grid.states), grid.width, shape)
        return np.flatnonzero(cells == cells[self._clamped])

    def watch_heat(self) -> None:
        """Other colours."""
        self.redraw()

    def watch_truth(self) -> None:
        """Other marks."""
        self.redraw()

    def on_focus(self, event: Focus) -> None:
        """The cursor shows, and its agent is shown from near."""
        self.redraw()
        self.moved()

    def moved(self) -> None:
        """Whoever shows details shows those of the agent under the cursor."""
        if len(self.snapshot.grid.states):
            self.post_message(MarkAgent(self._clamped))

    def on_blur(self, event: Blur) -> None:
        """The cursor hides."""
        self.redraw()


def _worst_of(grid: Grid, shape: Geometry, agent: int) -> int:
    """The agent in the worst state, then with the highest score, of the block of an agent."""
    cells = cells_of(len(grid.states), grid.width, shape)
    block = np.flatnonzero(cells == cells[agent])
    severity = np.array(SEVERITY)[np.minimum(grid.states[block], AgentState.STOPPED)]
    order = np.lexsort((-np.nan_to_num(grid.scores[block]), -severity))
    return int(block[order[0]])
