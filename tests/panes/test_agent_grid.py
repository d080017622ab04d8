"""The agent grid: every agent by its state, the cursor, heat, ground truth, blocks."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from time import perf_counter

import numpy as np
import pytest
from pictures import busy, crowded, empty, learning, unlabelled
from stage import PaneStage, text_of

from sim.snapshot import AgentState, Snapshot
from tui.messages import InspectAgent
from tui.panes.grid import HEATS, GridPane
from tui.theme.glyphs import ASCII, UNICODE

SIZE = (62, 28)


async def drawn(snapshot: Snapshot, *keys: str, size=SIZE, glyphs=UNICODE) -> list[str]:
    pane = GridPane(glyphs)
    async with PaneStage(pane, snapshot).run_test(size=size) as pilot:
        await pilot.press(*keys)
        return [*text_of(pane), pane.border_title or "", pane.border_subtitle or ""]


def symbols(lines: list[str]) -> str:
    """What stands in the field, without the legend."""
    legend = next(i for i, line in enumerate(lines) if "truth" in line)
    return "".join(lines[:legend])


async def test_every_agent_has_its_symbol() -> None:
    lines = await drawn(busy())
    states = busy().grid.states
    for state in AgentState:
        number = int((states == state).sum())
        assert symbols(lines).count(UNICODE.agent[state]) == number > 0
    assert "1 Agents 400 · state" in lines[-2]


async def test_the_legend_counts_states_and_ground_truth() -> None:
    grid = busy().grid
    text = "\n".join(await drawn(busy(), size=(90, 26)))
    for state in AgentState:
        assert f"{UNICODE.agent[state]}{(grid.states == state).sum()}" in text
    assert f"truth ◂{grid.attacked.sum()} †{grid.adversary.sum()}" in text


async def test_nothing_moves_when_an_attack_begins() -> None:
    calm = replace(busy(), attacks=())
    before, after = await drawn(calm), await drawn(busy())
    assert symbols(before) == symbols(after)


async def test_ground_truth_is_marked_and_can_be_hidden() -> None:
    grid = busy().grid
    both = int((grid.attacked & grid.adversary).sum())
    field = symbols(await drawn(busy()))
    assert field.count("◂") == grid.attacked.sum() - both
    assert field.count("†") == grid.adversary.sum() - both
    assert field.count("‡") == both > 0
    hidden = await drawn(busy(), "M", "right")
    assert not set("◂†‡") & set("".join(hidden))
    assert "truth hidden" in "".join(hidden)


async def test_an_attack_that_is_noticed_is_marked_quietly_and_one_that_is_missed_loudly() -> None:
    pane = GridPane(UNICODE)
    grid = busy().grid
    async with PaneStage(pane, busy()).run_test(size=SIZE) as pilot:
        await pilot.pause()
        cells = [
            (letter, style)
            for y in range(pane.size.height)
            for text, style, _ in pane.render_line(y)
            for letter in text
        ]
    marks: dict[str, set[bool]] = {}
    for (symbol, _), (mark, style) in pairwise(cells):
        if mark == UNICODE.attacked and symbol in UNICODE.agent:
            marks.setdefault(symbol, set()).add(bool(style.bold))
    assert marks[UNICODE.agent[AgentState.ALERT]] == {False}
    assert marks[UNICODE.agent[AgentState.NORMAL]] == {True}
    unseen = int((grid.attacked & (grid.states == AgentState.NORMAL)).sum())
    assert f"{unseen} missed" in "\n".join(await drawn(busy(), size=(90, 26)))


async def test_the_card_follows_the_cursor() -> None:
    lines = await drawn(busy(), "right", "l", "down", "j", "left", "k", size=(90, 28))
    agent, grid = 1 * 20 + 1, busy().grid
    text = "\n".join(lines)
    assert f"agent {agent} " in text
    assert f"score {grid.scores[agent]:.2f}".replace(" 0.", " .") in text
    assert f"trust {grid.trust[agent]:.2f}".replace(" 0.", " .") in text


async def test_the_card_hides_ground_truth_too() -> None:
    agent = int(np.flatnonzero(busy().grid.attacked & busy().grid.adversary)[0])
    pane = GridPane()
    async with PaneStage(pane, busy()).run_test(size=SIZE) as pilot:
        pane.cursor = agent
        await pilot.pause()
        assert "attacked" in "".join(text_of(pane))
        await pilot.press("M")
        assert "attacked" not in "".join(text_of(pane))


async def test_v_selects_a_region_and_esc_drops_it() -> None:
    pane = GridPane()
    async with PaneStage(pane, busy()).run_test(size=SIZE) as pilot:
        await pilot.press("v", "right", "right", "down")
        assert pane.agents_reached() == (0, 1, 2, 20, 21, 22)
        await pilot.press("v", "down")
        assert len(pane.reached) == 6, "it stays when the region is taken"
        assert "6 agents selected" in (pane.border_subtitle or "")
        await pilot.press("escape")
        assert pane.agents_reached() == ()


@pytest.mark.parametrize(
    ("keys", "agent"),
    [(("enter",), 0), (("end", "enter"), 399), (("end", "down", "right", "enter"), 399)],
)
async def test_enter_inspects_the_agent(keys, agent) -> None:
    app = PaneStage(GridPane(), busy())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(*keys)
    (message,) = app.asked
    assert isinstance(message, InspectAgent)
    assert message.agent == agent


async def test_a_click_moves_the_cursor_and_two_inspect() -> None:
    pane = GridPane()
    app = PaneStage(pane, busy())
    async with app.run_test(size=SIZE) as pilot:
        shape = pane._shape
        # Border and padding come before the field.
        place = (2 + shape.left + 3 * shape.width, 1 + shape.upper + 4)
        await pilot.click(GridPane, offset=place)
        assert pane.cursor == 4 * 20 + 3
        assert app.asked == []
        await pilot.click(GridPane, offset=place, times=2)
        assert [m.agent for m in app.asked] == [83]


async def test_enter_on_a_block_opens_it_at_its_worst_agent_and_esc_shows_all_again() -> None:
    pane, snapshot = GridPane(), crowded(10_000)
    app = PaneStage(pane, snapshot)
    async with app.run_test(size=(62, 28)) as pilot:
        states = snapshot.grid.states
        agent = int(np.flatnonzero(states == AgentState.ALERT)[5])
        pane.cursor = agent
        await pilot.pause()
        block = pane.under_cursor().tolist()
        assert len(block) == 6
        await pilot.press("enter")
        await pilot.pause()
        assert app.asked == [], "it is opened, no agent is inspected yet"
        assert pane._shape.single
        assert f"{len(block)} of 10,000" in str(pane.border_title)
        assert "esc shows all agents again" in str(pane.border_subtitle)
        assert pane.cursor in block
        assert states[pane.cursor] == AgentState.ALERT, "the worst"
        walked = {pane.cursor}
        await pilot.press("home")
        for key in ("right", "down", "left", "down", "right"):
            walked.add(pane.cursor)
            await pilot.press(key)
        walked.add(pane.cursor)
        assert walked == set(block), "the cursor stays in the block and reaches all of it"
        assert {f"{i}" for i in block} <= set(" ".join(s.text for s in pane._built()).split())
        await pilot.press("enter")
        assert [m.agent for m in app.asked] == [pane.cursor]
        await pilot.press("escape")
        await pilot.pause()
        assert pane.opened is None
        assert not pane._shape.single


async def test_a_block_that_is_opened_follows_the_run() -> None:
    pane, snapshot = GridPane(), crowded(10_000)
    app = PaneStage(pane, snapshot)
    async with app.run_test(size=(62, 28)) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        states = snapshot.grid.states.copy()
        states[pane.opened.ids] = AgentState.QUARANTINED
        pane.snapshot = replace(snapshot, grid=replace(snapshot.grid, states=states))
        await pilot.pause()
        text = "".join(strip.text for strip in pane._built())
        assert text.count("◇") >= 6
        pane.snapshot = crowded(100)
        await pilot.pause()
        assert pane.opened is None, "another population"


async def test_blocks_say_what_they_stand_for() -> None:
    lines = await drawn(crowded(10_000), size=(62, 28))
    assert "block 0,0 of 2×3 · 1 learning · 5 normal" in lines[-1], "the worst first"


async def test_a_thousand_agents_are_a_thousand_halves() -> None:
    lines = await drawn(crowded(), size=(62, 28))
    rows = [line for line in lines if "▀" in line]
    assert len(rows) == 16, "32 rows of agents"
    assert "block" not in lines[-1]


@pytest.mark.parametrize("agents", [1_000, 10_000])
@pytest.mark.parametrize("place", ["upper", "lower"])
async def test_the_cursor_is_seen_among_agents_of_one_colour(agents, place) -> None:
    before = crowded(agents)
    calm = np.full(agents, AgentState.NORMAL, np.uint8)
    none = np.zeros(agents, np.bool_)
    grid = replace(before.grid, states=calm, attacked=none, adversary=none)
    pane = GridPane()
    shot = replace(before, grid=grid, attacks=())
    async with PaneStage(pane, shot).run_test(size=(62, 28)) as pilot:
        pane.focus()
        await pilot.press(*["down"] * (2 if place == "upper" else 3), "right")
        await pilot.pause()
        shape = pane._shape
        marked = pane.ink.colour("foreground").rich_color
        strip = pane.render_line(shape.upper + 1)
        half = "color" if place == "upper" else "bgcolor"
        cells = [getattr(s.style, half) == marked for s in strip for c in s.text if c == "▀"]
    assert cells == [shape.width <= x < 2 * shape.width for x in range(len(cells))]


async def test_a_worm_is_seen_among_the_false_alarms_of_ten_thousand() -> None:
    """Blocks in which one agent is in alert are quieter than those in which all of them are."""
    before = crowded(10_000)
    states = np.zeros((100, 100), np.uint8) + AgentState.NORMAL
    noise = np.random.Generator(np.random.Philox(1)).random(states.shape) < 0.08
    states[noise] = AgentState.ALERT
    worm = np.zeros(states.shape, bool)
    worm[42:60, 30:48] = True
    states[worm] = AgentState.ALERT
    none = np.zeros(10_000, np.bool_)
    grid = replace(before.grid, states=states.ravel(), attacked=worm.ravel(), adversary=none)
    pane = GridPane()
    async with PaneStage(pane, replace(before, grid=grid, attacks=())).run_test(size=(62, 28)):
        shape = pane._shape
        assert (shape.across, shape.down) == (2, 3)
        painted = [
            segment.style.bgcolor
            for y in range(shape.upper, shape.upper + shape.lines)
            for segment in pane.render_line(y)
            for _ in segment.text.strip()
        ]
        ink = pane.ink
        full = ink.blend("agent-alert", 0.72).rich_color
        loud = [colour == full for colour in painted]
    assert sum(loud) == 18 * 18 // (2 * 3) // 2, "the lower halves of the worm, and nothing else"


async def test_heat_goes_round() -> None:
    pane = GridPane()
    async with PaneStage(pane, busy()).run_test(size=SIZE) as pilot:
        seen = []
        for _ in HEATS:
            seen.append(pane.heat)
            assert f"· {pane.heat}" in (pane.border_title or "")
            await pilot.press("m")
        assert tuple(seen) == HEATS
        assert pane.heat == "state"


async def test_heat_is_relative_to_the_population() -> None:
    values = np.linspace(0.4, 0.6, 20, dtype=np.float32)
    snapshot = replace(learning(), grid=replace(learning().grid, scores=values))
    lines = await drawn(snapshot, "m")
    field = symbols(lines)
    for glyph in UNICODE.levels:
        assert glyph in field
    assert "score .40 ▁▂▃▄▅▆▇█ .60" in "".join(lines)


async def test_a_small_population_has_room_for_ids_and_values() -> None:
    assert "○ 19" in symbols(await drawn(learning()))
    scores = np.linspace(0, 1, 20, dtype=np.float32)
    snapshot = replace(learning(), grid=replace(learning().grid, scores=scores))
    assert "0.53" in symbols(await drawn(snapshot, "m"))


async def test_before_there_are_agents() -> None:
    assert "No agents yet" in "".join(await drawn(empty()))


async def test_without_ground_truth_nothing_is_marked() -> None:
    lines = await drawn(unlabelled())
    assert "◂0" in "".join(lines)
    assert not set("◂†‡") & set(symbols(lines))


async def test_ascii_is_ascii() -> None:
    for snapshot in (busy(), crowded(), learning()):
        lines = await drawn(snapshot, "m", glyphs=ASCII)
        assert "".join(lines).isascii()


async def test_fewer_agents_than_the_cursor_remembers() -> None:
    pane = GridPane()
    async with PaneStage(pane, busy()).run_test(size=SIZE) as pilot:
        await pilot.press("end")
        pane.snapshot = learning()
        await pilot.pause()
        assert "agent 19 " in "".join(text_of(pane))


@pytest.mark.parametrize(("agents", "limit"), [(400, 0.003), (10_000, 0.015)])
async def test_drawing_is_fast(agents, limit) -> None:
    pane = GridPane()
    async with PaneStage(pane, crowded(agents)).run_test(size=SIZE):
        times = []
        for _ in range(15):
            start = perf_counter()
            pane.draw(*pane.content_size)
            times.append(perf_counter() - start)
    # The best of several, as the machine has other things to do.
    assert min(times) < limit
