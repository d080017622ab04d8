"""A part of a row is replaced as a terminal does it: a glyph that is cut in two is blanked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.terminal.delta.cells import CONTINUED
from tui.terminal.delta.rows import Rows

WIDTH = 9
WIDE, WIDER = chr(ord(CONTINUED) + 1), chr(ord(CONTINUED) + 2)
GLYPHS = {" ": " ", "a": "a", "W": WIDE + CONTINUED, "X": WIDER + CONTINUED * 2}
texts = st.lists(st.sampled_from(sorted(GLYPHS)), min_size=1, max_size=5)


Model = list[tuple[str, int]]
"""Of each cell its glyph, and which of its cells it is."""


def replaced(row: Model, x: int, glyphs: list[str]) -> Model:
    """The same, cell by cell: whoever loses a cell loses them all."""
    row = list(row)
    new = [(glyph, place) for glyph in glyphs for place in range(len(GLYPHS[glyph]))]
    for cell in range(x, x + len(new)):
        glyph, place = row[cell]
        for part in range(len(GLYPHS[glyph])):
            row[cell - place + part] = " ", 0
    row[x : x + len(new)] = new
    return row


def cells_of(row: list[tuple[str, int]]) -> str:
    return "".join(GLYPHS[glyph][place] for glyph, place in row)


@given(st.lists(st.tuples(st.integers(0, WIDTH - 1), texts), min_size=1, max_size=8))
def test_whole_glyphs_are_put_over_others(puts) -> None:
    rows, model = Rows(WIDTH, 1), [(" ", 0)] * WIDTH
    for x, glyphs in puts:
        cells = "".join(GLYPHS[glyph] for glyph in glyphs)
        if x + len(cells) > WIDTH:
            continue
        before = rows.cells[0]
        model = replaced(model, x, glyphs)
        assert rows.put(0, x, cells, "p" * len(cells)) or cells_of(model) == before
        assert rows.cells[0] == cells_of(model)
        assert rows.pens[0][x : x + len(cells)] == "p" * len(cells)


@given(st.integers(0, WIDTH - 2), texts, st.integers(1, 2))
def test_half_a_glyph_that_is_put_is_a_blank(x, glyphs, cut) -> None:
    """What comes begins in the middle of a glyph, as behind a widget that covers its beginning."""
    cells = (CONTINUED * cut + "".join(GLYPHS[glyph] for glyph in glyphs))[: WIDTH - x]
    rows = Rows(WIDTH, 1, "z")
    assert rows.put(0, x, cells, "p" * len(cells))
    blank = min(cut, len(cells))
    assert rows.cells[0] == "z" * x + " " * blank + cells[blank:] + "z" * (WIDTH - x - len(cells))


def test_halves_at_the_edges() -> None:
    """One cell over each cell of a wide glyph at either end of a row."""
    for place, cut in ((0, 0), (0, 1), (WIDTH - 2, 0), (WIDTH - 2, 1)):
        rows = Rows(WIDTH, 1)
        rows.put(0, place, WIDE + CONTINUED, "pp")
        assert rows.put(0, place + cut, "a", "q")
        assert rows.cells[0] == f"{'a':>{place + cut + 1}}".ljust(WIDTH)
    rows = Rows(WIDTH, 1)
    rows.put(0, 3, WIDE + CONTINUED, "pp")
    assert not rows.put(0, 3, WIDE + CONTINUED, "pp"), "nothing is different"
    assert rows.put(0, 3, WIDE + CONTINUED, "qq"), "another pen"
