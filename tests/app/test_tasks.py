"""How many keys a task takes, and whether somebody new finds the way from the screen alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from app_pictures import paused
from fake_engine import FakeEngine
from pictures import busy, settings
from pilots import seen, until
from recorded import written

from sim.commands import InjectAttack, SetPace, SetParameter, StopAttack, Targets, Undo
from sim.snapshot import UndoStep
from tui.actions import ACTIONS
from tui.cli import command as command_line
from tui.forms.rows import Rows
from tui.keys.action import readable
from tui.palette import ActionProvider
from tui.screens.help import SHELL, HelpDialog
from tui.screens.signature import SignatureInspector

MOST = {"attack a region": 4, "stop an attack": 2, "nudge a threshold": 2, "reasons of a vote": 2}


class Presses:
    """Counts keys and gestures of the mouse."""

    def __init__(self, pilot) -> None:
        self._pilot = pilot
        self.count = 0

    async def keys(self, *keys: str) -> None:
        self.count += len(keys)
        await self._pilot.press(*keys)

    async def drag(self, pane, start: tuple[int, int], end: tuple[int, int]) -> None:
        self.count += 1
        await self._pilot.mouse_down(pane, offset=start)
        await self._pilot.hover(pane, offset=end)
        await self._pilot.mouse_up(pane, offset=end)


def small():
    """64 agents under attack, and a threshold that is nudged in hundredths."""
    shot = replace(paused(), parameters=settings(detection__threshold=0.6))
    return replace(shot, undo=UndoStep("13 agents: poison"))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_a_region_is_attacked_with_four_presses(make_app, size) -> None:
    engine = FakeEngine(small())
    app = make_app(engine)
    async with app.run_test(size=size) as pilot:
        await seen(pilot)
        grid = app.dashboard.grid
        shape = grid._shape
        presses = Presses(pilot)
        x, y = shape.left + 2, shape.upper + 1
        await presses.drag(grid, (x, y), (x + 2 * shape.width, y + 2 * shape.height))
        await until(pilot, lambda: len(grid.reached) == 9)
        await presses.keys("i", "d", "enter")
        (attack,) = engine.given(InjectAttack)
    assert attack == InjectAttack("ddos", targets=Targets(agents=(0, 1, 2, 10, 11, 12, 20, 21, 22)))
    assert presses.count <= MOST["attack a region"]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_other_tasks_take_two(make_app, size) -> None:
    engine = FakeEngine(small())
    app = make_app(engine)
    async with app.run_test(size=size) as pilot:
        await seen(pilot)
        app.book.signatures.__dict__.update(written().signatures.__dict__)
        stop, nudge, why = Presses(pilot), Presses(pilot), Presses(pilot)
        await stop.keys("x")
        assert engine.given(StopAttack) == [StopAttack(3)]
        await nudge.keys("6", "right")
        await until(pilot, lambda: engine.given(SetParameter))
        assert engine.given(SetParameter) == [SetParameter("detection.threshold", 0.61)]
        await why.keys("3", "w")
        await until(pilot, lambda: isinstance(app.screen, SignatureInspector))
        assert isinstance(app.screen.focused, Rows), "the reasons are in use"
    assert stop.count <= MOST["stop an attack"]
    assert nudge.count <= MOST["nudge a threshold"]
    assert why.count <= MOST["reasons of a vote"]


@pytest.mark.parametrize(
    ("word", "reached"),
    [
        ("pace", lambda app, engine: engine.given(SetPace)),
        ("heat", lambda app, engine: app.dashboard.grid.heat != "state"),
        ("truth", lambda app, engine: not app.dashboard.grid.truth),
        ("stop", lambda app, engine: engine.given(StopAttack)),
        ("undo", lambda app, engine: engine.given(Undo)),
    ],
)
async def test_what_somebody_new_looks_for_is_found_by_its_name(make_app, word, reached) -> None:
    """The word is in the help, and typed after `:` it leads there."""
    engine = FakeEngine(replace(small(), state=busy().state, pace=8.0))
    app = make_app(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpDialog)
        assert word in "\n".join(line.plain for line in app.screen.lines()).lower()
        await pilot.press("escape", "colon", *word)
        await pilot.press(*(["space", "4"] if word == "pace" else []), "enter")
        await until(pilot, lambda: reached(app, engine))


async def test_the_way_back_to_earlier_runs_is_in_the_help(make_app) -> None:
    app = make_app(FakeEngine(small()))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press("question_mark")
        said = [line.plain.split() for line in app.screen.lines()]
    for command, _ in SHELL:
        assert any(words[:1] == [command] for words in said)
        assert command in command_line.commands
    assert "runs" in dict(SHELL)


async def test_each_key_that_a_footer_names_is_in_help_and_palette(make_app) -> None:
    app = make_app(FakeEngine(small()))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        names = {entry.name for entry in ActionProvider(app.screen).entries()}
    for action in ACTIONS:
        if action.footer:
            assert f"{action.name(app.latest)}  ({readable(action.keys[0])})" in names
