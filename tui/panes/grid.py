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
from tui.panes.pane import Pane
from tui.widgets.canvas import Canvas
from tui.widgets.field import SEVERITY, Field, Geometry, cells_of, field_of, geometry
from tui.widgets.ink import HEAT_STEPS, Ink

HEATS: tuple[Heat, ...] = ("state", "score", "trust", "cache hit rate")
# Numbers of styles: the states, the steps of the heat scale, then these.
_HEAT = 1 + len(AgentState)
_NONE = _HEAT + HEAT_STEPS
_ATTACKED, _ADVERSARY, _LABEL = _NONE + 1, _NONE + 2, _NONE + 3
_INKS = 4 + _NONE
_TINTED, _CURSOR = _INKS, 2 * _INKS
"""Added to the number of a style: on the ground of an attack, under the cursor."""


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
            return self.message("No agents yet: they appear when the", "simulation has loaded.")
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
        self._paint(canvas, field, shape)
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

    def _paint(self, canvas: Canvas, field: Field, shape: Geometry) -> None:
        """Symbols and styles of all cells at once."""
        rows, columns = shape.rows, shape.columns
        there = field.agents > 0
        symbol, style = self._symbols(field, shape)
        mark = np.full((rows, columns), ord(" "), np.uint32)
        mark_style = style.copy()
        tint = np.zeros((rows, columns), np.int32)
        if self.truth:
            self._mark(field, mark, mark_style)
            tint[field.attacked > 0] = _TINTED
        height, width = shape.height * rows, shape.width * columns
        area = np.s_[shape.upper : shape.upper + height, shape.left : shape.left + width]
        styles = np.where(there, style + tint, 0)
        block = styles.repeat(shape.height, 0).repeat(shape.width, 1)
        text = np.full((height, width), ord(" "), np.uint32)
        line = (shape.height - 1) // 2
        text[line :: shape.height, 0 :: shape.width] = np.where(there, symbol, ord(" "))
        text[line :: shape.height, 1 :: shape.width] = np.where(there, mark, ord(" "))
        block[line :: shape.height, 1 :: shape.width] = np.where(there, mark_style + tint, 0)
        if shape.labelled:
            self._label(text, block, shape, line)
        if self.has_focus:
            column, row = self._cursor_cell(shape)
            x, y = column * shape.width, row * shape.height + line
            size = 2 if not shape.labelled else shape.width - 1
            block[y, x : x + size] = block[y, x] % _INKS + _CURSOR
        seen = canvas.characters[area].shape
        canvas.characters[area] = text[: seen[0], : seen[1]]
        canvas.styles[area] = block[: seen[0], : seen[1]]

    def _symbols(
        self, field: Field, shape: Geometry
    ) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
        """Symbol and number of style of each cell."""
        glyphs = self.glyphs
        if self.heat == "state":
            worst = field.worst
            symbol = _codes(glyphs.agent)[worst]
            if not shape.single:
                share = field.alert_share
                quarter = np.clip(np.ceil(share * 4).astype(int) - 1, 0, 3)
                symbol = np.where(share > 0, _codes(glyphs.shades)[quarter], symbol)
            return symbol, (worst + 1).astype(np.int32)
        level = np.clip(np.nan_to_num(field.value) * HEAT_STEPS, 0, HEAT_STEPS - 1).astype(int)
        symbol = _codes(glyphs.levels)[level]
        missing = np.isnan(field.value)
        # Low trust is what needs eyes, so its scale runs the other way.
        step = HEAT_STEPS - 1 - level if self.heat == "trust" else level
        style = np.where(missing, _NONE, _HEAT + step).astype(np.int32)
        return np.where(missing, np.uint32(ord(glyphs.none)), symbol), style

    def _mark(self, field: Field, mark: NDArray[np.uint32], mark_style: NDArray[np.int32]) -> None:
        """Ground truth beside the symbol."""
        glyphs = self.glyphs
        attacked, adversary = field.attacked > 0, field.adversary > 0
        for where, glyph, style in (
            (attacked, glyphs.attacked, _ATTACKED),
            (adversary, glyphs.adversary, _ADVERSARY),
            (attacked & adversary, glyphs.both, _ADVERSARY),
        ):
            mark[where] = ord(glyph)
            mark_style[where] = style

    def _label(
        self, text: NDArray[np.uint32], style: NDArray[np.int32], shape: Geometry, line: int
    ) -> None:
        """Id or value of each agent, where cells have room for it."""
        values, room = self.values, shape.width - 3
        for agent in range(len(self.snapshot.grid.states)):
            row, column = divmod(agent, self.snapshot.grid.width)
            word = str(agent)
            if values is not None:
                word = f"{values[agent]:.2f}" if not np.isnan(values[agent]) else ""
            word = word[:room]
            x, y = column * shape.width + 2, row * shape.height + line
            text[y, x : x + len(word)] = [ord(c) for c in word]
            tinted = style[y, x] >= _TINTED
            style[y, x : x + room] = _LABEL + (_TINTED if tinted else 0)

    def _style_table(self) -> list[Style]:
        """Style of each number; made once for a theme."""
        ink = self.ink
        if self._styles is None or self._styles[0] is not ink:
            names = ["foreground", *(f"agent-{s.name.lower()}" for s in AgentState)]
            rest = ["ink-dim", "truth-attack", "truth-adversary", "ink-dim"]
            tint = ink.on("truth-attack-tint")
            plain = [*map(ink, names), *ink.heat(), *map(ink, rest)]
            tinted = [*map(tint, names), *tint.heat(), *map(tint, rest)]
            under = [s + Style(reverse=True) for s in plain]
            self._styles = (ink, [*plain, *tinted, *under])
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


def _codes(symbols: tuple[str, ...]) -> NDArray[np.uint32]:
    return np.array([ord(s) for s in symbols], np.uint32)


def _worst_of(grid: Grid, shape: Geometry, agent: int) -> int:
    """The agent in the worst state, then with the highest score, of the block of an agent."""
    cells = cells_of(len(grid.states), grid.width, shape)
    block = np.flatnonzero(cells == cells[agent])
    severity = np.array(SEVERITY)[np.minimum(grid.states[block], AgentState.STOPPED)]
    order = np.lexsort((-np.nan_to_num(grid.scores[block]), -severity))
    return int(block[order[0]])
