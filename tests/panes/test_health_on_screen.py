"""What is scarce is on screen: in the status line, among the errors, beside the performance."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pictures import busy
from stage import PaneStage, text_of

from sim.snapshot import HealthView, Snapshot
from tui.panes.engine import EnginePane
from tui.panes.errors import ErrorsPane
from tui.panes.pane import Pane
from tui.panes.status import StatusPane
from tui.theme.glyphs import ASCII, UNICODE

WELL = tuple(
    HealthView(name, True, 10, 100, "", 1, "10 of at most 100")
    for name in ("memory", "disk", "files", "connections", "threads")
)
SCARCE = (
    HealthView("memory", False, 300, 200, "bytes", 7, "300 MiB of at most 200 MiB", "cache halved"),
    *WELL[1:],
)
METRICS = {
    "decsim_steps_total": 1204.0,
    "decsim_step_seconds": 0.025,
    "decsim_consensus_ratio": 0.834,
    "decsim_verdicts_total{accepted}": 41.0,
    "decsim_cache_hit_ratio": float("nan"),
    "decsim_ledger_query_seconds_total": 0.0242,
    "decsim_phase_seconds_total{vote}": 9.0,
    "decsim_errors_total{evil\x1b[31m}": 3.0,
}


async def drawn(pane: Pane, snapshot: Snapshot, size: tuple[int, int] = (100, 40)) -> str:
    async with PaneStage(pane, snapshot).run_test(size=size):
        return "\n".join(text_of(pane))


async def test_a_healthy_run_takes_one_line_and_no_attention() -> None:
    shot = replace(busy(), health=WELL)
    assert "memory disk files connections threads" in await drawn(EnginePane(), shot)
    assert "scarce" not in await drawn(ErrorsPane(), shot)


async def test_what_is_scarce_is_said_in_three_places() -> None:
    shot = replace(busy(), health=SCARCE)
    assert "✕ 13" in await drawn(StatusPane(), shot), "counted with the errors"
    assert "memory 300 MiB of at most 200 MiB" in await drawn(EnginePane(), shot)
    errors = await drawn(ErrorsPane(), shot)
    assert "scarce now" in errors
    assert "300 MiB of at most 200 MiB; cache halved" in errors
    assert "s7" in errors


async def test_a_hanging_step_takes_the_place_of_the_pace() -> None:
    hangs = HealthView("step", False, 72.4, 60, "s", 7, "72 s of at most 60 s")
    shot = replace(busy(), health=(*WELL, hangs))
    assert "hangs 72 s" in await drawn(StatusPane(), shot)
    errors = await drawn(ErrorsPane(), shot)
    assert "72 s of at most 60 s" in errors and "60 s;" not in errors


@pytest.mark.parametrize("size", [(46, 14), (60, 26)])
async def test_scarcity_is_within_reach_in_a_small_pane(size: tuple[int, int]) -> None:
    pane = EnginePane()
    async with PaneStage(pane, replace(busy(), health=SCARCE)).run_test(size=size) as pilot:
        await pilot.press("end")
        assert "300 MiB of at most" in "".join(text_of(pane))


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
async def test_a_large_pane_lists_the_metrics(glyphs) -> None:
    text = await drawn(EnginePane(glyphs), replace(busy(), metrics=METRICS, health=WELL))
    lines = text.splitlines()
    row = next(line for line in lines if line.startswith("steps "))
    assert row.split()[:2] == ["steps", "1.2k"]
    assert "verdicts accepted" in text and "consensus ratio" in text and "83 %" in text
    assert "24.2 ms" in text
    assert "phase seconds" not in text
    assert "\x1b" not in text
    if glyphs is ASCII:
        assert text.isascii()


async def test_a_small_pane_has_no_room_for_metrics() -> None:
    shot = replace(busy(), metrics=METRICS)
    assert "consensus ratio" not in await drawn(EnginePane(), shot, (60, 18))
