"""Dialogs: what is typed becomes exactly the command it says, or an error beside the field."""

from pathlib import Path

import pytest
from app_pictures import KINDS, paused
from fake_engine import FakeEngine
from hypothesis import given
from hypothesis import strategies as st
from pilots import seen, until
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.events import Key

from sim.commands import (
    InjectAttack,
    InjectFault,
    SetAdversaries,
    Step,
    StopAttack,
    Targets,
)
from sim.config.document import read_document
from sim.config.load import LoadedConfig
from sim.config.schema import Config
from sim.errors import InputError
from sim.snapshot import AttackView
from tui.forms.bounds import Bounds, EntryError, agent_ids, bounds_of
from tui.forms.choice import Choice
from tui.forms.entry import Entry
from tui.forms.rows import Rows
from tui.panes.grid import GridPane
from tui.panes.status import StatusPane
from tui.screens.inject import InjectDialog
from tui.screens.save import effective_config


def fill(app, **values: str) -> None:
    for name, value in values.items():
        app.screen.entry(name).value = value


def wrong(app) -> list[str]:
    return [e.id for e in app.screen.query(Entry) if e.has_class("-wrong")]


def says(app) -> str:
    return str(app.screen.query_one("#says").render())


def note(app, name: str) -> str:
    return app.screen.entry(name).noted


