"""Every pane can be drawn in any room: a terminal may be made narrow while it is seen."""

from __future__ import annotations

import pytest
from pictures import busy, crowded
from recorded import written
from stage import DashboardStage
from textual.geometry import Size

from tui.panes.pane import Pane
from tui.panes.timeline import TimelinePane
from tui.theme.glyphs import ASCII, UNICODE


@pytest.mark.parametrize(("picture", "glyphs"), [(busy, UNICODE), (crowded, ASCII)])
async def test_every_pane_is_drawn_in_any_room(monkeypatch, picture, glyphs) -> None:
    app = DashboardStage(picture(), glyphs=glyphs, book=written())
    async with app.run_test(size=(120, 40)):
        room = Size(0, 0)
        panes = list(app.dashboard.query(Pane))
        app.dashboard.query_one(TimelinePane).go_to(22)
        with monkeypatch.context() as patch:
            patch.setattr(Pane, "content_size", property(lambda pane: room))
            for room in (Size(w, h) for w in (*range(1, 12), 20, 70) for h in (1, 2, 3, 5, 8, 20)):
                for pane in panes:
                    lines = pane.draw(*room)
                    wide = {strip.cell_length for strip in lines} - {room.width}
                    assert not wide, f"{pane.PANE} in {room}: lines of {wide} cells"
    assert app._exception is None
