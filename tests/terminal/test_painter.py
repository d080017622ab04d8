"""The delta stream shows what Textual's own stream shows, cell for cell and style for style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emulator import Terminal, differences
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from streams import CAPABILITIES, DEPTHS, rendered
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tui.terminal.delta.capabilities import Capabilities
from tui.terminal.delta.dirty import Parts
from tui.terminal.delta.painter import Painter
from tui.terminal.delta.updates import Update

_CHARS = "ab 19─│●▲漢語かé🙂🚀שלוםابعñ✓│   ─────"
_styles = st.builds(
    Style,
    color=st.sampled_from([None, "red", "#123456", "#ffcc00", "color(200)"]),
    bgcolor=st.sampled_from([None, "blue", "#101418", "#202428"]),
    bold=st.sampled_from([None, True]),
    dim=st.sampled_from([None, True]),
    underline=st.sampled_from([None, None, True]),
    reverse=st.sampled_from([None, None, True]),
)
_segments = st.lists(
    st.builds(
        lambda text, style: Segment(text, style),
        st.text(_CHARS, min_size=1, max_size=12),
        st.none() | _styles,
    ),
    max_size=5,
)


@dataclass
class Session:
    """What a program draws: sizes, and for each frame the rows that it draws anew."""

    depth: str
    frames: list[tuple[tuple[int, int], list[tuple[int, int, list[Segment]]], int]]


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    size = draw(st.tuples(st.integers(4, 24), st.integers(2, 7)))
    frames = []
    for _ in range(draw(st.integers(1, 6))):
        if draw(st.integers(0, 5)) == 0:
            size = draw(st.tuples(st.integers(4, 24), st.integers(2, 7)))
        place = st.tuples(st.integers(0, size[1] - 1), st.integers(0, size[0] - 1), _segments)
        moved = draw(st.sampled_from([0, 0, 0, 1, -1, 2]))
        frames.append((size, draw(st.lists(place, min_size=1, max_size=6)), moved))
    return Session(draw(st.sampled_from(sorted(DEPTHS))), frames)


class Program:
    """Rows of strips, changed piece by piece as widgets would."""

    def __init__(self) -> None:
        self._size = (0, 0)
        self._rows: list[Strip] = []
        self._frames = 0

    def frame(
        self, size: tuple[int, int], places: Sequence[tuple[int, int, list[Segment]]], moved: int
    ) -> tuple[ChopsUpdate | LayoutUpdate, Update]:
        """The next frame, as Textual writes it and as it is taken."""
        width, height = size
        whole = size != self._size
        if whole:
            self._size, self._rows = size, [Strip.blank(width, Style())] * height
        elif moved:
            self._rows = self._rows[moved:] + self._rows[:moved]
        for y, x, segments in places:
            piece = Strip(segments).crop(0, width - x)
            row = self._rows[y]
            rest = row.crop(x + piece.cell_length, width)
            self._rows[y] = Strip.join([row.crop(0, x), piece, rest])
        if whole or moved:
            update = LayoutUpdate([[row] for row in self._rows], Region(0, 0, width, height))
            return update, update
        self._frames += 1
        middle = 1 + self._frames * 5 % (width - 1)  # widgets move, and so do their edges
        changed = sorted({y for y, _, _ in places})
        return self._chops(changed, middle), self._parts(changed, middle)

    def _chops(self, changed: list[int], middle: int) -> ChopsUpdate:
        width, height = self._size
        halves = [row.divide([middle, width]) for row in self._rows]
        chops = [{0: left, middle: right} for left, right in halves]
        spans = [(y, 0, width) for y in changed]
        return ChopsUpdate(chops, spans, [[middle, width]] * height)

    def _parts(self, changed: list[int], middle: int) -> Parts:
        """Two parts of whole lines: as if something stood in front of them, but for its cells."""
        ends = (0, middle), (middle, self._size[0])
        return Parts([(y, 0, self._rows[y], *part) for y in changed for part in ends])


@settings(max_examples=300, deadline=None)
@given(sessions(), CAPABILITIES, st.tuples(st.integers(-2, 25), st.integers(-2, 8)))
def test_both_streams_show_the_same_after_every_frame(
    session: Session, capabilities: Capabilities, cursor: tuple[int, int]
) -> None:
    program, painter = Program(), Painter(DEPTHS[session.depth], capabilities)
    stock, delta = Terminal(2, 2), Terminal(2, 2)
    for size, places, moved in session.frames:
        for terminal in (stock, delta):
            terminal.screen.resize(size[1], size[0])
        written, update = program.frame(size, places, moved)
        stock.feed("\x1b[?7l" + rendered(written, session.depth))
        painter.update(update)
        delta.feed(painter.take() + painter.place_cursor(*cursor))
        assert not differences(delta, stock)
        assert not painter.pending
        assert painter.take() == ""


@settings(max_examples=150, deadline=None)
@given(sessions(), CAPABILITIES, st.lists(st.integers(1, 60), min_size=1))
def test_frames_in_parts_end_where_whole_frames_end(
    session: Session, capabilities: Capabilities, budgets: list[int]
) -> None:
    program, painter = Program(), Painter(DEPTHS[session.depth], capabilities)
    stock, delta = Terminal(2, 2), Terminal(2, 2)
    for number, (size, places, moved) in enumerate(session.frames):
        for terminal in (stock, delta):
            terminal.screen.resize(size[1], size[0])
        written, update = program.frame(size, places, moved)
        stock.feed("\x1b[?7l" + rendered(written, session.depth))
        painter.urgent |= {y for y in painter.update(update) if y % 2}
        delta.feed(painter.take(budgets[number % len(budgets)]))
    parts = 0
    while painter.pending:
        delta.feed(painter.take(40))
        parts += 1
        assert parts < 1000, "never done"
    assert not differences(delta, stock)


def test_what_follows_a_glyph_of_doubtful_width_stands_where_it_belongs() -> None:
    # Six cells for this terminal, two for us.
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    program, painter = Program(), Painter(DEPTHS["truecolor"], Capabilities())
    terminal = Terminal(12, 2)
    for text in (f"{family}abcdefg", f"x{family}cdefgh"):
        painter.update(program.frame((12, 2), [(0, 0, [Segment(text)])], 0)[1])
        terminal.feed(painter.take())
        cells = [terminal.screen.buffer[0][x].data for x in range(12)]
        assert "".join(cells[3:8]) == text.replace(family, "..")[3:8]


def test_an_unchanged_row_costs_nothing_and_a_changed_cell_little() -> None:
    program, painter = Program(), Painter(DEPTHS["truecolor"], Capabilities())
    painter.update(program.frame((20, 3), [(1, 0, [Segment("value 10")])], 0)[1])
    painter.take()
    for text, most in (("value 10", 0), ("value 11", 8)):
        painter.update(program.frame((20, 3), [(1, 0, [Segment(text)])], 0)[1])
        assert len(painter.take()) <= most


def test_the_nearer_of_two_places_is_drawn_first() -> None:
    """Straight down and from there far to the right, not far to the right and back."""
    program, painter = Program(), Painter(DEPTHS["truecolor"], Capabilities())
    for step in range(3):
        places = [
            (0, 2, [Segment("x" if step else ".")]),
            (1, 20, [Segment("x" if step > 1 else ".")]),
            (2, 3, [Segment("x" if step > 1 else ".")]),
        ]
        painter.update(program.frame((24, 3), places, 0)[1])
        seen = painter.take()
    assert seen == "\n\nx\x1b[2;21Hx"
