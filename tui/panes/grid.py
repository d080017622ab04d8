"""The agents: one symbol each, or one for a block of them."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Blur, Click, Focus
from textual.reactive import reactive
from textual.strip import Strip

from sim.snapshot import AgentState, Grid, Snapshot
from tui.messages import InspectAgent
from tui.panes.grid_legend import LEGEND, Heat, describe_agent, describe_block, legend, under_way
from tui.panes.grid_paint import Painter, style_table
from tui.panes.pane import Pane
from tui.theme.ink import Ink
from tui.widgets.canvas import Canvas
from tui.widgets.field import SEVERITY, Field, Geometry, cells_of, field_of, geometry

HEATS: tuple[Heat, ...] = ("state", "score", "trust", "cache hit rate")


class GridPane(Pane):
    """The population as it stands on its grid."""

    PANE = "grid"
    NAME = "Agents"
    SHORT = "Agents"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "activate", "Inspect", show=False, id="pane.inspect_agent"),
        Binding(
            "m",
            "heat",
            "Heat",
            show=False,
            id="grid.heat",
            tooltip="Colour agents by state, score, trust or cache hit rate",
        ),
        Binding(
            "g",
            "truth",
            "Ground truth",
            show=False,
            id="grid.truth",
            tooltip="Show or hide which agents are attacked or misbehave",
        ),
    ]
    heat: reactive[Heat] = reactive[Heat]("state")
    """What colours the agents."""
    truth: reactive[bool] = reactive(True)
    """Whether ground truth is shown."""
    cursor: reactive[int] = reactive(0)
    """Id of the agent under the cursor (of the first one, in a block)."""

    _title = ""
    _shape: Geometry | None = None
    _styles: tuple[Ink, list[Style]] | None = None

    def parts(self, snapshot: Snapshot) -> tuple[object, ...]:
        """The population and the attacks on it."""
        return snapshot.grid, snapshot.attacks

    # Drawing.

    def draw(self, width: int, height: int) -> list[Strip]:
        """The field, and the legend below it."""
        grid = self.snapshot.grid
        self._entitle()
        if not len(grid.states) or grid.width <= 0:
            self._shape = None
            self.subtitle("")
            return self.message("No agents yet: they appear when the simulation has loaded.")
        room = max(height - LEGEND, 1)
        shape = geometry(len(grid.states), grid.width, width, room)
        below = legend(
            self.snapshot, self.heat, self.truth, self.ink, self.glyphs, width, shape.single
        )
        if self.truth and self.snapshot.attacks and shape.spare(room) > 0:
            below.append(under_way(self.snapshot.attacks, self.ink, self.glyphs, width))
            room -= 1
            shape = geometry(len(grid.states), grid.width, width, room)
        self._shape = shape
        field = field_of(grid, shape, self.values)
        self.subtitle(self._describe(field, shape))
        canvas = Canvas(width, room)
        self._painter(shape).paint(canvas, field, shape)
        blank = self.ink()
        return canvas.strips(self._style_table()) + [line.strip(width, blank) for line in below]

    @property
    def values(self) -> NDArray[np.float32] | None:
        """(A,) what the heat shows, None for states."""
        grid = self.snapshot.grid
        return {
            "state": None,
            "score": grid.scores,
            "trust": grid.trust,
            "cache hit rate": grid.hit_rate,
        }[self.heat]

    def _painter(self, shape: Geometry) -> Painter:
        """How the field is painted now."""
        return Painter(
            glyphs=self.glyphs,
            heat=self.heat,
            truth=self.truth,
            labels=self._labels() if shape.labelled else (),
            grid_width=self.snapshot.grid.width,
            cursor=self._cursor_cell(shape) if self.has_focus else None,
        )

    def _labels(self) -> tuple[str, ...]:
        """Id of each agent, or the value that the heat shows."""
        values = self.values
        if values is None:
            return tuple(str(agent) for agent in range(len(self.snapshot.grid.states)))
        return tuple("" if np.isnan(value) else f"{value:.2f}" for value in values)

    def _style_table(self) -> list[Style]:
        """Made once for a theme."""
        if self._styles is None or self._styles[0] is not self.ink:
            self._styles = (self.ink, style_table(self.ink))
        return self._styles[1]

    def _entitle(self) -> None:
        """Title: how many agents, what is shown."""
        agents = len(self.snapshot.grid.states)
        title = f"{self.NAME} {agents:,} by {self.heat}" if agents else self.NAME
        if self._title != title:
            self._title = title
            self.border_title = Content(self.glyphs.plain(title))

    def _describe(self, field: Field, shape: Geometry) -> str:
        """Subtitle: what is under the cursor."""
        column, row = self._cursor_cell(shape)
        if shape.single:
            room = self.content_size.width - 2
            return describe_agent(self.snapshot.grid, self._clamped, self.truth, room)
        return describe_block(field, shape, column, row, self.truth)

    # Cursor.

    @property
    def _clamped(self) -> int:
        return max(0, min(self.cursor, len(self.snapshot.grid.states) - 1))

    def _cursor_cell(self, shape: Geometry) -> tuple[int, int]:
        row, column = divmod(self._clamped, self.snapshot.grid.width)
        return column // shape.across, row // shape.down

    def _to_cell(self, column: int, row: int) -> None:
        """Put the cursor on a cell, or on the last agent where there is none."""
        shape, grid = self._shape, self.snapshot.grid
        if shape is None:
            return
        column = max(0, min(column, shape.columns - 1)) * shape.across
        row = max(0, min(row, shape.rows - 1)) * shape.down
        agent = row * grid.width + column
        self.cursor = agent if agent < len(grid.states) else len(grid.states) - 1

    def action_move(self, dx: int, dy: int) -> None:
        """Move the cursor by cells."""
        if self._shape is not None:
            column, row = self._cursor_cell(self._shape)
            self._to_cell(column + dx, row + dy)

    def action_page(self, direction: int) -> None:
        """Move the cursor by half the field."""
        if self._shape is not None:
            self.action_move(0, direction * max(self._shape.rows // 2, 1))

    def action_ends(self, last: bool) -> None:
        """Move the cursor to the first or the last agent."""
        self.cursor = len(self.snapshot.grid.states) - 1 if last else 0

    def action_activate(self) -> None:
        """Inspect the agent under the cursor, or the worst one of the block."""
        grid, shape = self.snapshot.grid, self._shape
        if shape is None:
            return
        agent = self._clamped if shape.single else _worst_of(grid, shape, self._clamped)
        self.post_message(InspectAgent(agent))

    def action_heat(self) -> None:
        """Show the next value."""
        self.heat = HEATS[(HEATS.index(self.heat) + 1) % len(HEATS)]

    def action_truth(self) -> None:
        """Show or hide ground truth."""
        self.truth = not self.truth

    def on_click(self, event: Click) -> None:
        """Move the cursor to the cell; a double click inspects."""
        offset = event.get_content_offset(self)
        cell = self._shape.cell_at(offset.x, offset.y) if self._shape and offset else None
        if cell is not None:
            self._to_cell(*cell)
            if event.chain == 2:
                self.action_activate()

    def watch_cursor(self) -> None:
        """Another cell is described."""
        self.redraw()

    def watch_heat(self) -> None:
        """Other colours."""
        self.redraw()

    def watch_truth(self) -> None:
        """Other marks."""
        self.redraw()

    def on_focus(self, event: Focus) -> None:
        """The cursor shows."""
        self.redraw()

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
