"""The table of actions against everything that derives from it."""

from collections import Counter

import pytest
from app_pictures import paused, running
from fake_engine import FakeEngine
from pilots import seen

from sim.snapshot import EMPTY, RunState, UndoStep
from tui.actions import ACTIONS, available, bindings, listed, readme_table
from tui.app import DecsimApp
from tui.footer import LAST, Keys
from tui.keys.action import readable
from tui.palette import ActionProvider
from tui.screens.help import HelpDialog

DESIGN = {
    "space": "pause", "s": "step", "S": "steps", "+": "faster", "-": "slower", "i": "inject",
    "f": "faults", "a": "adversaries", "t": "parameters", "u": "undo", "U": "redo",
    "/": "filter", "enter": "inspect", "z": "zoom", "F": "freeze", "ctrl+s": "save",
    "e": "export", "y": "copy", "T": "theme", "?": "help", "ctrl+p": "palette", "q": "quit",
    **{str(n): f"pane_{n}" for n in range(1, 9)},
}  # fmt: skip


def test_every_key_of_the_design_does_what_the_design_says() -> None:
    found = {readable(key): action.id for action in ACTIONS for key in action.keys}
    assert {key: found.get(key) for key in DESIGN} == DESIGN


def test_no_two_actions_share_a_key_or_an_id() -> None:
    keys = Counter(key for action in ACTIONS for key in action.keys)
    ids = Counter(action.id for action in ACTIONS)
    assert max(keys.values()) == 1
    assert max(ids.values()) == 1


@pytest.mark.parametrize("action", ACTIONS, ids=lambda a: a.id)
def test_every_action_has_a_method_a_help_and_a_binding(action) -> None:
    name = action.action.partition("(")[0]
    assert callable(getattr(DecsimApp, f"action_{name}"))
    assert action.help.endswith(".")
    bound = {b.key for b in bindings() if b.action == action.action}
    assert bound == set(action.keys)


def test_the_app_binds_the_table_and_nothing_else(make_app) -> None:
    app = make_app(FakeEngine())
    bound = {key: b.action for key, found in app._bindings.key_to_bindings.items() for b in found}
    assert bound == {key: action.action for action in ACTIONS for key in action.keys}


def test_help_palette_and_readme_name_every_action(make_app) -> None:
    everything = [text for _, rows in listed() for _, text in rows]
    table = readme_table()
    for action in ACTIONS:
        if not action.id.startswith("pane_"):
            assert action.help in everything
            assert action.help in table
            assert f"`{readable(action.keys[0])}`" in table


async def test_help_shows_the_table_and_the_words(make_app) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test() as pilot:
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpDialog)
        text = "\n".join(line.plain for line in app.screen.lines())
    for _, rows in listed():
        for keys, what in rows:
            assert keys in text
            assert what in text
    assert "what an agent publishes about a group of similar anomalous flows" in text


async def test_palette_offers_actions_parameters_and_attacks(make_app) -> None:
    app = make_app(FakeEngine(running(undo=UndoStep("detection.threshold 0.6 → 0.7"))))
    async with app.run_test() as pilot:
        await seen(pilot)
        names = [entry.name for entry in ActionProvider(app.screen).entries()]
    assert "Set detection.threshold …" in names
    assert "Set simulation.agents …" not in names, "takes effect only at a restart"
    assert "Inject beacon …" in names
    assert "Undo  (u)" in names
    assert "Step  (s)" not in names, "the run goes on"
    assert "Pause  (space)" in names
    app = make_app(FakeEngine(paused()))
    async with app.run_test() as pilot:
        await seen(pilot)
        names = [entry.name for entry in ActionProvider(app.screen).entries()]
    assert {"Resume  (space)", "Step  (s)"} <= {*names}


@pytest.mark.parametrize(
    ("state", "possible"),
    [
        (RunState.LOADING, set()),
        (RunState.RUNNING, {"pause", "inject", "faster"}),
        (RunState.PAUSED, {"pause", "step", "steps", "inject", "faster"}),
        (RunState.FAULT, {"pause", "step", "steps", "inject", "faster"}),
        (RunState.FINISHED, set()),
        (RunState.FAILED, set()),
        (RunState.STOPPED, set()),
    ],
)
def test_what_is_possible_in_which_state(state, possible) -> None:
    snapshot = running(state=state)
    asked = {"pause", "step", "steps", "inject", "faster"}
    assert {name for name in asked if available(name, snapshot)} == possible
    assert available("request_quit", snapshot)
    assert available("help", snapshot)


def test_undo_needs_something_to_undo() -> None:
    assert not available("undo", running())
    assert available("undo", running(undo=UndoStep("x")))
    assert not available("redo", running(undo=UndoStep("x")))
    assert available("redo", running(redo=UndoStep("x")))


def test_before_anything_is_known_only_looking_and_leaving_is_possible() -> None:
    names = {a.id for a in ACTIONS if a.group in ("Run", "Steer", "Keep") and a.when(EMPTY)}
    assert names == set()


@pytest.mark.parametrize("width", [30, 40, 80, 120, 200])
def test_the_footer_never_cuts_an_action(width) -> None:
    placed = Keys().layout_of(width)
    last = placed[-1]
    end = last[0] + len(readable(last[1].keys[0])) + 1 + len(last[1].label)
    assert end <= width
    assert [action.id for _, action in placed[-2:]] == list(LAST)


def test_the_footer_shows_all_of_its_actions_on_the_reference_terminal() -> None:
    assert [a for _, a in Keys().layout_of(120)] == [a for a in ACTIONS if a.footer]
