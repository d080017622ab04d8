"""A real app, drawn by both streams: equal cell for cell and style for style after every frame."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from emulator import Terminal, differences
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_app import TEXT, SmallApp
from streams import CAPABILITIES, DEPTHS, rendered
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.pilot import Pilot
from textual.widgets import Static

from tui.terminal.delta.capabilities import Capabilities
from tui.terminal.delta.painter import Painter
from tui.terminal.delta.updates import size_of

Deed = tuple[str, Any]
_sizes = st.tuples(st.integers(8, 70), st.integers(3, 18))
_texts = st.text(TEXT + "👍é\u4e00\u05d0\u0627▁▂█✓ ", max_size=120)
_themes = ["textual-light", "nord", "ansi-dark", "gruvbox"]
_deeds = st.one_of(
    st.tuples(st.just("press"), st.sampled_from(["d", "escape", "pagedown", "end", "up", "n"])),
    st.tuples(st.just("size"), _sizes),
    st.tuples(st.just("text"), _texts),
    st.tuples(st.just("theme"), st.sampled_from(_themes)),
)
SESSIONS = given(
    st.sampled_from(sorted(DEPTHS)), _sizes, st.lists(_deeds, min_size=1, max_size=8), CAPABILITIES
)


class WatchedApp(SmallApp):
    """Feeds every frame to a terminal by either stream, and notes where they differ."""

    def __init__(self, depth: str, size: tuple[int, int], capabilities: Capabilities) -> None:
        super().__init__()
        self.stock, self.delta = Terminal(*size), Terminal(*size)
        self.frames = 0
        self.found: list[object] = []
        self._depth = depth
        self._painter = Painter(DEPTHS[depth], capabilities)

    def _display(self, screen: Any, renderable: Any) -> None:
        if isinstance(renderable, ChopsUpdate | LayoutUpdate) and not self._batch_count:
            self._frame(renderable)
        super()._display(screen, renderable)

    def _frame(self, update: ChopsUpdate | LayoutUpdate) -> None:
        if size := size_of(update):
            for terminal in (self.stock, self.delta):
                terminal.screen.resize(size[1], size[0])
        self.stock.feed("\x1b[?7l" + rendered(update, self._depth))
        self._painter.update(update)
        self.delta.feed(self._painter.take())
        self.frames += 1
        self.found += differences(self.delta, self.stock)[:3]


async def _do(pilot: Pilot[None], deed: Deed) -> None:
    what, value = deed
    if what == "press":
        await pilot.press(value)
    elif what == "size":
        await pilot.resize_terminal(*value)
    elif what == "theme":
        pilot.app.theme = value
    else:
        pilot.app.screen_stack[0].query_one("#count", Static).update(value)
    await pilot.pause()


async def _play(app: WatchedApp, size: tuple[int, int], deeds: list[Deed]) -> None:
    async with app.run_test(size=size) as pilot:
        for deed in deeds:
            await _do(pilot, deed)
            assert not app.found, deed


def _session(
    depth: str, size: tuple[int, int], deeds: list[Deed], capabilities: Capabilities
) -> None:
    app = WatchedApp(depth, size, capabilities)
    asyncio.run(_play(app, size, deeds))
    assert app.frames > 0


_relaxed = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}


@settings(max_examples=5, **_relaxed)
@SESSIONS
def test_an_app_looks_the_same_by_either_stream(
    depth: str, size: tuple[int, int], deeds: list[Deed], capabilities: Capabilities
) -> None:
    _session(depth, size, deeds, capabilities)


@pytest.mark.long
@settings(max_examples=300, **_relaxed)
@SESSIONS
def test_three_hundred_sessions_look_the_same_by_either_stream(
    depth: str, size: tuple[int, int], deeds: list[Deed], capabilities: Capabilities
) -> None:
    _session(depth, size, deeds, capabilities)
