"""Every pane can be drawn in any room: a terminal may be made narrow while it is seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pictures import busy, crowded
from recorded import written
from stage import DashboardStage
from textual.geometry import Size

from tui.panes.grid import GridPane
from tui.panes.pane import Pane
from tui.panes.timeline import TimelinePane
from tui.theme.glyphs import ASCII, UNICODE

WIDTHS = (*range(1, 12), 20, 70, 200)
HEIGHTS = (1, 2, 3, 5, 8, 20)


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Size]]:
    """The size that all panes take themselves to have."""
    sizes = [Size(1, 1)]
    with monkeypatch.context() as patch:
        patch.setattr(Pane, "content_size", property(lambda pane: sizes[-1]))
        yield sizes


def fills(pane: Pane, room: list[Size], width: int, height: int) -> bool:
    room.append(Size(width, height))
    return all(strip.cell_length == width for strip in pane.draw(width, height))


@pytest.mark.parametrize(("picture", "glyphs"), [(busy, UNICODE), (crowded, ASCII)])
async def test_every_pane_is_drawn_in_any_room(room, picture, glyphs) -> None:
    app = DashboardStage(picture(), glyphs=glyphs, book=written())
    async with app.run_test(size=(120, 40)):
        app.dashboard.query_one(TimelinePane).go_to(22)
        for pane in app.dashboard.query(Pane):
            for width in WIDTHS:
                for height in HEIGHTS:
                    assert fills(pane, room, width, height), (pane.PANE, width, height)
    assert app._exception is None


@pytest.mark.parametrize("agents", [1, 4, 64, 400, 1000, 10_000])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["halves", "ascii"])
async def test_any_population_is_drawn_in_any_room(room, agents, glyphs) -> None:
    app = DashboardStage(crowded(agents), glyphs=glyphs, book=written())
    async with app.run_test(size=(120, 40)):
        grid = app.dashboard.query_one(GridPane)
        for heat in ("state", "score"):
            grid.heat = heat
            for width in WIDTHS:
                for height in HEIGHTS:
                    assert fills(grid, room, width, height), (heat, width, height)
    assert app._exception is None
