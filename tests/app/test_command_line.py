"""The command line in the app: asked, completed, carried out, refused, left."""

from __future__ import annotations

import pytest
from app_pictures import paused, running
from fake_engine import FakeEngine
from pictures import busy
from pilots import seen, until

from sim.commands import (
    Condition,
    InjectAttack,
    PauseWhen,
    SetAdversaries,
    SetParameter,
    Step,
    Targets,
)
from sim.snapshot import RunState
from tui.footer import Keys
from tui.prompt.line import Candidates, PromptLine
from tui.screens.agent import AgentInspector
from tui.screens.key_ids import KeyIdsDialog


async def typed(pilot, line: str) -> None:
    await pilot.press("colon")
    await until(pilot, lambda: isinstance(pilot.app.focused, PromptLine))
    pilot.app.focused.value = line
    await pilot.press("enter")
    await pilot.pause()


def said(app) -> str:
    found = app.dashboard.query_one(Candidates)
    return str(found.render()) if found.display else ""


async def test_it_takes_the_place_of_the_keys_and_gives_it_back(make_app) -> None:
    app = make_app(FakeEngine(busy()))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        app.dashboard.focus_named("signatures")
        before = {pane.PANE: pane.region for pane in app.dashboard.by_use()}
        await pilot.press("colon", *"set detection.thr")
        await until(pilot, lambda: "detection.threshold" in said(app))
        assert not app.query_one(Keys).display
        assert {pane.PANE: pane.region for pane in app.dashboard.by_use()} == before
        await pilot.press("escape")
        await pilot.pause()
        assert app.query_one(Keys).display
        assert app.focused is app.dashboard.front
        assert said(app) == ""
        assert app.engine.commands == []


async def test_what_stands_behind_the_cursor_goes_on_with_what_was_typed(make_app) -> None:
    app = make_app(FakeEngine(busy()))
    async with app.run_test(size=(80, 24)) as pilot:
        await seen(pilot)
        await pilot.press("colon", *"set quor")
        await until(pilot, lambda: "consensus.quorum" in said(app))
        assert app.focused._suggestion == ""
        await pilot.press(*["backspace"] * 4, *"cons")
        await until(pilot, lambda: app.focused._suggestion)
        assert app.focused._suggestion.startswith("set cons")
        await pilot.press("escape")


async def test_tab_completes_and_enter_carries_out(make_app) -> None:
    engine = FakeEngine(busy())
    app = make_app(engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await seen(pilot)
        await pilot.press("colon", *"inj", "tab", *"dd", "tab", *"20%", "enter")
        await pilot.pause()
        assert engine.commands == [InjectAttack("ddos", targets=Targets(0.2))]
        await pilot.press("colon", "up", "enter")
        await pilot.pause()
        assert len(engine.commands) == 2
        await pilot.press("colon", *"in", "right", "escape")
        await pilot.pause()
        assert len(engine.commands) == 2


async def test_what_is_wrong_is_said_and_can_be_mended(make_app) -> None:
    engine = FakeEngine(busy())
    app = make_app(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await typed(pilot, "poisn 20%")
        assert "no command 'poisn'; did you mean 'poison'?" in said(app)
        assert app.focused.value == "poisn 20%"
        app.focused.value = "poison 20%"
        await pilot.press("enter")
        await pilot.pause()
        assert engine.commands == [SetAdversaries("poison", Targets(0.2))]
        assert said(app) == ""


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("step 50", Step(50)),
        ("set consensus.quorum .8", SetParameter("consensus.quorum", 0.8)),
        ("pause when poison_accepted > 0", PauseWhen(Condition("poison_accepted", ">", 0.0))),
    ],
)
async def test_lines_steer(make_app, line, given) -> None:
    engine = FakeEngine(paused())
    async with make_app(engine).run_test() as pilot:
        await seen(pilot)
        await typed(pilot, line)
        assert engine.commands == [given]


async def test_lines_look(make_app) -> None:
    app = make_app(FakeEngine(busy()))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await typed(pilot, "agent 7")
        assert isinstance(app.screen, AgentInspector)
        await pilot.press("escape")
        await typed(pilot, "grid.heat")
        assert app.dashboard.grid.heat == "score"
        await typed(pilot, "zoom")
        assert app.dashboard.zoomed == "grid"
        await typed(pilot, "filter ddos")
        await typed(pilot, "keys")
        assert isinstance(app.screen, KeyIdsDialog)
        assert "grid.heat" in "\n".join(line.plain for line in app.screen.lines())


async def test_the_configuration_is_saved_once_and_over_a_file_only_with_a_mark(
    make_app, tmp_path
) -> None:
    app = make_app(FakeEngine(paused()))
    file = tmp_path / "mine.yaml"
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await typed(pilot, f"w {file}")
        assert "quorum" in file.read_text()
        file.write_text("")
        await typed(pilot, f"w {file}")
        assert "exists; w! overwrites a file" in said(app)
        assert file.read_text() == ""
        app.focused.value = f"w! {file}"
        await pilot.press("enter")
        await pilot.pause()
        assert "quorum" in file.read_text()


async def test_a_dot_repeats_what_was_steered_last(make_app) -> None:
    engine = FakeEngine(running())
    app = make_app(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press("full_stop")
        await seen(pilot)
        assert engine.commands == []
        assert "nothing has been steered yet" in app.book.story.lines[-1].text
        await typed(pilot, "poison 20%")
        await pilot.press("x", "full_stop")
        assert [type(c).__name__ for c in engine.commands] == [
            "SetAdversaries", "StopAttack", "SetAdversaries",
        ]  # fmt: skip


async def test_why_it_paused_by_itself_is_said(make_app) -> None:
    engine = FakeEngine(running(pause_when="alerts > 3"))
    app = make_app(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        assert "pauses&#160;when&#160;alerts" in app.export_screenshot()
        engine.publish(state=RunState.PAUSED, cause="alerts > 3: alerts is 5", pause_when="")
        await seen(pilot)
        assert "alerts&#160;is&#160;5" in app.export_screenshot()


async def test_what_is_said_of_a_candidate_goes_on_below_itself(make_app) -> None:
    app = make_app(FakeEngine(busy()))
    async with app.run_test(size=(80, 24)) as pilot:
        await seen(pilot)
        await pilot.press("colon", *"in")
        await until(pilot, lambda: "inject" in said(app))
        lines = said(app).splitlines()
        assert any(line.startswith("grid.inspect") for line in lines)
        assert all(len(line) <= 78 for line in lines)
        ragged = [line for line in lines if line[0] != " " and line[23:25].strip()]
        assert ragged == []
        assert len(lines) > 4  # one of them needs two
