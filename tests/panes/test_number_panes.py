"""Performance, quality and the status line: every number traced to the snapshot."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pictures import busy, empty, faulted, learning, unlabelled
from stage import PaneStage, text_of

from sim.snapshot import Confusion, Performance, Quality, RunState, Snapshot
from tui.panes.pane import Pane
from tui.panes.performance import PerformancePane
from tui.panes.quality import QualityPane
from tui.panes.status import StatusPane
from tui.theme.glyphs import ASCII


async def drawn(pane: Pane, snapshot: Snapshot, size=(60, 26)) -> list[str]:
    async with PaneStage(pane, snapshot).run_test(size=size):
        return [*text_of(pane), pane.border_subtitle or ""]


def row_with(lines: list[str], word: str) -> str:
    return next(line for line in lines if word in line)


# Cache and performance


async def test_performance_shows_cache_pace_and_cost() -> None:
    lines = await drawn(PerformancePane(), busy())
    done = busy().performance
    assert f"{done.hit_rates[-1] * 100:.0f} %" in row_with(lines, "hit rate")
    assert "812k hit  148k miss  3.02k stale" in "".join(lines)
    assert "18.2k/20k kept  1.2k evicted" in "".join(lines)
    assert f"{done.step_seconds[-1] * 1e3:.1f} ms" in row_with(lines, "step ")
    assert "6,156,800 flows scored" in "".join(lines)
    assert "86 % of queries cached  2/4 readers" in "".join(lines)
    assert "412 MiB memory  wal" in "".join(lines)
    assert "38.2 steps/s, threads × 2" in lines[-1]


@pytest.mark.parametrize("size", [(60, 26), (46, 14)])
async def test_each_phase_has_its_time(size) -> None:
    text = " ".join(await drawn(PerformancePane(), busy(), size))
    for name, time in busy().performance.phases:
        place = text.index(f"{name} ")
        shown = f"{time * 1e3:.1f} ms" if time >= 1e-3 else f"{time * 1e6:.0f} µs"
        assert shown in text[place : place + 70]


async def test_the_longest_phase_has_the_longest_bar() -> None:
    lines = await drawn(PerformancePane(), busy())
    lengths = {name: row_with(lines, name).count("━") for name, _ in busy().performance.phases}
    assert max(lengths, key=lambda n: lengths[n]) == "detect"
    assert lengths["observe"] == pytest.approx(lengths["detect"] * 4.2 / 9.1, abs=1)


async def test_a_cache_that_is_off_says_so() -> None:
    off = replace(busy().performance, capacity=0)
    assert "the cache is off" in "".join(
        await drawn(PerformancePane(), replace(busy(), performance=off))
    )


async def test_performance_before_the_first_step() -> None:
    assert "No step done yet" in "".join(await drawn(PerformancePane(), empty()))


async def test_a_run_without_lookups_has_no_hit_rate() -> None:
    assert "–" in row_with(await drawn(PerformancePane(), learning()), "hit rate")


async def test_charts_use_the_room_that_there_is() -> None:
    small = await drawn(PerformancePane(), busy(), (60, 14))
    large = await drawn(PerformancePane(), busy(), (60, 34))
    blocks = set("▁▂▃▄▅▆▇█")
    assert sum(bool(blocks & set(line)) for line in small) == 2
    assert sum(bool(blocks & set(line)) for line in large) == 12


async def test_a_pane_that_is_too_long_scrolls() -> None:
    pane = PerformancePane()
    async with PaneStage(pane, busy()).run_test(size=(60, 8)) as pilot:
        assert "memory" not in "".join(text_of(pane))
        await pilot.press("end")
        assert "memory" in "".join(text_of(pane))
        await pilot.press("home")
        assert "hit rate" in text_of(pane)[0]
        await pilot.press("end")
        pane.snapshot = replace(busy(), performance=Performance())
        await pilot.pause()
        assert "No step done yet" in "".join(text_of(pane))


# Detection quality


async def test_quality_compares_solo_and_collective() -> None:
    lines = await drawn(QualityPane(), busy())
    quality = busy().quality
    for label, name in (("precision", "precision"), ("recall", "recall"), ("F1 ", "f1")):
        shown = [float(word.rstrip("%")) for word in row_with(lines, label).split()[1:]]
        columns = (
            quality.solo_recent,
            quality.collective_recent,
            quality.solo,
            quality.collective,
        )
        assert shown == [round(getattr(c, name) * 100) for c in columns]
    assert "0.15%" in row_with(lines, "false pos")


async def test_quality_shows_what_was_accepted_of_each_truth() -> None:
    lines = await drawn(QualityPane(), busy())
    assert "790/841  94%" in row_with(lines, "attack")
    assert "19/243   8%" in row_with(lines, "false alarm")
    assert "3/114   3%" in row_with(lines, "poison")
    attack, poison = (row_with(lines, w).count("━") for w in ("attack", "poison"))
    assert attack > 10 * max(poison, 1)


async def test_quality_without_decisions_or_flags_invents_nothing() -> None:
    snapshot = replace(busy(), quality=Quality(labelled=True, solo=Confusion(tn=5)))
    lines = await drawn(QualityPane(), snapshot)
    assert row_with(lines, "precision").split()[1:] == ["–"] * 4
    assert row_with(lines, "false pos").split()[2:] == ["–", "–", "0.00%", "–"]
    assert "none yet" in row_with(lines, "poison")


async def test_traffic_without_labels_says_so() -> None:
    assert "This traffic has no labels" in "".join(await drawn(QualityPane(), unlabelled()))
    assert "appear here" in "".join(await drawn(QualityPane(), empty()))


@pytest.mark.parametrize("kind", [PerformancePane, QualityPane, StatusPane])
async def test_number_panes_are_ascii_when_asked(kind) -> None:
    assert "".join(await drawn(kind(ASCII), faulted())).isascii()


@pytest.mark.parametrize("kind", [PerformancePane, QualityPane])
@pytest.mark.parametrize("size", [(24, 5), (46, 14), (120, 40)])
async def test_lines_are_exactly_as_wide_as_the_pane(kind, size) -> None:
    pane = kind()
    async with PaneStage(pane, busy()).run_test(size=size):
        widths = {pane.render_line(y).cell_length for y in range(pane.content_size.height)}
        assert widths == {pane.content_size.width}


# Status line


async def test_status_shows_the_run() -> None:
    (line, _) = await drawn(StatusPane(), busy(), (160, 10))
    for words in (
        "▶ RUNNING",
        "step 481",
        "seed 1",
        "siege",
        "400 agents",
        "threads×2",
        "38.2 steps/s",
        "2 attacks",
        "12 errors",
        "u undoes consensus.quorum 0.6 → 0.7",
    ):
        assert words in line


async def test_status_gives_up_the_light_before_the_weighty() -> None:
    (line, _) = await drawn(StatusPane(), busy(), (60, 10))
    assert "RUNNING" in line
    assert "step 481" in line
    assert "12 errors" in line
    assert "seed" not in line


async def test_a_fault_cannot_be_overlooked() -> None:
    pane = StatusPane()
    async with PaneStage(pane, busy()).run_test(size=(80, 10)) as pilot:
        assert pane.size.height == 1
        pane.snapshot = faulted()
        await pilot.pause()
        line, banner = text_of(pane)
        assert "▲ FAULT" in line
        assert "the disk is full; free some space, then resume" in banner
        assert {s.style.reverse for s in pane.render_line(1)} == {True}
        pane.snapshot = busy()
        await pilot.pause()
        assert pane.size.height == 1


async def test_a_long_cause_takes_two_lines_and_is_harmless() -> None:
    snapshot = replace(faulted(), state=RunState.FAILED, cause="\x1b[2J" + "why " * 40)
    lines = await drawn(StatusPane(), snapshot, (80, 10))
    assert len(lines) - 1 == 3
    assert "✕ FAILED" in lines[0]
    assert "\x1b" not in "".join(lines)
    assert lines[2].rstrip().endswith("…")


@pytest.mark.parametrize("state", list(RunState))
async def test_every_state_has_glyph_and_name(state) -> None:
    lines = await drawn(StatusPane(), replace(busy(), state=state, cause="because"), (100, 10))
    assert state.value.upper() in lines[0]
    shown = (RunState.LOADING, RunState.FINISHED, RunState.FAULT, RunState.FAILED)
    assert ("because" in "".join(lines)) == (state in shown)


async def test_a_frozen_view_says_so() -> None:
    pane = StatusPane()
    async with PaneStage(pane, busy()).run_test(size=(80, 10)) as pilot:
        assert "FROZEN" not in text_of(pane)[0]
        pane.frozen = True
        await pilot.pause()
        assert "VIEW FROZEN" in text_of(pane)[0]