async def test_inject_with_its_defaults(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("i", "enter")
        assert engine.commands == [InjectAttack(KINDS[0])]
        assert app.screen is app.dashboard


async def test_inject_what_was_typed(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("i", "right", "tab", "tab")
        await pilot.press("0", ".", "9", "tab", "1", "2")
        fill(app, share="0.5")
        await pilot.press("enter")
        assert engine.commands == [InjectAttack("ddos", 0.9, 12, Targets(fraction=0.5))]


@pytest.mark.parametrize(
    ("turns", "values", "targets"),
    [
        (1, {"ids": "3, 7, 10-12"}, Targets(agents=(3, 7, 10, 11, 12))),
        (2, {"radius": "3", "spread": "0.5"}, Targets(centre=(2, 1), radius=3.0, spread=0.5)),
        (2, {"column": "9", "row": "0"}, Targets(centre=(9, 0), radius=2.0)),
    ],
)
async def test_inject_by_ids_and_around_the_cursor(make_app, turns, values, targets) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        app.dashboard.query_one(GridPane).cursor = 12
        await pilot.press("i", *["tab"] * 4, *["right"] * turns)
        fill(app, **values)
        await pilot.press("ctrl+j")
        assert [c.targets for c in engine.given(InjectAttack)] == [targets]


WRONG = (
    ("intensity", "0", "must be above 0, at most 1"),
    ("intensity", "1.01", "must be above 0, at most 1"),
    ("intensity", "nan", "must be above 0, at most 1"),
    ("intensity", "", "a number, above 0, at most 1"),
    ("duration", "2.5", "a whole number, 1 to 1,000,000"),
    ("duration", "0", "must be 1 to 1,000,000"),
    ("share", "x", "a number, above 0, at most 1"),
)


async def test_errors_stand_beside_the_field_as_one_types(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("i")
        for name, text, said in WRONG:
            fill(app, **{name: text})
            await pilot.pause()
            assert wrong(app) == [name]
            assert note(app, name) == said
            await pilot.press("enter")
            assert engine.commands == []
            assert app.focused.parent.id == name
            fill(app, **{name: "1"})
            await pilot.pause()
            assert wrong(app) == []


async def test_attacks_under_way_are_listed_and_one_can_be_stopped(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("i", "x")
        assert engine.commands == [], "the list has not the focus"
        await pilot.press(*["tab"] * 6, "x")
        assert engine.commands == [StopAttack(3)]
        assert isinstance(app.screen, InjectDialog)
        engine.publish(attacks=())
        await seen(pilot)
        await pilot.press("x")
        assert engine.commands == [StopAttack(3)]


async def test_what_is_selected_on_the_map_is_what_an_attack_reaches(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press("1", "v", "right", "down", "i", "d", "enter")
        (attack,) = engine.given(InjectAttack)
        assert attack.kind == "ddos"
        assert attack.targets == Targets(agents=(0, 1, 10, 11))


async def test_esc_gives_no_command(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        for key in ("i", "t", "e", "T", "question_mark"):
            await pilot.press(key)
            assert app.screen is not app.dashboard, key
            await pilot.press("escape")
            assert app.screen is app.dashboard, key
        assert engine.commands == []


async def test_faults(make_app) -> None:
    engine = FakeEngine(paused())
    async with make_app(engine).run_test() as pilot:
        await seen(pilot)
        await pilot.press("f", "c", "enter")
        assert engine.commands == [InjectFault("cache_corruption", Targets(fraction=0.1), 10)]


async def test_faults_of_what_the_run_stands_on_ask_for_no_targets(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("f", "d")
        assert not app.screen.query_one("TargetsForm").display
        await pilot.press("tab", "tab", "7", "enter")
        assert engine.commands == [InjectFault("disk_full", duration=7)]
        await pilot.press("f", "w")
        assert not app.screen.entry("duration").display
        await pilot.press("enter")
        assert engine.commands[1:] == [InjectFault("worker_lost", duration=1)]
        await pilot.press("f", "s", "tab", "tab", "0", "enter")
        assert len(engine.commands) == 2


async def test_adversaries(make_app) -> None:
    engine = FakeEngine(paused())
    async with make_app(engine).run_test() as pilot:
        await seen(pilot)
        await pilot.press("a", "p", "tab", "tab", "right", "tab", "5", "enter")
        assert engine.commands == [SetAdversaries("poison", Targets(agents=(5,)))]


async def test_several_steps(make_app) -> None:
    engine = FakeEngine(paused())
    async with make_app(engine).run_test() as pilot:
        await seen(pilot)
        await pilot.press("S", "2", "5", "enter")
        assert engine.commands == [Step(25)]


async def test_what_is_typed_before_the_input_is_drawn_is_not_lost(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("i")
        app.screen.set_focus(app.screen.entry("duration"))
        for key in ("7", "0", "enter"):
            app.post_message(Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: engine.commands != [])
        assert engine.commands == [InjectAttack(KINDS[0], duration=70)]


async def test_a_click_on_a_field_goes_there(make_app) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("i")
        await pilot.click("#duration", offset=(15, 0))
        await pilot.press("4", "2", "shift+tab", "9")
        assert [app.screen.entry(name).value for name in ("duration", "intensity")] == ["42", "9"]
        assert wrong(app) == ["intensity"]


async def test_arrows_move_between_fields(make_app) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("i", "down")
        assert app.focused.id == "kind"
        await pilot.press("down")
        assert app.focused.parent.id == "intensity"
        await pilot.press("up")
        assert app.focused.id == "kind"


@pytest.mark.parametrize("attacks", [0, 1, 2])
async def test_arrows_go_through_the_whole_form_and_its_list(make_app, attacks) -> None:
    under_way = tuple(AttackView(n, "ddos", 0.6, 30, 70, 12) for n in range(attacks))
    app = make_app(FakeEngine(paused(attacks=under_way)))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press("i")
        await seen(pilot)
        begin = app.focused
        for keys in ("up", "down"):
            met = []
            for _ in range(30):
                await pilot.press(keys)
                met.append(app.focused)
                if app.focused is begin:
                    break
            assert app.focused is begin, keys
            lists = [widget for widget in met if isinstance(widget, Rows)]
            assert min(attacks, 1) <= len(lists) <= attacks, keys
            assert any(isinstance(widget, Choice) for widget in met), keys


async def test_enter_on_a_choice_lists_its_options_and_fires_nothing(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("i", "tab", "enter")
        kind = app.screen.query_one("#kind", Choice)
        assert kind.listed and kind.size.height == 1 + len(KINDS)
        shown = [kind.render_line(y).text.strip() for y in range(1, kind.size.height)]
        assert [text.strip("▸ ") for text in shown] == list(KINDS)
        await pilot.press("down", "down", "enter")
        assert not kind.listed
        assert kind.value == KINDS[2]
        assert engine.commands == []
        await pilot.press("shift+tab", "enter")
        assert [c.kind for c in engine.commands] == [KINDS[2]]


# Export.


async def test_export_runs_beside_the_screen_and_tells_the_rows(make_app, tmp_path) -> None:
    calls = []

    def export(run_dir: Path, what: str, file_format: str, out: Path) -> int:
        calls.append((run_dir, what, file_format, out))
        return 1234

    app = make_app(FakeEngine(paused(run_dir=str(tmp_path))), export=export)
    async with app.run_test(notifications=True) as pilot:
        await seen(pilot)
        await pilot.press("e", "right", "tab", "tab", "right", "shift+tab", "shift+tab", "enter")
        await until(pilot, lambda: app.screen is app.dashboard)
        out = tmp_path / "exports" / "votes.json"
        assert calls == [(tmp_path, "votes", "json", out)]
        assert app.screen is app.dashboard
        said = app.dashboard.query_one(StatusPane).said
        assert said == f"1,234 rows of votes in votes.json, in {out.parent}"
        assert not app._notifications


@pytest.mark.parametrize("error", [InputError("no pyarrow here"), PermissionError(13, "denied")])
async def test_a_failed_export_keeps_the_dialog_with_the_reason(make_app, tmp_path, error) -> None:
    def export(*_: object) -> int:
        raise error

    app = make_app(FakeEngine(paused(run_dir=str(tmp_path))), export=export)
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("e", "enter")
        await until(pilot, lambda: "Not exported" in says(app))
        assert str(error) in str(app.screen.query_one("#says").render())


async def test_an_existing_export_is_overwritten_only_when_asked_twice(make_app, tmp_path) -> None:
    calls = []
    out = tmp_path / "exports" / "signatures.csv"
    out.parent.mkdir()
    out.write_text("precious")
    app = make_app(
        FakeEngine(paused(run_dir=str(tmp_path))), export=lambda *a: calls.append(a) or 0
    )
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("e", "enter")
        await seen(pilot)
        assert calls == []
        await pilot.press("enter")
        await until(pilot, lambda: len(calls) == 1)


async def test_only_the_journal_is_exported_as_a_scenario(make_app, tmp_path) -> None:
    calls = []
    app = make_app(
        FakeEngine(paused(run_dir=str(tmp_path))), export=lambda *a: calls.append(a) or 0
    )
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("e", "j", "tab", "tab", "y", "shift+tab", "m")
        kind, form = (app.screen.query_one(f"#{name}", Choice) for name in ("what", "format"))
        assert (kind.value, form.value) == ("metrics", "csv")
        assert "yaml" not in form.options
        await pilot.press("j", "tab", "y", "ctrl+j")
        await until(pilot, lambda: calls)
        assert calls[0][1:] == ("journal", "yaml", tmp_path / "exports" / "journal.yaml")


async def test_a_file_that_the_person_named_is_not_renamed(make_app, tmp_path) -> None:
    app = make_app(FakeEngine(paused(run_dir=str(tmp_path))))
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("e")
        fill(app, file="/elsewhere/x.csv")
        await pilot.press("right")
        assert app.screen.entry("file").value == "/elsewhere/x.csv"


# Save.


async def test_save_writes_the_values_in_force_and_reads_back(make_app, tmp_path) -> None:
    values = {**paused().parameters, "detection.threshold": 0.7}
    app = make_app(FakeEngine(paused(run_dir=str(tmp_path), parameters=values)))
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("ctrl+s", "enter")
        await pilot.pause()
        path = tmp_path / "effective.yaml"
        assert read_document(path).values["detection.threshold"] == 0.7
        assert list(tmp_path.glob(".*")) == [], "nothing half written is left"
        path.write_text("precious")
        await pilot.press("ctrl+s", "enter")
        assert path.read_text() == "precious"
        await pilot.press("enter")
        await pilot.pause()
        assert path.read_text() != "precious"


async def test_save_where_nothing_can_be_written_says_so(make_app, tmp_path) -> None:
    app = make_app(FakeEngine(paused(run_dir=str(tmp_path))))
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("ctrl+s")
        for name in (str(tmp_path), "", "bad\0name"):
            fill(app, file=name)
            await pilot.press("enter")
            assert wrong(app) == ["file"]
        fill(app, file=str(tmp_path / "nowhere" / "x.yaml"))
        await pilot.press("enter")
        assert "Not saved" in str(app.screen.query_one("#says").render())


def test_values_in_force_lie_over_the_loaded_ones() -> None:
    loaded = LoadedConfig(Config.model_validate({"cache": {"capacity": 7}}), {})
    config = effective_config(loaded, {"detection.threshold": 0.9})
    assert config.cache.capacity == 7
    assert config.detection.threshold == 0.9


# What is typed.


@given(st.text(max_size=30), st.sampled_from(["intensity", "duration"]))
def test_numbers_are_within_bounds_or_refused(text, field) -> None:
    bounds = bounds_of(InjectAttack, field)
    try:
        number = bounds.parse(text)
    except EntryError:
        return
    assert (0 if bounds.low_open else 1) <= number <= bounds.high
    assert number > 0


def test_bounds_come_from_the_commands() -> None:
    assert bounds_of(InjectAttack, "intensity") == Bounds(False, 0.0, True, 1.0)
    assert bounds_of(Step, "steps") == Bounds(True, 1.0, False, 1_000_000.0)
    assert bounds_of(Targets, "radius") == Bounds(False, 0.0)


@given(st.text("0123456789,- x", max_size=20), st.integers(1, 50))
def test_ids_exist_or_are_refused(text, population) -> None:
    try:
        ids = agent_ids(text, population)
    except EntryError:
        return
    assert ids
    assert list(ids) == sorted(set(ids))
    assert 0 <= ids[0] <= ids[-1] < population


@given(st.sets(st.integers(0, 49), min_size=1))
def test_ids_that_are_written_out_are_taken(ids) -> None:
    assert agent_ids(", ".join(map(str, ids)), 50) == tuple(sorted(ids))


# The mouse.


async def test_the_mouse_turns_choices_and_marks_rows(make_app) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("i")
        await pilot.click("#kind", offset=(17, 0))
        assert app.screen.query_one("#kind", Choice).value == KINDS[1]
        await pilot.click("#kind", offset=(12, 0))
        assert app.screen.query_one("#kind", Choice).value == KINDS[0]
        await pilot.press("escape", "t")
        rows = app.screen.query_one(Rows)
        await pilot.click(Rows, offset=(4, 3))
        assert rows.cursor == 3
        marked = rows.key
        await pilot.click(Rows, offset=(4, 3))
        await pilot.pause()
        assert app.screen.heading == marked


@pytest.mark.parametrize("key", ["e", "ctrl+s"])
async def test_name_and_folder_of_a_file_are_seen_whole(make_app, key) -> None:
    run_dir = "/" + "/".join(["a-rather-long-folder"] * 8)
    app = make_app(FakeEngine(paused(run_dir=run_dir)))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press(key)
        await pilot.pause()
        words = str(app.screen.query_one("#where").content)
        name = "signatures.csv" if key == "e" else "effective.yaml"
        assert words.replace("\n", "").startswith(f"Writes {name} into{run_dir}")
        lines = ["".join(s.text for s in strip) for strip in app.screen._compositor.render_strips()]
        assert any(name in line for line in lines)
        whole = [line.strip(" │") for line in lines if "a-rather-long-folder" in line]
        assert all(line.endswith("folder") or "exports" in line for line in whole[1:])
        app.screen.entry("file").value = "/tmp/other.json"
        app.screen.redraw()
        assert "Writes other.json into /tmp" in str(app.screen.query_one("#where").content)


async def test_a_format_that_cannot_be_written_is_dim_and_refused(make_app, monkeypatch) -> None:
    monkeypatch.setattr("sim.archive.exports.importlib.util.find_spec", lambda name: None)
    calls: list[object] = []
    app = make_app(FakeEngine(paused(run_dir="/nowhere")), export=lambda *a: calls.append(a) or 0)
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press("e")
        choice = app.screen.query_one("#format", Choice)
        choice.choose("parquet")
        await pilot.pause()
        assert "needs pyarrow" in choice.render_line(0).text
        app.screen.submit()
        await pilot.pause()
        assert "Needs pyarrow" in says(app) and calls == []
        choice.choose("json")
        await pilot.pause()
        assert "needs" not in choice.render_line(0).text


async def test_what_is_in_a_dialog_is_styled_once_until_it_is_seen(make_app, monkeypatch) -> None:
    styled: list[object] = []
    apply = Stylesheet.apply

    def watch(sheet: Stylesheet, node: DOMNode, **options: bool) -> None:
        styled.append(node)
        apply(sheet, node, **options)

    monkeypatch.setattr(Stylesheet, "apply", watch)
    app = make_app(FakeEngine(paused()))
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(pilot)
        await pilot.press("i")
        await until(pilot, lambda: app.screen is not app.dashboard and app.screen.seen)
        times = {id(node): styled.count(node) for node in app.screen.query(Entry)}
        assert len(times) > 2
        assert set(times.values()) == {1}
        before = len(styled)
        app.screen.add_class("-other")
        await pilot.pause()
        assert len(styled) > before, "a seen one is styled as any other"
