"""What Textual's compositor has to say, taken before it becomes escape sequences.

Textual offers a driver finished sequences only. To take them apart again costs more than it saves,
so the compositor's updates are taken where the app is about to render them. That place is private
to Textual; it is touched in this module alone, and `unsupported` says whether it looks as expected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import version
from inspect import signature
from typing import Any

from rich.console import Console
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.strip import Strip

SUPPORTED = "8.2"
"""The Textual versions that this was written for and is tested with: 8.2.x."""


def unsupported() -> str:
    """Why the updates of this Textual cannot be taken, or an empty text."""
    found = version("textual")
    if found.split(".")[:2] != SUPPORTED.split("."):
        return f"Textual {found} is not {SUPPORTED}.x"
    if list(signature(App._display).parameters) != ["self", "screen", "renderable"]:
        return f"Textual {found} displays updates in another way"
    return ""


class _Taken(CompositorUpdate):
    """An update that was taken already, and so renders as nothing."""

    def __init__(self, taken: Callable[[], None]) -> None:
        self._taken = taken

    def render_segments(self, console: Console) -> str:
        """Tell that it is this frame's turn: the app draws, nothing holds it back."""
        self._taken()
        return ""


def take_updates(app: App[Any], take: Callable[[CompositorUpdate], None]) -> None:
    """From now on hand every update that `app` displays to `take` instead of rendering it.

    The app goes on as always otherwise: it decides whether it may draw, begins and ends a
    synchronised update, places the cursor and flushes the driver.
    """
    display = app._display

    def taking(screen: Any, renderable: Any) -> None:
        if isinstance(renderable, ChopsUpdate | LayoutUpdate):
            update = renderable
            renderable = _Taken(lambda: take(update))
        display(screen, renderable)

    app._display = taking  # type: ignore[method-assign]


def size_of(update: CompositorUpdate) -> tuple[int, int] | None:
    """The screen's size, where an update covers all of it."""
    if isinstance(update, LayoutUpdate):
        return update.region.width, update.region.height
    return None


def pieces(update: CompositorUpdate) -> Iterator[tuple[int, int, Strip, int]]:
    """The parts of an update: row, first column, what is drawn there, and how many cells of it."""
    if isinstance(update, LayoutUpdate):
        for y, strips in enumerate(update.strips, update.region.y):
            x = update.region.x
            for strip in strips:
                yield y, x, strip, strip.cell_length
                x += strip.cell_length
    elif isinstance(update, ChopsUpdate):
        # As its `render_segments` does: a piece is written from its left edge on.
        for y, start, stop in update.spans:
            for end, (x, chop) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if chop is not None and x < stop and end > start:
                    yield y, x, chop, min(end, stop) - x
