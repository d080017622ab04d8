"""The quality tab: what flags, by cause, against ground truth that agents never see."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pictures import busy, empty
from stage import DashboardStage, PaneStage, text_of

from sim.snapshot import Quality, Snapshot
from tui.panes.quality import QualityPane
from tui.theme.glyphs import ASCII, UNICODE, Glyphs


async def drawn(
    snapshot: Snapshot, size: tuple[int, int] = (120, 12), glyphs: Glyphs = UNICODE
) -> list[str]:
    pane = QualityPane(glyphs)
    async with PaneStage(pane, snapshot).run_test(size=size):
        return [*text_of(pane), str(pane.border_subtitle or "")]


def row_with(lines: list[str], word: str) -> str:
    return next(line for line in lines if word in line)


async def test_what_signatures_flag_is_apart_from_what_peers_flag() -> None:
    lines = await drawn(busy())
    heads = row_with(lines, "flagged by").split()[2:]
    assert heads == ["prec.", "recall", "F1", "false", "+", "F1", "lately"]
    assert row_with(lines, "own model").split()[3:9] == [".89", ".70", ".78", "0.15", "%", ".78"]
    assert row_with(lines, "second opinion").split()[3:8] == [".91", ".81", ".86", "0.14", "%"]
    assert row_with(lines, "by signatures  ").split()[3:8] == ["1.00", ".60", ".75", "0.00", "%"]
    assert row_with(lines, "collective  ").split()[2:7] == [".96", ".92", ".94", "0.07", "%"]


async def test_first_contact_protection_and_acceptance_stand_beside_or_below() -> None:
    words = (
        "own 31 % · signatures 60 % · collective 73 %",
        "4 of 5 kinds · in 3.5 steps · 72 % not reached",
        "attack 94 % · false alarm 8 % · poison 3 %",
    )
    beside, below = await drawn(busy()), await drawn(busy(), (68, 14))
    for said in words:
        assert said in row_with(beside, said), "not cut"
        assert said in row_with(below, said)
    assert "own 31 %" in row_with(beside, "own model") and "own 31" not in row_with(below, "own m")
    assert "1st contact 73 % · signatures 60 % · 4 of 5 kinds accepted" in beside[-1]


@pytest.mark.parametrize("width", [40, 46, 78, 100, 120, 200])
async def test_no_number_is_cut(width: int) -> None:
    lines = await drawn(busy(), (width, 14))
    for name, figures in (("own model", (".89", ".70", ".78")), ("collective  ", (".96", ".94"))):
        place = lines.index(row_with(lines, name))
        # Where it is too narrow for all of them, names stand over their figures.
        line = " ".join(lines[place : place + 1 + (width < 50)]).split()
        assert all(figure in line for figure in figures), line


async def test_before_the_first_attack_and_without_labels() -> None:
    calm = await drawn(replace(busy(), quality=Quality(labelled=True)))
    assert row_with(calm, "own model").split()[3:7] == ["–", "–", "–", "–"]
    assert "no attack yet" in row_with(calm, "protection")
    assert "No step done" in "".join(await drawn(replace(empty(), quality=Quality())))
    assert "no labels" in "".join(await drawn(replace(empty(), quality=Quality(), step=1)))
    assert "".join(await drawn(busy(), glyphs=ASCII)).isascii()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_looks(snap_compare, size) -> None:
    app = DashboardStage(busy())

    async def choose(pilot) -> None:
        app.dashboard.focus_named("quality")
        await pilot.pause()
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=choose)
