"""The beginning and every way to the end."""

import asyncio
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from app_pictures import agent, paused, running, signature
from fake_engine import FakeEngine
from pilots import seen, until
from recorded import FakeRecord, facts

from sim.archive.facts import Fact
from sim.commands import Resume, Stop
from sim.config.schema import UiSection
from sim.snapshot import EMPTY, Confusion, Consensus, Quality, RunState, View
from tui.leaving.departure import CLOSING_SECONDS
from tui.leaving.ending import Ending
from tui.messages import EditParameter, InspectAgent, InspectSignature
from tui.record.book import Book
from tui.screens.alarm import AlarmDialog
from tui.screens.leave import LeaveDialog

OPENERS = ("i", "f", "a", "t", "S", "e", "ctrl+s", "T", "question_mark", "ctrl+p", "slash")


async def test_the_first_picture_is_painted_before_the_engine_starts(make_app) -> None:
    painted = []

    class Watched(FakeEngine):
        def start(self) -> None:
            super().start()
            painted.append(app.export_screenshot())

    engine = Watched(EMPTY)
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
    assert engine.started == 1
    assert "Agents" in painted[0]
    assert "Quit" in painted[0]


async def test_what_is_being_loaded_is_shown(make_app) -> None:
    engine = FakeEngine(EMPTY)
    app = make_app(engine)
    async with app.run_test(size=(120, 40)) as pilot:
        engine.publish(cause="reading flows.csv")
        await seen(pilot)
        assert "flows.csv" in app.export_screenshot()


@pytest.mark.parametrize("state", list(RunState))
async def test_q_ends_in_every_state(make_app, state) -> None:
    engine = FakeEngine(running(state=state, cause="why"))
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        if app.screen is not app.dashboard:
            await pilot.press("q")
        await pilot.press("q")
        await until(pilot, lambda: app.return_value is not None)
    assert Stop() in engine.commands
    assert engine.closed == 1
    assert app.return_value is not None
    assert app.return_value.closed


@pytest.mark.parametrize(
    ("opener", "key"), [*((opener, "ctrl+c") for opener in OPENERS), ("i", "ctrl+q")]
)
async def test_ctrl_c_and_ctrl_q_end_also_inside_dialogs_and_inputs(make_app, opener, key) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press(opener, key)
        await until(pilot, lambda: app.return_value is not None)
    assert app.return_value is not None
    assert engine.closed == 1


@pytest.mark.parametrize(
    "message", [InspectAgent(17), InspectSignature(42), EditParameter("consensus.rule")]
)
async def test_q_closes_what_is_on_top_and_only_the_dashboard_ends(make_app, message) -> None:
    app = make_app(FakeEngine(paused(view=View(agent(), signature()))))
    async with app.run_test() as pilot:
        await seen(pilot)
        app.dashboard.post_message(message)
        await pilot.pause()
        await pilot.press("q")
        await seen(pilot)
        assert app.screen is app.dashboard
        assert app.return_value is None
        await pilot.press("q")
        await until(pilot, lambda: app.return_value is not None)
    assert app.return_value is not None


@pytest.mark.parametrize("opener", ["i", "f", "a", "e", "T", "question_mark"])
async def test_q_closes_each_dialog(make_app, opener) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press(opener, "q")
        await seen(pilot)
        assert app.screen is app.dashboard
        assert app.return_value is None


async def test_a_q_that_is_typed_does_not_end(make_app) -> None:
    app = make_app(FakeEngine(paused()))
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("slash", "q")
        await until(pilot, lambda: app.dashboard.filter_text == "q")
        await pilot.press("escape", "t", "q")
        await seen(pilot)
        assert app.return_value is None


class Deaf(FakeEngine):
    """Closing takes its time, whatever it is given."""

    def close(self, timeout=None) -> bool:
        time.sleep(4)
        return True


@pytest.mark.parametrize("engine", [FakeEngine(running(), slow=30.0), Deaf(running())])
async def test_an_engine_that_does_not_end_does_not_hold_the_screen(make_app, engine) -> None:
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        before = time.monotonic()
        app.departure.end_run()
        while app.return_value is None:
            await pilot.pause(0.02)
        assert time.monotonic() - before < CLOSING_SECONDS + 0.5
    assert not app.return_value.closed


async def test_asked_twice_it_leaves_at_once(make_app) -> None:
    app = make_app(FakeEngine(running(), slow=30.0))
    async with app.run_test() as pilot:
        await seen(pilot)
        before = time.monotonic()
        await pilot.press("q", "q")
        assert app.return_value is not None
        assert time.monotonic() - before < CLOSING_SECONDS


async def test_an_engine_that_breaks_while_closing_does_not_hold_the_screen(make_app) -> None:
    class Broken(FakeEngine):
        def close(self, timeout=None) -> bool:
            raise RuntimeError("broken")

    app = make_app(Broken(running()))

    async def leave() -> None:
        async with app.run_test() as pilot:
            await seen(pilot)
            app.departure.end_run()
            await seen(pilot)

    with pytest.raises(Exception, match="broken"):
        await leave()
    assert app.return_value is not None


