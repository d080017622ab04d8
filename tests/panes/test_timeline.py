"""The timeline: gaps where nothing can be said, what somebody steered, values at the crosshair."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import busy, empty
from recorded import ATTACKED, CALM, command, rows, written
from stage import PaneStage, text_of

from sim.archive.facts import Stepped
from sim.snapshot import Confusion, RunState
from tui.panes.timeline import TimelinePane, held
from tui.record.series import Series
from tui.theme.glyphs import ASCII, UNICODE
from tui.widgets.plot import Scale, bars, full
from tui.widgets.quantity import brief


async def drawn(*keys: str, size: tuple[int, int] = (110, 20)) -> tuple[list[str], str]:
    """Sixty steps, attacked from 20 to 39, steered at 30 and 50, by the scenario at 20."""
    pane = TimelinePane(book=written())
    async with PaneStage(pane, busy()).run_test(size=size) as pilot:
        pane.focus()
        await pilot.press(*keys)
        return text_of(pane), str(pane.border_subtitle or "")


async def test_where_nothing_is_attacked_there_is_a_gap_and_no_zero() -> None:
    lines, _ = await drawn()
    (truth,) = [line for line in lines if "▓" in line]
    band = range(truth.index("▓") - 1, truth.rindex("▓") + 2)  # a curve has two dots to a cell
    dots = {x for line in lines for x, c in enumerate(line) if "⠀" < c <= "⣿"}
    assert dots and dots <= {*band}
    assert sum("calm" in line for line in lines) == 1
    assert next(line for line in lines if "calm" in line).count("calm") == 2


async def test_you_has_what_somebody_steered_and_nothing_of_the_scenario() -> None:
    lines, _ = await drawn()
    (row,) = [line for line in lines if line.startswith((" you", "you"))]
    assert row.split() == ["you", "▾t", "▾u"]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (("left_square_bracket",), "s50 · together – · alone – · 20 alerts · calm"),
        (("left_square_bracket",) * 2, "s30 · together .92 · alone .53 · 190 alerts · port_scan"),
        (("left_square_bracket",) * 3, "s20 · together .92"),
        (("left_square_bracket",) * 3 + ("right_square_bracket",), "s30 · together .92"),
        (("left_curly_bracket",), "s20 · together .92"),
        (("g", "right_curly_bracket"), "s20 · together .92"),
        (("g",), "s1 · together –"),
        (("g", "escape"), ""),
    ],
)
async def test_the_crosshair_goes_from_marker_to_marker_and_tells_the_values(keys, said) -> None:
    _, subtitle = await drawn(*keys)
    assert subtitle.startswith(said)
    assert bool(subtitle) == bool(said)


async def test_it_is_zoomed_and_shows_the_whole_run_again() -> None:
    pane = TimelinePane(book=written())
    async with PaneStage(pane, busy()).run_test(size=(110, 20)) as pilot:
        pane.focus()
        await pilot.press("plus", "plus")
        assert "15 of 60 steps" in str(pane.border_title)
        await pilot.press("minus")
        assert "30 of 60 steps" in str(pane.border_title)
        await pilot.press("0")
        assert "· 60 steps" in str(pane.border_title)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (RunState.LOADING, "No steps yet"),
        (RunState.PAUSED, "Paused before the first step: space starts the run"),
        (RunState.RUNNING, "The first step is under way."),
    ],
)
async def test_before_the_first_step_it_says_what_is_waited_for(state, said) -> None:
    pane = TimelinePane()
    async with PaneStage(pane, replace(empty(), state=state)).run_test(size=(110, 20)):
        assert said in " ".join(" ".join(text_of(pane)).split())


@pytest.mark.parametrize("width", [30, 46, 66, 120, 200])
async def test_its_present_values_are_whole_or_left_out(width) -> None:
    lines, subtitle = await drawn(size=(width, 12))
    assert "…" not in subtitle + "".join(lines)
    if width < 66:
        assert subtitle.startswith("together .92")


@pytest.mark.parametrize("span", [600, 0])
def test_the_axis_of_a_growing_run_stands_still_most_of_the_time(span: int) -> None:
    ends = [held(steps, span) for steps in range(1, 2000)]
    for steps, end in enumerate(ends, 1):
        assert steps <= end <= max(steps * 1.25, steps + span // 8, 10)
        assert not span or end - min(end, span) < steps, "something is shown"
    assert len(set(ends)) <= 45


@given(st.floats(1e-3, 1e6), st.floats(1.0, 1.15))
def test_bars_stand_still_while_their_top_grows(top: float, growth: float) -> None:
    most = full(top)
    assert top <= most <= 1.5 * top
    if top * growth <= most:
        assert full(top * growth) == most
        scale, steps = Scale(0, 3, 4), np.arange(4)
        shown, _ = bars(steps, np.array([top / 3, 0, top / 2, top]), scale, UNICODE)
        grown, value = bars(steps, np.array([top / 3, 0, top / 2, top * growth]), scale, UNICODE)
        assert grown[:3] == shown[:3]
        assert value == top * growth


@pytest.mark.parametrize(("steps", "said"), [(1, "· 1 step"), (2, "· 2 steps")])
async def test_one_step_is_a_step(steps, said) -> None:
    content: list = [(0, None)]
    content += [(n, Stepped(9, 9, 9, Confusion(), Confusion())) for n in range(1, steps + 1)]
    pane = TimelinePane(book=written(content))
    async with PaneStage(pane, busy()).run_test(size=(80, 16)):
        assert str(pane.border_title).endswith(said)


@pytest.mark.parametrize("rate", [2.0, 876.0, 1350.2, 123_456.0])
async def test_no_figure_of_the_legend_touches_its_name(monkeypatch, rate) -> None:
    monkeypatch.setattr(Series, "alarm_rate", lambda series, count=100: rate)
    lines, _ = await drawn()
    (row,) = [line for line in lines if "/step" in line and "false" in line]
    assert row.split()[-1] == brief(rate)


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
async def test_attacks_that_touch_are_told_apart_also_where_no_name_fits(glyphs) -> None:
    payload = {"kind": "exfiltration", "duration": 20, "targets": {"fraction": 0.25}}
    new = {"attack": 2, "until": 60}
    content = rows()
    place = next(n for n, (step, _) in enumerate(content) if step == 40)
    content.insert(place, (40, command("inject_attack", payload, new, source="scenario")))
    pane = TimelinePane(glyphs, book=written(content))
    async with PaneStage(pane, busy()).run_test(size=(34, 20)):
        (truth,) = [line for line in text_of(pane) if "truth" in line]
    first, second = glyphs.bands
    assert 0 < truth.rindex(first) < truth.index(second)


async def test_false_alarms_of_calm_steps_keep_their_place_in_a_long_attack() -> None:
    content: list = [(0, None)]
    content += [(n, Stepped(9, 90, 9, CALM, CALM)) for n in range(1, 10)]
    content += [(n, Stepped(9, 90, 9, ATTACKED, ATTACKED)) for n in range(10, 250)]
    pane = TimelinePane(book=written(content))
    async with PaneStage(pane, busy()).run_test(size=(110, 20)):
        (row,) = [line for line in text_of(pane) if "false alarms/step" in line]
    assert row.split()[-1] == "2"
