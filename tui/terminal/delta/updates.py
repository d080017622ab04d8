"""What Textual's compositor has to say, taken before it becomes escape sequences.

Textual offers a driver finished sequences only. To take them apart again costs more than it saves,
so the compositor's updates are taken where the app is about to render them. That place is private
to Textual; it is touched here and in `dirty` alone, and `unsupported` says whether it looks as
expected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import version
from inspect import signature
from typing import Any, TypeAlias

from rich.console import Console
from textual._compositor import ChopsUpdate, Compositor, CompositorUpdate, LayoutUpdate
from textual.app import App

from tui.terminal.delta.dirty import DirtyParts, Parts, Piece

Update: TypeAlias = LayoutUpdate | Parts
"""A whole screen, or parts of it."""
SUPPORTED = "8.2"
"""The Textual versions that this was written for and is tested with: 8.2.x."""


def unsupported() -> str:
    """Why the updates of this Textual cannot be taken, or an empty text."""
    found = version("textual")
    if found.split(".")[:2] != SUPPORTED.split("."):
        return f"Textual {found} is not {SUPPORTED}.x"
    if list(signature(App._display).parameters) != ["self", "screen", "renderable"]:
        return f"Textual {found} displays updates in another way"
    known = hasattr(Compositor, "visible_widgets") and hasattr(Compositor(), "_dirty_regions")
    if not known or list(signature(Compositor.render_partial_update).parameters) != ["self"]:
        return f"Textual {found} composes updates in another way"
    return ""


class _Taken(CompositorUpdate):
    """An update that was taken already, and so renders as nothing."""

    def __init__(self, taken: Callable[[], None]) -> None:
        self._taken = taken

    def render_segments(self, console: Console) -> str:
        """Tell that it is this frame's turn: the app draws, nothing holds it back."""
        self._taken()
        return ""


def take_updates(app: App[Any], take: Callable[[Update], None]) -> None:
    """From now on hand every update that `app` displays to `take` instead of rendering it.

    The app goes on as always otherwise: it decides whether it may draw, begins and ends a
    synchronised update, places the cursor and flushes the driver.
    """
    display = app._display

    def taking(screen: Any, renderable: Any) -> None:
        compositor = screen._compositor
        if not isinstance(compositor.render_partial_update, DirtyParts):
            compositor.render_partial_update = DirtyParts(compositor)
            if isinstance(renderable, ChopsUpdate):  # the last that comes from this screen
                renderable = compositor.render_full_update()
        if isinstance(renderable, LayoutUpdate | Parts):
            update = renderable
            renderable = _Taken(lambda: take(update))
        display(screen, renderable)

    app._display = taking  # type: ignore[method-assign]


def size_of(update: Update) -> tuple[int, int] | None:
    """The screen's size, where an update covers all of it."""
    if isinstance(update, LayoutUpdate):
        return update.region.width, update.region.height
    return None


def pieces(update: Update) -> Iterator[Piece]:
    """The parts of an update, line by line."""
    if isinstance(update, Parts):
        yield from update.pieces
        return
    for y, strips in enumerate(update.strips, update.region.y):
        x = update.region.x
        for strip in strips:
            yield y, x, strip, 0, strip.cell_length
            x += strip.cell_length
