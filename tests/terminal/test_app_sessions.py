"""A real app, drawn by both streams: equal cell for cell and style for style after every frame."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from emulator import Terminal, differences
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from small_app import TEXT, SmallApp
from streams import CAPABILITIES, DEPTHS, rendered
from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
from textual.app import ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from tui.terminal.delta.capabilities import Capabilities
from tui.terminal.delta.dirty import DirtyParts, Parts
from tui.terminal.delta.painter import Painter
from tui.terminal.delta.updates import Update, size_of

Deed = tuple[str, Any]
_sizes = st.tuples(st.integers(8, 70), st.integers(3, 18))
_texts = st.text(TEXT + "👍é\u4e00\u05d0\u0627▁▂█✓ ", max_size=120)
_themes = ["textual-light", "nord", "ansi-dark", "gruvbox"]
_deeds = st.one_of(
    st.tuples(st.just("press"), st.sampled_from(["d", "escape", "pagedown", "end", "up", "n"])),
    st.tuples(st.just("size"), _sizes),
    st.tuples(st.just("text"), _texts),
    st.tuples(st.just("theme"), st.sampled_from(_themes)),
    st.tuples(st.just("float"), st.tuples(*[st.integers(-2, 12)] * 2, *[st.integers(1, 9)] * 2)),
    st.tuples(st.just("tick"), st.lists(st.tuples(*[st.integers(0, 9)] * 4), max_size=3)),
)
SESSIONS = given(
    st.sampled_from(sorted(DEPTHS)), _sizes, st.lists(_deeds, min_size=1, max_size=8), CAPABILITIES
)


class Ticker(Widget):
    """Letters and wide glyphs that change in the parts that are dirty, and nowhere else."""

    DEFAULT_CSS = "Ticker { width: 14; height: 8; border: round red; }"

    def __init__(self) -> None:
        super().__init__()
        self._ticks = Counter[tuple[int, int]]()

    def tick(self, region: Region) -> None:
        """Go on in a part; a glyph has two columns, and is dirty whole, else Textual halves it."""
        x, right = region.x // 2 * 2, -(-region.right // 2) * 2
        part = self.content_size.region.intersection(Region(x, region.y, right - x, region.height))
        self._ticks.update(
            (column // 2, y) for y in part.line_range for column in part.column_range
        )
        self.refresh(part)

    def render_line(self, y: int) -> Strip:
        texts = ("ab", "漢", "🙂", "é1")
        segments = [
            Segment(texts[(ticks // 2 + pair) % 4], Style(bold=ticks % 4 > 1))
            for pair, ticks in enumerate(self._ticks[pair, y] for pair in range(10))
        ]
        return Strip(segments).crop(0, self.content_size.width)


class WatchedApp(SmallApp):
    """Feeds every frame to a terminal by either stream, and notes where they differ."""

    CSS = (
        SmallApp.CSS
        + "Screen { layers: below above; } .float { layer: above; position: absolute; }"
    )

    def __init__(self, depth: str, size: tuple[int, int], capabilities: Capabilities) -> None:
        super().__init__()
        self.stock, self.delta = Terminal(*size), Terminal(*size)
        self.frames = self.parts = 0
        self.found: list[object] = []
        self._depth = depth
        self._painter = Painter(DEPTHS[depth], capabilities)
        self._taken: Parts | None = None

    def compose(self) -> ComposeResult:
        yield Ticker()
        yield from super().compose()

    def _display(self, screen: Any, renderable: Any) -> None:
        self._watch(screen._compositor)
        if isinstance(renderable, ChopsUpdate):
            self._frame(renderable, self._taken or screen._compositor.render_full_update())
            self._taken = None
        elif isinstance(renderable, LayoutUpdate) and not self._batch_count:
            self._frame(renderable, renderable)
        super()._display(screen, renderable)

    def _watch(self, compositor: Any) -> None:
        """From now on this compositor makes either update of what is dirty."""
        if "render_partial_update" in vars(compositor):
            return
        dirty_parts = DirtyParts(compositor)

        def both() -> ChopsUpdate | None:
            dirty = compositor._dirty_regions.copy()
            self._taken = dirty_parts()
            assert not compositor._dirty_regions
            compositor._dirty_regions.update(dirty)
            return Compositor.render_partial_update(compositor)

        compositor.render_partial_update = both

    def _frame(self, stock: ChopsUpdate | LayoutUpdate, taken: Update) -> None:
        if size := size_of(taken):
            for terminal in (self.stock, self.delta):
                terminal.screen.resize(size[1], size[0])
        self.stock.feed("\x1b[?7l" + rendered(stock, self._depth))
        self._painter.update(taken)
        self.delta.feed(self._painter.take())
        self.frames += 1
        self.parts += isinstance(taken, Parts)
        self.found += differences(self.delta, self.stock)[:3]


async def _do(pilot: Pilot[None], deed: Deed) -> None:
    what, value = deed
    if what == "press":
        await pilot.press(value)
    elif what == "size":
        await pilot.resize_terminal(*value)
    elif what == "theme":
        pilot.app.theme = value
    elif what == "float":
        x, y, width, height = value
        # Textual cuts lines also at the edges of what is behind them: no glyph may stand there.
        floating = Static("narrow é ñ ● " * 3, classes="float")
        floating.styles.offset = x, y
        floating.styles.width, floating.styles.height = width, height
        await pilot.app.screen_stack[0].mount(floating)
    elif what == "tick":
        for x, y, width, height in value:
            part = Region(x, y, width + 1, height + 1)
            pilot.app.screen_stack[0].query_one(Ticker).tick(part)
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


def test_parts_are_drawn_by_what_is_in_front_of_them() -> None:
    """The count runs under three floating widgets, lines of another one are drawn anew."""
    app, size = WatchedApp("truecolor", (40, 12), Capabilities()), (40, 12)
    floats = [("float", place) for place in [(22, 1, 5, 3), (24, 2, 9, 4), (-1, 3, 4, 2)]]
    ticks = [("tick", [(0, y, 3, 0), (y, 2, 9, 1)]) for y in range(6)]
    asyncio.run(_play(app, size, [*floats, ("text", "漢字" * 60), *ticks]))
    assert app.parts >= len(ticks)


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
