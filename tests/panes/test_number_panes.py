"""Engine and status line: numbers of the run itself, in fixed places."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pictures import busy, empty, faulted
from stage import PaneStage, text_of

from sim.commands import Order, Undo
from sim.snapshot import RunState, Snapshot, UndoStep
from tui.panes.engine import EnginePane
from tui.panes.pane import Pane
from tui.panes.status import StatusPane
from tui.speed import LOWEST, TOP
from tui.theme.glyphs import ASCII


async def drawn(pane: Pane, snapshot: Snapshot, size=(60, 26)) -> list[str]:
    async with PaneStage(pane, snapshot).run_test(size=size):
        return [*text_of(pane), pane.border_subtitle or ""]


def row_with(lines: list[str], word: str) -> str:
    return next(line for line in lines if word in line)


async def test_the_engine_shows_cache_step_time_and_phases() -> None:
    lines = await drawn(EnginePane(), busy(), (120, 12))
    done = busy().performance
    assert "hits" in row_with(lines, "cache")
    assert "flows scored" in row_with(lines, "last step")
    named = next(line for line in lines if "detect" in line)
    slowest = max(done.phases, key=lambda phase: phase[1])[0]
    assert named.split()[:2] == ["recent", "mean"], "so they need not add up to the last step"
    assert named.split()[3] == slowest, "the slowest phase comes first"
    assert "ledger rows" in "".join(lines)


@pytest.mark.parametrize("time", [0.1584, 0.8043, 1.3, 0.0099])
async def test_no_time_loses_its_unit(time) -> None:
    phases = tuple((name, time) for name, _ in busy().performance.phases)
    snapshot = replace(
        busy(), performance=replace(busy().performance, phases=phases, step_seconds=(time * 7,))
    )
    for width in (44, 60, 120):
        lines = await drawn(EnginePane(), snapshot, (width, 12))
        for word in "".join(lines[:-1]).split():
            if word.replace(".", "").isdigit() and "." in word:
                text = "".join(lines)
                after = text[text.index(word) + len(word) :].lstrip()
                assert after.startswith(("ms", "s", "µs", "M", "G", "k", "%")), word


async def test_a_cache_that_is_off_says_so() -> None:
    off = replace(busy(), performance=replace(busy().performance, capacity=0))
    assert row_with(await drawn(EnginePane(), off), "cache").split()[:2] == ["cache", "off"]


async def test_hit_rates_of_votes_and_blocklist_stand_apart() -> None:
    done = replace(
        busy().performance,
        hits=90,
        misses=110,
        vote_hits=80,
        vote_misses=20,
        last_votes=(1, 1),
        last_blocklist=(0, 0),
    )
    lines = await drawn(EnginePane(), replace(busy(), performance=done), (100, 26))
    said = " ".join(row_with(lines, "votes").split())
    assert "votes 50 % last step, 80 % whole run" in said
    assert "blocklist – last step, 10 % whole run" in said


async def test_turns_of_the_tuner_are_shown_whole() -> None:
    turn = (
        "step 20: steps per transaction 1 → 2: 91% of a step goes into the ledger; the ledger took"
        " 37.4 ms of a step after 59.5 ms: kept"
    )
    shot = replace(busy(), tuning=(turn,), bottleneck="io")
    lines = await drawn(EnginePane(), shot, (60, 40))
    assert "bottleneck io" in row_with(lines, "tuner")
    shown = " ".join("".join(lines).split())
    assert all(word in shown for word in turn.split())


@pytest.mark.parametrize("size", [(78, 8), (118, 8)])
async def test_all_metrics_are_reached_by_scrolling(size: tuple[int, int]) -> None:
    metrics = {f"decsim_made_up_{i}_total": float(i) for i in range(80)}
    pane = EnginePane()
    async with PaneStage(pane, replace(busy(), metrics=metrics)).run_test(size=size):
        seen = "".join(text_of(pane))
        assert "made up 79" not in seen
        for _ in range(40):
            pane.action_page(1)
            seen += "".join(text_of(pane))
        assert all(f"made up {i} " in seen for i in range(80))


async def test_the_engine_before_the_first_step() -> None:
    assert "No step done yet" in "".join(await drawn(EnginePane(), empty()))


@pytest.mark.parametrize("size", [(30, 6), (60, 20), (180, 12)])
async def test_lines_are_exactly_as_wide_as_the_pane(size) -> None:
    pane = EnginePane()
    async with PaneStage(pane, faulted()).run_test(size=size):
        widths = {pane.render_line(y).cell_length for y in range(pane.content_size.height)}
        assert widths == {pane.content_size.width}


async def test_the_engine_is_ascii_when_asked() -> None:
    assert "".join(await drawn(EnginePane(ASCII), faulted())).isascii()


# Status line


async def test_status_shows_the_run() -> None:
    (line, _) = await drawn(StatusPane(), replace(busy(), pace=64.0, undo=None), (160, 10))
    for words in (
        "▶ RUNNING",
        "step       481",
        "38 of 64/s",
        "◂ 2 attacks",
        "✕ 1",
        "siege · seed 1",
    ):
        assert words in line, words


@pytest.mark.parametrize("pace", [0.0, 0.001, LOWEST, 0.5, 64.0, TOP, 98_765.0])
@pytest.mark.parametrize("measured", [0.0012, 0.125, 9.96, 87.4, 512.0, 12_345.6])
async def test_a_pace_keeps_its_unit(pace, measured) -> None:
    done = replace(busy().performance, steps_per_second=measured)
    (line, _) = await drawn(StatusPane(), replace(busy(), pace=pace, performance=done), (160, 10))
    assert ("/s full" in line) if not pace else ("/s  " in line)
    assert "…" not in line


async def test_status_never_moves_when_an_attack_begins() -> None:
    calm = replace(busy(), attacks=(), undo=None)
    (before, _) = await drawn(StatusPane(), calm, (120, 10))
    (after, _) = await drawn(StatusPane(), replace(busy(), undo=None), (120, 10))
    for word in ("†", "✕", "siege"):
        assert before.index(word) == after.index(word), word


async def test_a_paused_run_has_no_pace_but_shows_the_one_asked_for() -> None:
    paused = replace(busy(), state=RunState.PAUSED, pace=8.0)
    assert "– of 8/s" in (await drawn(StatusPane(), paused, (120, 10)))[0]
    full = replace(paused, pace=0.0)
    assert "– full" in (await drawn(StatusPane(), full, (120, 10)))[0]


async def test_what_waits_is_counted_and_the_next_undo_is_named() -> None:
    waiting = (Order(Undo(), ticket=7), Order(Undo(), ticket=8))
    shot = replace(busy(), pending=waiting, undo=UndoStep("13 agents: collude", ticket=8))
    line = (await drawn(StatusPane(), shot, (140, 10)))[0]
    assert "◔ 2" in line
    assert "u withdraws: 13 agents: collude" in line
    line = (await drawn(StatusPane(), shot, (105, 10)))[0]
    assert line.rstrip().endswith("u withdraws: 13 agents: c…")
    done = replace(busy(), undo=UndoStep("consensus.quorum 0.6 → 0.7"))
    line = (await drawn(StatusPane(), done, (140, 10)))[0]
    assert "u undoes: consensus.quorum 0.6 → 0.7" in line
    done = replace(busy(), undo=UndoStep("attack 2: port_scan for 30 steps (over)"))
    line = (await drawn(StatusPane(), done, (120, 10)))[0]
    assert line.rstrip().endswith("u undoes: attack 2: port_scan for 30 ste…")


async def test_a_run_that_is_over_says_what_next() -> None:
    over = replace(busy(), state=RunState.FINISHED, cause="")
    assert "e export · q leave" in (await drawn(StatusPane(), over, (140, 10)))[0]


async def test_status_gives_up_the_light_before_the_weighty() -> None:
    (line, _) = await drawn(StatusPane(), busy(), (60, 10))
    assert "RUNNING" in line
    assert "step       481" in line
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


@pytest.mark.parametrize("width", [60, 80, 88, 118])
async def test_a_cause_is_folded_between_words(width) -> None:
    cause = "the ledger cannot be written: /srv/ledger.db: read-only; it is tried again by itself"
    lines = await drawn(StatusPane(), replace(faulted(), cause=cause), (width, 10))
    assert " ".join(lines[1:]).split() == ["▲", *cause.split()]
    assert lines[1].startswith(" ▲ the ledger")


@pytest.mark.parametrize("state", list(RunState))
async def test_every_state_has_glyph_and_name(state) -> None:
    lines = await drawn(StatusPane(), replace(busy(), state=state, cause="because"), (130, 10))
    assert state.value.upper() in lines[0]
    shown = (RunState.LOADING, RunState.PAUSED, RunState.FINISHED, RunState.FAULT, RunState.FAILED)
    assert ("because" in "".join(lines)) == (state in shown)


async def test_a_frozen_view_says_how_far_behind_it_is() -> None:
    pane = StatusPane()
    async with PaneStage(pane, busy()).run_test(size=(120, 10)) as pilot:
        assert "frozen" not in text_of(pane)[0]
        pane.frozen = True
        pane.now = busy().step + 48
        await pilot.pause()
        assert "❄ frozen at 481 · 48 behind" in text_of(pane)[0]
        assert "38 of 40/s" in text_of(pane)[0]
        pane.live = RunState.PAUSED  # while the view stands still
        assert "– of 40/s" in text_of(pane)[0]


async def test_the_cause_of_a_run_that_never_began_is_said_once_and_never_cut_off() -> None:
    cause = "the traffic has no attack of that kind; " * 4
    never = Snapshot(state=RunState.FAILED, cause=cause)
    line, *banner = (await drawn(StatusPane(), never, (80, 10)))[:3]
    assert "traffic" not in line and "traffic" in banner[0]
    waits = Snapshot(state=RunState.LOADING, cause=cause)
    assert "…" in (await drawn(StatusPane(), waits, (80, 10)))[0]
