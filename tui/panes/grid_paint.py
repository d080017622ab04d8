"""Paints a field of agents on a canvas: symbols, marks of ground truth, labels, the cursor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.style import Style

from sim.snapshot import AgentState
from tui.panes.grid_legend import Heat
from tui.theme.glyphs import Glyphs
from tui.theme.ink import HEAT_STEPS, Ink
from tui.widgets.canvas import Canvas
from tui.widgets.field import Field, Geometry

# Numbers of styles: the states, the steps of the heat scale, then these.
_HEAT = 1 + len(AgentState)
_NONE = _HEAT + HEAT_STEPS
_ATTACKED, _ADVERSARY, _LABEL = _NONE + 1, _NONE + 2, _NONE + 3
_INKS = 4 + _NONE
_TINTED, _CURSOR = _INKS, 2 * _INKS
"""Added to the number of a style: on the ground of an attack, under the cursor."""


def style_table(ink: Ink) -> list[Style]:
    """Style of each number that `paint` uses."""
    names = ["foreground", *(f"agent-{s.name.lower()}" for s in AgentState)]
    rest = ["ink-dim", "truth-attack", "truth-adversary", "ink-dim"]
    tint = ink.on("truth-attack-tint")
    plain = [*map(ink, names), *ink.heat(), *map(ink, rest)]
    tinted = [*map(tint, names), *tint.heat(), *map(tint, rest)]
    return [*plain, *tinted, *(style + Style(reverse=True) for style in plain)]


@dataclass(frozen=True, slots=True)
class Painter:
    """What is painted and how."""

    glyphs: Glyphs
    heat: Heat
    """What colours the agents."""
    truth: bool
    """Whether ground truth is marked."""
    labels: tuple[str, ...]
    """By agent, drawn where cells have room for them."""
    grid_width: int
    """Agents in one row of the grid."""
    cursor: tuple[int, int] | None
    """Column and row of the cell under the cursor, if it shows."""

    def paint(self, canvas: Canvas, field: Field, shape: Geometry) -> None:
        """Paint all cells at once; what does not fit on the canvas is cut."""
        there = field.agents > 0
        symbol, style = self._symbols(field, shape)
        mark, mark_style = self._marks(field, style)
        tint = np.where(self.truth & (field.attacked > 0), _TINTED, 0).astype(np.int32)
        ground = np.where(there, style + tint, 0)
        styles = ground.repeat(shape.height, 0).repeat(shape.width, 1)
        text: NDArray[np.uint32] = np.full(styles.shape, ord(" "), np.uint32)
        line = (shape.height - 1) // 2
        text[line :: shape.height, 0 :: shape.width] = np.where(there, symbol, ord(" "))
        text[line :: shape.height, 1 :: shape.width] = np.where(there, mark, ord(" "))
        styles[line :: shape.height, 1 :: shape.width] = np.where(there, mark_style + tint, 0)
        if shape.labelled:
            self._label(text, styles, shape, line)
        if self.cursor is not None:
            x, y = self.cursor[0] * shape.width, self.cursor[1] * shape.height + line
            size = shape.width - 1 if shape.labelled else 2
            styles[y, x : x + size] = styles[y, x] % _INKS + _CURSOR
        lines = slice(shape.upper, shape.upper + text.shape[0])
        columns = slice(shape.left, shape.left + text.shape[1])
        height, width = canvas.characters[lines, columns].shape
        canvas.characters[lines, columns] = text[:height, :width]
        canvas.styles[lines, columns] = styles[:height, :width]

    def _symbols(
        self, field: Field, shape: Geometry
    ) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
        """Symbol and number of style of each cell."""
        return self._states(field, shape) if self.heat == "state" else self._levels(field)

    def _states(
        self, field: Field, shape: Geometry
    ) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
        worst = field.worst
        symbol = _codes(self.glyphs.agent)[worst]
        if not shape.single:
            share = field.alert_share
            quarter = np.clip(np.ceil(share * 4).astype(int) - 1, 0, 3)
            symbol = np.where(share > 0, _codes(self.glyphs.shades)[quarter], symbol)
        return symbol, (worst + 1).astype(np.int32)

    def _levels(self, field: Field) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
        level = np.clip(np.nan_to_num(field.value) * HEAT_STEPS, 0, HEAT_STEPS - 1).astype(int)
        missing = np.isnan(field.value)
        # Low trust is what needs eyes, so its scale runs the other way.
        step = HEAT_STEPS - 1 - level if self.heat == "trust" else level
        style = np.where(missing, _NONE, _HEAT + step).astype(np.int32)
        symbol = _codes(self.glyphs.levels)[level]
        return np.where(missing, np.uint32(ord(self.glyphs.none)), symbol), style

    def _marks(
        self, field: Field, style: NDArray[np.int32]
    ) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
        """Ground truth beside the symbol; a blank of the symbol's own style where there is none."""
        mark = np.full(style.shape, ord(" "), np.uint32)
        mark_style = style.copy()
        if not self.truth:
            return mark, mark_style
        attacked, adversary = field.attacked > 0, field.adversary > 0
        for where, glyph, number in (
            (attacked, self.glyphs.attacked, _ATTACKED),
            (adversary, self.glyphs.adversary, _ADVERSARY),
            (attacked & adversary, self.glyphs.both, _ADVERSARY),
        ):
            mark[where] = ord(glyph)
            mark_style[where] = number
        return mark, mark_style

    def _label(
        self, text: NDArray[np.uint32], styles: NDArray[np.int32], shape: Geometry, line: int
    ) -> None:
        """Id or value beside the symbol of each agent."""
        room = shape.width - 3
        for agent, label in enumerate(self.labels):
            row, column = divmod(agent, self.grid_width)
            x, y = column * shape.width + 2, row * shape.height + line
            text[y, x : x + room] = [ord(c) for c in label[:room].ljust(room)]
            tinted = styles[y, x] >= _TINTED
            styles[y, x : x + room] = _LABEL + (_TINTED if tinted else 0)


def _codes(symbols: tuple[str, ...]) -> NDArray[np.uint32]:
    return np.array([ord(s) for s in symbols], np.uint32)
