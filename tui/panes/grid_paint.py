"""Paints the population on a canvas: tiles with symbols, or two agents in one character."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.style import Style
from textual.color import Color

from sim.snapshot import AgentState
from tui.panes.grid_legend import Heat
from tui.theme.glyphs import Glyphs
from tui.theme.ink import HEAT_STEPS, Ink
from tui.widgets.canvas import Canvas
from tui.widgets.field import Field, Geometry

Codes = NDArray[np.uint32]
Numbers = NDArray[np.int32]
# What fills a cell: nothing, a state, a step of the heat scale, a selection, ground truth that the
# agent itself has not noticed, a block of which only a part is in alert, and the cursor.
_STATES = 1
_HEAT = _STATES + len(AgentState)
_CHOSEN = _HEAT + HEAT_STEPS
_MISSED, _LIAR = _CHOSEN + 1, _CHOSEN + 2
_PARTLY = _LIAR + 1
_PARTS = (0.15, 0.4, 0.7)
"""How much of the alert's colour fills a block of which up to a quarter, a half, three quarters are
in alert: a few false alarms must not hide where all of them are."""
_MARKED = _PARTLY + len(_PARTS)
FILLS = _MARKED + 1
# How a symbol is drawn on it.
_PLAIN, _MISSES, _ADVERSARY, _LABEL, _CURSOR, _EDGE, _CURSOR_EDGE, _NOTICED = range(8)
_KINDS = 8
_SHARES = {
    AgentState.LEARNING: 0.08,
    AgentState.NORMAL: 0.16,
    AgentState.ALERT: 0.36,
    AgentState.QUARANTINED: 0.36,
    AgentState.STOPPED: 0.36,
}
"""How much of the colour of a state fills its tile: what is calm is quiet."""


def tile_styles(ink: Ink, *, flat: bool) -> list[Style]:
    """Style of each number `fill * 8 + kind` of a tile.

    Args:
        ink: colours by name.
        flat: no tints, for terminals of 16 colours.
    """
    found = []
    for name, ground in _grounds(ink, flat=flat):
        on = ink.at(ground)
        found += [
            on(name, bold=flat and name == "agent-alert"),
            on("truth-attack", bold=True),
            on("truth-adversary", bold=True),
            on("ink-dim"),
            on("foreground", bold=True, reverse=True),
            Style(color=ground.rich_color, bgcolor=ink.background.rich_color),
            Style(color=ink.colour("foreground").rich_color, bgcolor=ink.background.rich_color),
            on("ink-dim"),
        ]
    return found


def half_styles(ink: Ink) -> list[Style]:
    """Style of each number `upper * FILLS + lower` of two agents in one character."""
    colours = [ground.rich_color for _, ground in _grounds(ink, flat=False, strong=True)]
    return [Style(color=upper, bgcolor=lower) for upper in colours for lower in colours]


def _grounds(ink: Ink, *, flat: bool, strong: bool = False) -> list[tuple[str, Color]]:
    """Ink of the symbol and colour of the ground for each fill."""
    back = ink.background
    states = [
        (
            f"agent-{s.name.lower()}",
            back if flat else ink.blend(f"agent-{s.name.lower()}", _share(s, strong)),
        )
        for s in AgentState
    ]
    calm, alert = states[AgentState.NORMAL][1], states[AgentState.ALERT][1]
    chosen = 0.9 if strong else 0.45
    heat = [ink.heat_colour(step) for step in range(HEAT_STEPS)]
    return [
        ("foreground", back),
        *states,
        *(("foreground", back if flat else back.blend(c, 1.0 if strong else 0.6)) for c in heat),
        ("foreground", ink.blend("cursor-tint", 1.0) if flat else ink.blend("steering", chosen)),
        ("truth-attack", ink.blend("truth-attack", 0.8 if strong else 0.3)),
        ("truth-adversary", ink.blend("truth-adversary", 0.8 if strong else 0.3)),
        *((f"agent-{AgentState.ALERT.name.lower()}", calm.blend(alert, part)) for part in _PARTS),
        ("background", ink.colour("foreground")),
    ]


def _share(state: AgentState, strong: bool) -> float:
    share = _SHARES[state]
    return min(1.0, share * 2.0) if strong else share


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
    chosen: NDArray[np.bool_]
    """(rows, columns) cells with agents that are selected."""
    flat: bool
    """No tints, for terminals of 16 colours."""

    def paint(self, canvas: Canvas, field: Field, shape: Geometry) -> None:
        """Paint all cells at once; what does not fit on the canvas is cut."""
        text, styles = self._halves(field, shape) if shape.halves else self._tiles(field, shape)
        lines = slice(shape.upper, shape.upper + text.shape[0])
        columns = slice(shape.left, shape.left + text.shape[1])
        height, width = canvas.characters[lines, columns].shape
        canvas.characters[lines, columns] = text[:height, :width]
        canvas.styles[lines, columns] = styles[:height, :width]

    # -- what fills a cell ---------------------------------------------------------------------

    def _fills(self, field: Field) -> Numbers:
        there = field.agents > 0
        if self.heat == "state":
            fill = _STATES + field.worst
        else:
            step = self._steps(field)
            fill = np.where(np.isnan(field.value), _STATES, _HEAT + step)
        fill = np.where(self.chosen, _CHOSEN, fill)
        return np.where(there, fill, 0).astype(np.int32)

    def _steps(self, field: Field) -> NDArray[np.int64]:
        """Step of the heat scale of each cell, between the least and the greatest value."""
        value = field.value
        known = value[~np.isnan(value)]
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
        spread = max(high - low, 1e-6)
        level = np.clip(np.nan_to_num((value - low) / spread) * HEAT_STEPS, 0, HEAT_STEPS - 1)
        # Low trust is what needs eyes, so its scale runs the other way.
        return (HEAT_STEPS - 1 - level if self.heat == "trust" else level).astype(np.int64)

    # -- two agents in one character -----------------------------------------------------------

    def _halves(self, field: Field, shape: Geometry) -> tuple[Codes, Numbers]:
        fill = self._fills(field)
        if self.heat == "state" and not shape.single:
            quarter = np.ceil(field.alert_share * 4).astype(np.int32) - 1
            partly = (field.worst == AgentState.ALERT) & (quarter < len(_PARTS)) & ~self.chosen
            fill = np.where(partly, _PARTLY + quarter, fill).astype(np.int32)
        if self.truth and self.heat == "state":
            alerts = field.counts[:, :, AgentState.ALERT]
            alert = field.worst == AgentState.ALERT
            calm = (field.worst == AgentState.NORMAL) | (alert & (field.missed > alerts))
            fill = np.where(calm & (field.missed > 0) & ~self.chosen, _MISSED, fill)
            fill = np.where(calm & (field.adversary > 0) & ~self.chosen, _LIAR, fill)
        if self.cursor is not None:  # a symbol would have the colour of what it stands on
            column, row = self.cursor
            fill[row, column] = _MARKED
        if shape.rows % 2:
            fill = np.vstack([fill, np.zeros((1, shape.columns), np.int32)])
        pairs = (fill[0::2] * FILLS + fill[1::2]).repeat(shape.width, 1)
        text = np.full(pairs.shape, ord(self.glyphs.half_block), np.uint32)
        return text, pairs.astype(np.int32)

    # -- tiles ---------------------------------------------------------------------------------

    def _tiles(self, field: Field, shape: Geometry) -> tuple[Codes, Numbers]:
        there = field.agents > 0
        fill = self._fills(field)
        base = (fill * _KINDS).astype(np.int32)
        styles = base.repeat(shape.height, 0).repeat(shape.width, 1)
        text: Codes = np.full(styles.shape, ord(" "), np.uint32)
        line = (shape.height - 1) // 2
        text[line :: shape.height, 0 :: shape.width] = np.where(
            there, self._symbols(field, shape), ord(" ")
        )
        if shape.width > 1:
            mark, kind = self._marks(field)
            text[line :: shape.height, 1 :: shape.width] = np.where(there, mark, ord(" "))
            styles[line :: shape.height, 1 :: shape.width] = base + kind
        if shape.width > 2:  # a gap between neighbours, so that agents can be counted
            styles[:, shape.width - 1 :: shape.width] = 0
        if shape.height > 1 and not self.flat:
            edge = base.repeat(shape.width, 1) + _EDGE
            blank = styles[shape.height - 1 :: shape.height] == 0
            styles[shape.height - 1 :: shape.height] = np.where(blank, 0, edge)
            text[shape.height - 1 :: shape.height] = np.where(
                blank, ord(" "), ord(self.glyphs.half_block)
            )
        if shape.labelled:
            self._label(text, styles, shape, line)
        if self.cursor is not None:
            x, y = self.cursor[0] * shape.width, self.cursor[1] * shape.height
            size = max(shape.width - 1, 1) if shape.width > 2 else shape.width
            area = (slice(y, y + shape.height), slice(x, x + size))
            styles[area] = styles[y, x] // _KINDS * _KINDS + _CURSOR
            edge = text[area] == ord(self.glyphs.half_block)
            styles[area] += np.where(edge, _CURSOR_EDGE - _CURSOR, 0).astype(np.int32)
        return text, styles

    def _symbols(self, field: Field, shape: Geometry) -> Codes:
        if self.heat != "state":
            level = self._steps(field)
            step = HEAT_STEPS - 1 - level if self.heat == "trust" else level
            symbol = _codes(self.glyphs.levels)[step]
            return np.where(np.isnan(field.value), np.uint32(ord(self.glyphs.none)), symbol)
        symbol = _codes(self.glyphs.agent)[field.worst]
        if not shape.single:
            part = field.alert_share
            quarter = np.clip(np.ceil(part * 4).astype(int) - 1, 0, 3)
            symbol = np.where(part > 0, _codes(self.glyphs.shades)[quarter], symbol)
        return symbol

    def _marks(self, field: Field) -> tuple[Codes, Numbers]:
        """Ground truth beside the symbol: loud where an attack is missed, quiet where noticed."""
        mark = np.full(field.worst.shape, ord(" "), np.uint32)
        kind = np.zeros(field.worst.shape, np.int32)
        if not self.truth:
            return mark, kind
        attacked, adversary = field.attacked > 0, field.adversary > 0
        for where, glyph, number in (
            (attacked, self.glyphs.attacked, _NOTICED),
            (field.missed > 0, self.glyphs.attacked, _MISSES),
            (adversary, self.glyphs.adversary, _ADVERSARY),
            (attacked & adversary, self.glyphs.both, _ADVERSARY),
        ):
            mark[where] = ord(glyph)
            kind[where] = number
        return mark, kind

    def _label(self, text: Codes, styles: Numbers, shape: Geometry, line: int) -> None:
        """Id or value beside the symbol of each agent."""
        room = shape.width - 3
        for agent, label in enumerate(self.labels):
            row, column = divmod(agent, self.grid_width)
            x, y = column * shape.width + 2, row * shape.height + line
            text[y, x : x + room] = [ord(c) for c in label[:room].ljust(room)]
            styles[y, x : x + room] = styles[y, x] // _KINDS * _KINDS + _LABEL


def _codes(symbols: tuple[str, ...]) -> Codes:
    return np.array([ord(s) for s in symbols], np.uint32)
