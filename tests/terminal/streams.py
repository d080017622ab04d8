"""Textual's own stream, and what varies between terminals."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import strategies as st
from rich.color import Color, ColorSystem
from rich.console import Console
from textual._compositor import ChopsUpdate, LayoutUpdate

from tui.terminal.delta.capabilities import Capabilities
from tui.terminal.delta.palette import nearest

DEPTHS = {
    "truecolor": ColorSystem.TRUECOLOR,
    "256": ColorSystem.EIGHT_BIT,
    "standard": ColorSystem.STANDARD,
}
CAPABILITIES = st.builds(Capabilities, *[st.booleans()] * 4)


_downgrade = Color.downgrade


def _nearest(colour: Color, system: ColorSystem) -> Color:
    """Where Rich would make lavender of a grey; what is compared is the stream."""
    if system is ColorSystem.EIGHT_BIT and colour.triplet is not None:
        return Color.from_ansi(nearest(colour.triplet))
    return _downgrade(colour, system)


def rendered(update: ChopsUpdate | LayoutUpdate, depth: str) -> str:
    """As Textual writes it. Strips and styles remember how they were written in another depth."""
    strips = (
        [strip for line in update.strips for strip in line]
        if isinstance(update, LayoutUpdate)
        else [strip for line in update.chops for strip in line.values()]
    )
    for strip in filter(None, strips):
        strip._render_cache = None
        for segment in strip:
            if segment.style is not None:
                segment.style._ansi = None
    console = Console(color_system=depth, force_terminal=True)
    with patch.object(Color, "downgrade", _nearest):
        return update.render_segments(console).replace("\n", "\r\n")