@pytest.mark.parametrize(("keys", "detached", "stopped"), [
    (("q", "q"), None, False), (("q", "escape"), None, False), (("q", "enter"), False, True),
    (("q", "d"), True, False), (("ctrl+c", "ctrl+c"), False, True),
])  # fmt: skip
async def test_who_would_end_the_run_for_others_is_asked(make_app, keys, detached, stopped) -> None:
    engine = FakeEngine(running())
    engine.others = 2
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press(keys[0])
        await seen(pilot)
        assert isinstance(app.screen, LeaveDialog) and not engine.commands
        await pilot.press(keys[1])
        await seen(pilot)
        if detached is None:
            assert app.screen is app.dashboard and app.return_value is None
        else:
            await until(pilot, lambda: app.return_value is not None)
            assert app.return_value.detached == detached
        assert (Stop() in engine.commands) == stopped


async def test_the_record_is_let_go_of_before_the_engine_ends_it(make_app) -> None:
    """The ledger is one file only where nobody has it open when the engine closes it."""
    reading, closed = threading.Event(), []

    class Slow(FakeRecord):
        def facts(self, first: int, count: int) -> tuple[Fact, ...]:
            reading.set()
            time.sleep(0.1)
            return super().facts(first, count)

        def close(self) -> None:
            closed.append(Stop() in engine.commands)

    engine = FakeEngine(running(run_dir="/r"))
    app = make_app(engine, book=Book(lambda path: Slow(facts())))
    async with app.run_test() as pilot:
        await seen(pilot)
        app.book.follower.hear("/r", 3)
        assert await asyncio.to_thread(reading.wait, 5)
        await pilot.press("q")
        await until(pilot, lambda: app.return_value is not None)
    assert closed == [False]


async def test_who_only_watches_leaves_the_run_alone(make_app) -> None:
    engine = FakeEngine(running())
    engine.in_charge = False
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("q")
        await until(pilot, lambda: app.return_value is not None)
    assert app.return_value.detached and Stop() not in engine.commands


@pytest.mark.parametrize(("on_hangup", "others", "goes_on"), [
    ("detach", 0, True), ("end", 0, False), ("end", 1, True),
])  # fmt: skip
async def test_an_app_that_ends_otherwise_leaves_the_run_or_ends_it(
    make_app, on_hangup, others, goes_on
) -> None:
    engine = FakeEngine(running())
    engine.others = others
    app = make_app(engine, UiSection(refresh_hz=30, on_hangup=on_hangup))
    async with app.run_test() as pilot:
        await seen(pilot)
    assert engine.given(Stop) == ([] if goes_on else [Stop()])
    assert engine.detached == int(goes_on)
    assert app.departure.abandoned == goes_on


def test_the_last_line_says_where_the_run_is_and_how_to_go_on(tmp_path: Path) -> None:
    run = tmp_path / "a b"
    run.mkdir()
    ending = Ending.of(
        running(run_dir=str(run), state=RunState.STOPPED), before=RunState.RUNNING, closed=True
    )
    assert ending.lines[0] == f"Unfinished at step 40, kept in {run}"
    assert ending.lines[-2:] == (
        f"continue: decsim-tui resume '{run}'",
        f"replay: decsim-tui replay '{run}'",
    )
    assert ending.code == 0


@pytest.mark.parametrize("before", [RunState.FAULT, RunState.RUNNING, RunState.PAUSED])
def test_a_run_whose_directory_was_taken_away_is_not_said_to_be_kept(
    tmp_path: Path, before: RunState
) -> None:
    """Whether the engine has met that yet or not."""

    def ending(run: Path) -> Ending:
        stopped = running(run_dir=str(run), state=RunState.STOPPED)
        return Ending.of(stopped, before=before, closed=True)

    assert ending(tmp_path).code == 0
    gone = ending(tmp_path / "gone")
    assert gone.code == 1
    [line] = gone.lines
    assert line.endswith("gone was moved or removed while in use")


def test_a_finished_run_that_is_closed_is_finished(tmp_path: Path) -> None:
    stopped = running(run_dir=str(tmp_path), state=RunState.STOPPED)
    ending = Ending.of(stopped, before=RunState.FINISHED, closed=True)
    assert ending.lines[0].startswith("Finished at step 40")
    assert not any("continue" in line for line in ending.lines)


async def test_a_finished_run_is_finished_though_its_end_is_shown_before_the_app_leaves(
    make_app, tmp_path
) -> None:
    engine = FakeEngine(running(state=RunState.FINISHED, run_dir=str(tmp_path)))
    app = make_app(engine)

    def close(timeout: float | None = None) -> bool:
        engine.publish(state=RunState.STOPPED)
        app.call_from_thread(app.poll)
        return True

    engine.close = close
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("q", "q")
        await until(pilot, lambda: app.return_value is not None)
    assert app.return_value.lines[0].startswith("Finished")


