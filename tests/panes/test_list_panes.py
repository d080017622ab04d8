"""Errors, knobs, attacks: what the rows say and what they ask for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pictures import busy, empty, faulted, learning
from stage import PaneStage, text_of

from sim.commands import Order, SetParameter, Undo
from sim.config.parameters import parameters
from sim.snapshot import AttackOutcome, ErrorCount, Protection, Snapshot
from tui.messages import EditParameter
from tui.panes.attacks import AttacksPane
from tui.panes.errors import ErrorsPane
from tui.panes.list_pane import ListPane
from tui.panes.parameters import ParametersPane
from tui.theme.glyphs import ASCII

LISTS = (ErrorsPane, ParametersPane, AttacksPane)


async def drawn(pane: ListPane, snapshot: Snapshot, *keys: str, size=(90, 20)) -> list[str]:
    async with PaneStage(pane, snapshot).run_test(size=size) as pilot:
        await pilot.press(*keys)
        return [*text_of(pane), pane.border_subtitle or ""]


def row_with(lines: list[str], word: str) -> str:
    return next(line for line in lines if word in line)


async def asked(pane: ListPane, snapshot: Snapshot, *keys: str) -> list[object]:
    app = PaneStage(pane, snapshot)
    async with app.run_test(size=(90, 20)) as pilot:
        await pilot.press(*keys)
    return list(app.asked)


# Errors


async def test_errors_show_kind_count_and_steps() -> None:
    lines = await drawn(ErrorsPane(), faulted())
    row = row_with(lines, "agent.broadcast")
    for word in ("×20", "s478→s481", "injected broadcast failure"):
        assert word in row
    fault = row_with(lines, "broadcast_failure")
    assert "s478→s488" in fault
    assert "20 agents cannot broadcast" in fault
    assert "ray is not installed" in "".join(lines)
    assert "36 in all, 4 kinds" in lines[-1]


async def test_errors_in_a_narrow_pane_say_what_happened_below() -> None:
    lines = await drawn(ErrorsPane(), faulted(), size=(40, 20))
    index = next(i for i, line in enumerate(lines) if "ledger.full" in line)
    assert "s481  database or disk is full" in lines[index + 1]


async def test_no_errors_is_a_calm_sight() -> None:
    assert "✓ No errors." in "".join(await drawn(ErrorsPane(), learning()))


async def test_one_error_is_one() -> None:
    snapshot = replace(learning(), errors=(ErrorCount("step.odd", 1, 4, 4, "odd"),))
    assert "1 in all, 1 kind" in (await drawn(ErrorsPane(), snapshot))[-1]


# Parameters


async def test_parameters_list_every_live_one_with_its_value() -> None:
    lines = await drawn(ParametersPane(), busy(), size=(90, 90))
    text = "\n".join(lines)
    for parameter in parameters():
        if parameter.live and not parameter.key.startswith("ui."):
            row = next(line for line in lines if f" {parameter.key.split('.')[1]} " in line)
            late = parameter.applies != "next step"
            assert row.rstrip().endswith(parameter.applies) == late
    assert "seed" not in text
    assert "• quorum" in text
    assert "0.7  default 0.6" in row_with(lines, "• quorum")
    assert f"{busy().parameters['detection.threshold']} → 0.65" in row_with(lines, "◔ threshold")
    assert "32 flows" in row_with(lines, "batch_size")


async def test_parameters_can_list_all() -> None:
    lines = await drawn(ParametersPane(), busy(), "V", size=(90, 160))
    text = "\n".join(lines)
    assert all(f" {p.key.split('.')[1]} " in text for p in parameters())


async def test_the_waiting_mark_goes_to_the_key_alone() -> None:
    snapshot = replace(
        busy(), pending=(Order(SetParameter("consensus.quorum", 0.9)), Order(Undo()))
    )
    lines = await drawn(ParametersPane(), snapshot, size=(90, 90))
    assert sum("◔" in line for line in lines) == 1
    assert "0.7 → 0.9" in row_with(lines, "◔ quorum")


async def test_parameters_explain_the_one_under_the_cursor_and_edit_it() -> None:
    pane = ParametersPane()
    app = PaneStage(pane, busy())
    async with app.run_test(size=(90, 20)) as pilot:
        assert "Score from which a flow is anomalous" in (pane.border_subtitle or "")
        await pilot.press("enter", "down", "enter")
    assert [type(m) for m in app.asked] == [EditParameter, EditParameter]
    assert [m.key for m in app.asked] == [
        "detection.threshold",
        "signature.min_score",
    ]


# All


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("size", [(30, 6), (44, 12), (80, 20), (180, 50)])
async def test_rows_are_exactly_as_wide_as_the_pane(kind, size) -> None:
    pane = kind()
    async with PaneStage(pane, faulted()).run_test(size=size) as pilot:
        for keys in ((), ("end",), ("pageup",)):
            await pilot.press(*keys)
            widths = {pane.render_line(y).cell_length for y in range(pane.content_size.height)}
            assert widths == {pane.content_size.width}


@pytest.mark.parametrize("kind", LISTS)
async def test_lists_survive_any_snapshot_and_any_key(kind) -> None:
    pane = kind()
    async with PaneStage(pane, empty()).run_test(size=(60, 12)):
        for snapshot in (empty(), learning(), faulted(), busy(), empty()):
            pane.snapshot = snapshot
            for word in ("", "a", "nowhere", ""):
                pane.filter_text = word
                pane.action_move(0, -1)
                pane.action_move(0, 1)
                pane.action_page(1)
                pane.action_activate()
                pane.action_ends(True)
                pane.action_ends(False)
                assert len(text_of(pane)) == pane.content_size.height


@pytest.mark.parametrize("kind", LISTS)
async def test_lists_are_ascii_when_asked(kind) -> None:
    lines = await drawn(kind(ASCII), faulted(), "down", size=(80, 30))
    assert "".join(lines).isascii()


@pytest.mark.parametrize("kind", [ErrorsPane])
async def test_text_from_data_is_shown_as_it_is_and_harmless(kind) -> None:
    nasty = "[bold red]\x1b[2J\u202eevil\n[/]"
    snapshot = replace(learning(), errors=(ErrorCount(nasty, 1, 1, 1, nasty),), notices=(nasty,))
    lines = await drawn(kind(), snapshot, size=(120, 12))
    assert "[bold red]" in "".join(lines)
    assert not set("\x1b\u202e\n") & set("".join(lines))


# Attacks


async def test_attacks_show_the_result_of_the_run() -> None:
    outcome = AttackOutcome("port_scan", 41, 13, 0, 1, 2, None, 1234, 7)
    other = AttackOutcome("beacon", 90, 4, None, None, None, None, 5, 0)
    quality = replace(
        busy().quality, attacks=(outcome, other), protection=Protection(2, 1, 2.0, 0.8)
    )
    lines = await drawn(AttacksPane(), replace(busy(), quality=quality), size=(110, 12))
    assert row_with(lines, "began").split() == [
        "attack", "began", "agents", "flag", "sign", "accept", "all", "know", "missed", "false", "+"
    ]  # fmt: skip
    assert row_with(lines, "s41").split()[-8:] == [
        "s41", "13", "+0", "+1", "+2", "–", "1.23k", "7"
    ]  # fmt: skip
    assert "1 of 2 kinds accepted after 2 steps" in lines[-1]
    assert "1st contact 73 %, signatures 60 %" in lines[-1]
    narrow = await drawn(AttacksPane(), replace(busy(), quality=quality), size=(46, 12))
    assert "all know" not in "".join(narrow), "a column is left out, never cut"
    assert row_with(narrow, "s41").split()[-3:] == ["s41", "13", "+0"]
