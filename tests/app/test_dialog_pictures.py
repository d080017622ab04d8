"""How each dialog looks. The dashboard behind is covered: it has pictures of its own."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from app_pictures import agent, paused, running, signature
from fake_engine import FakeEngine
from pilots import seen
from textual.pilot import Pilot

from sim.snapshot import RunState, View
from tui.messages import EditParameter, InspectAgent, InspectSignature

SMALL, REFERENCE = (80, 24), (120, 40)
FIXED = {
    "detection.threshold": 0.6, "trust.prior": 2.0, "trust.forgetting": 0.91,
    "trust.penalty": 3.5, "trust.quarantine": 0.2, "simulation.agents": 60,
}  # fmt: skip
Prepare = Callable[[Pilot[Any]], Awaitable[None]]


def after(*keys: str, message: object = None, **typed: str) -> Prepare:
    """Open a dialog by keys or by a message, type into its fields, and cover what is behind."""

    async def prepare(pilot: Pilot[Any]) -> None:
        app: Any = pilot.app
        await seen(pilot)
        if message is not None:
            app.dashboard.post_message(message)
            await pilot.pause()
        await pilot.press(*keys)
        for name, text in typed.items():
            app.screen.entry(name).value = text
        await seen(pilot)
        app.screen.styles.background = app.theme_variables["background"]
        await pilot.pause()

    return prepare


PICTURES = {
    "inject": after("i"),
    "inject_region": after("i", *["tab"] * 4, "right", "right", radius="abc"),
    "faults": after("f"),
    "adversaries": after("a"),
    "steps": after("S", steps="0"),
    # Few parameters, and fixed values: defaults are tuned, and that changes no dialog.
    "parameters": after("t", *"trust", "down", "down"),
    "editor": after(message=EditParameter("consensus.quorum"), value="1.5"),
    "editor_choice": after("right", message=EditParameter("consensus.rule")),
    "editor_restart": after(message=EditParameter("simulation.agents")),
    "export": after("e"),
    "save": after("ctrl+s"),
    "agent": after(message=InspectAgent(17)),
    "signature": after("down", message=InspectSignature(42)),
    "help": after("question_mark"),
    "theme": after("T", "down"),
}


def engine(**changes: Any) -> FakeEngine:
    values = {**paused().parameters, **FIXED}
    return FakeEngine(paused(view=View(agent(17), signature()), parameters=values, **changes))


@pytest.mark.parametrize("name", PICTURES)
def test_dialog(snap_compare, make_app, name) -> None:
    app = make_app(engine())
    assert snap_compare(app, terminal_size=SMALL, run_before=PICTURES[name])


def test_alarm(snap_compare, make_app) -> None:
    app = make_app(FakeEngine(running(state=RunState.FAULT, cause="the disk is full")))
    assert snap_compare(app, terminal_size=SMALL, run_before=after())


@pytest.mark.parametrize("name", ["agent", "signature"])
def test_inspector_on_the_reference_terminal(snap_compare, make_app, name) -> None:
    app = make_app(engine())
    assert snap_compare(app, terminal_size=REFERENCE, run_before=PICTURES[name])