def test_the_last_line_has_the_final_statistics(tmp_path: Path) -> None:
    votes = Consensus(published=1_234, accepted=3, rejected=1_230, expired=1)
    quality = Quality(collective=Confusion(tp=3, fp=1, fn=1, tn=9))
    end = replace(EMPTY, run_dir=str(tmp_path), step=40, consensus=votes, quality=quality)
    assert Ending.of(end, before=RunState.FINISHED, closed=True).lines == (
        f"Finished at step 40, kept in {tmp_path}",
        "1,234 signatures: 3 accepted, 1,230 rejected, 1 expired; F1 0.75",
        f"replay: decsim-tui replay {tmp_path}",
    )


def test_a_run_that_failed_before_its_first_step_says_why() -> None:
    failed = running(state=RunState.FAILED, run_dir="", cause="x.csv: line 3: \x1bwrong")
    ending = Ending.of(failed, before=RunState.LOADING, closed=True)
    assert ending.lines == ("Failed before the first step: x.csv: line 3: wrong",)
    assert ending.code == 1
    assert Ending.of(EMPTY, before=RunState.LOADING, closed=True).lines == ()


# Faults and failures.


async def test_a_fault_is_told_once_and_the_run_can_go_on(make_app) -> None:
    engine = FakeEngine(running())
    app = make_app(engine)
    async with app.run_test() as pilot:
        engine.publish(state=RunState.FAULT, cause="disk [b]full[/b]")
        await seen(pilot)
        assert isinstance(app.screen, AlarmDialog)
        assert "disk [b]full[/b]" in str(app.screen.query_one("#alarm").render())
        await pilot.press("escape")
        engine.publish(step=40)
        await seen(pilot)
        assert app.screen is app.dashboard, "once"
        await pilot.press("space")
        assert engine.commands == [Resume()]
        engine.publish(state=RunState.RUNNING, cause="")
        await seen(pilot)
        engine.publish(state=RunState.FAULT, cause="disk [b]full[/b]")
        await seen(pilot)
        assert isinstance(app.screen, AlarmDialog), "a new one"
        await pilot.press("space")
        assert engine.commands == [Resume(), Resume()]
        assert app.screen is app.dashboard


@pytest.mark.parametrize(("run_dir", "left"), [("", True), ("/runs/a", False)])
async def test_q_leaves_a_run_that_never_began(make_app, run_dir: str, left: bool) -> None:
    engine = FakeEngine(running())
    app = make_app(engine)
    async with app.run_test() as pilot:
        engine.publish(state=RunState.FAILED, run_dir=run_dir, cause="a.csv, line 3: wrong")
        await seen(pilot)
        assert isinstance(app.screen, AlarmDialog)
        await pilot.press("q")
        await seen(pilot)
        assert (app.return_value is not None or Stop() in engine.commands) is left


async def test_a_fault_waits_until_a_dialog_is_closed(make_app) -> None:
    engine = FakeEngine(paused())
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("i")
        engine.publish(state=RunState.FAULT, cause="why")
        await seen(pilot)
        assert not isinstance(app.screen, AlarmDialog)
        await pilot.press("escape")
        await seen(pilot)
        assert isinstance(app.screen, AlarmDialog)


async def test_the_alarm_leaves_when_the_fault_is_over(make_app) -> None:
    engine = FakeEngine(running(state=RunState.FAULT, cause="why"))
    app = make_app(engine)
    async with app.run_test() as pilot:
        await seen(pilot)
        assert isinstance(app.screen, AlarmDialog)
        engine.publish(state=RunState.RUNNING)
        await seen(pilot)
        assert app.screen is app.dashboard


async def test_a_failure_keeps_the_screen_alive(make_app) -> None:
    engine = FakeEngine(running())
    app = make_app(engine)
    async with app.run_test() as pilot:
        engine.publish(state=RunState.FAILED, cause="step 41 failed: ValueError")
        await seen(pilot)
        text = str(app.screen.query_one("#alarm").render())
        assert "decsim-tui replay /runs/2026-quickstart-7" in text
        assert "resume" in text
        await pilot.press("space", "y", "escape", "2", "question_mark")
        assert engine.commands == []
        assert app.clipboard == "decsim-tui replay /runs/2026-quickstart-7"
        await pilot.press("escape", "q")
        await until(pilot, lambda: app.return_value is not None)
    assert app.return_value.code == 1


async def test_what_is_closed_twice_closes_nothing_else(make_app) -> None:
    app = make_app(FakeEngine(running()))
    async with app.run_test() as pilot:
        await seen(pilot)
        await pilot.press("t", "question_mark")
        await pilot.pause()
        below, top = app.screen_stack[-2:]
        top.dismiss()
        top.dismiss()
        await pilot.pause()
        assert app.screen is below
        below.dismiss()
        below.dismiss()
        app.pop_screen()
        await pilot.pause()
        assert app.screen is app.dashboard
