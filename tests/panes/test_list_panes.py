"""Ledger, consensus, errors, parameters, journal: what the rows say and what they ask for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pictures import busy, empty, faulted, journaled, learning, record, signature
from stage import PaneStage, text_of

from sim.commands import Order, SetParameter, Undo
from sim.config.parameters import parameters
from sim.snapshot import Consensus, ErrorCount, LedgerEntry, RuleView, Snapshot, UndoStep
from tui.messages import EditParameter, InspectAgent, InspectSignature
from tui.panes.consensus import ConsensusPane
from tui.panes.errors import ErrorsPane
from tui.panes.journal import JournalPane
from tui.panes.ledger import LedgerPane
from tui.panes.list_pane import ListPane
from tui.panes.parameters import ParametersPane
from tui.theme.glyphs import ASCII

LISTS = (LedgerPane, ConsensusPane, ErrorsPane, ParametersPane, JournalPane)


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


# Ledger


async def test_ledger_shows_the_latest_entries_first() -> None:
    lines = await drawn(LedgerPane(), busy())
    for line, entry in zip(lines, record(), strict=False):
        if "entries" in line:
            break
        assert str(entry.seq) in line
        assert f"s{entry.step}" in line
        assert entry.kind in line
        assert entry.text[:30] in line
    assert "9,642 entries · head 9f3c2a71d4" in lines[-1]


async def test_ledger_verdicts_have_their_own_symbol() -> None:
    lines = await drawn(LedgerPane(), busy(), size=(90, 40))
    assert "✓ verdict" in row_with(lines, "ACCEPTED")
    assert "✗ verdict" in row_with(lines, "REJECTED")
    assert "◌ verdict" in row_with(lines, "EXPIRED")


async def test_ledger_follows_the_head_until_it_is_scrolled() -> None:
    pane = LedgerPane()
    async with PaneStage(pane, busy()).run_test(size=(90, 20)) as pilot:
        grown = (LedgerEntry(9642, 482, "step", "the newest"), *record())
        await pilot.press("down", "down", "down")
        held = text_of(pane)
        assert "▸" in held[3]
        pane.snapshot = replace(busy(), ledger=grown)
        await pilot.pause()
        assert "▸" in row_with(text_of(pane), "9638")
        assert "held" in (pane.border_subtitle or "")
        await pilot.press("home")
        pane.snapshot = replace(
            busy(), ledger=(LedgerEntry(9643, 482, "step", "newer still"), *grown)
        )
        await pilot.pause()
        assert "newer still" in text_of(pane)[0]
        assert "held" not in (pane.border_subtitle or "")


async def test_ledger_asks_for_the_signature_else_the_agent() -> None:
    entries = (
        LedgerEntry(3, 1, "signature", "by somebody", signature=7, agent=9),
        LedgerEntry(2, 1, "signature", "odd", agent=9),
        LedgerEntry(1, 1, "step", "step 1"),
    )
    snapshot = replace(busy(), ledger=entries)
    found = await asked(LedgerPane(), snapshot, "enter", "down", "enter", "down", "enter")
    assert [type(m) for m in found] == [InspectSignature, InspectAgent]
    assert (found[0].signature, found[1].agent) == (7, 9)


async def test_ledger_filter_keeps_what_contains_the_words() -> None:
    pane = LedgerPane()
    async with PaneStage(pane, busy()).run_test(size=(90, 20)) as pilot:
        pane.filter_text = "PORT_SCAN"
        await pilot.pause()
        rows = [line for line in text_of(pane) if line.strip()]
        number = sum("port_scan" in e.text for e in record())
        assert len(rows) == number > 0
        assert all("port_scan" in row for row in rows)
        assert f"{number} shown" in (pane.border_subtitle or "")
        pane.filter_text = "no such thing"
        await pilot.pause()
        assert "Nothing here contains" in "".join(text_of(pane))


# Consensus


async def test_consensus_shows_votes_fate_and_ground_truth() -> None:
    lines = await drawn(ConsensusPane(), busy(), size=(90, 34))
    assert "1,203 published  ✓ 812 accepted  ✗ 268 rejected  ◌ 118 expired" in lines[0]
    pending = busy().consensus.pending[0]
    row = row_with(lines, f"#{pending.id}")
    votes = f"{pending.confirmations:>3} {pending.refutations:>3} {pending.abstentions:>3}"
    assert votes in row
    assert f"in {pending.expires - 481}" in row
    assert "false alarm" in row
    assert "✗ rejected" in row_with(lines, "#1198")
    assert "◌ expired" in row_with(lines, "#1194")
    assert "poison" in row_with(lines, "#1193")
    assert "┃" in row
    assert "quorum 0.7, at least 3 agree" in lines[-1]


async def test_the_quorum_mark_is_that_of_the_rule_it_was_decided_by() -> None:
    view = replace(signature(1200), confirm=9.0, refute=0.0, confirmations=9, refutations=0)
    view = replace(view, abstentions=0)
    places = []
    for quorum in (0.2, 0.8):
        decided = replace(view, rule=RuleView("quorum", quorum, agents=3, groups=2, held=False))
        snapshot = replace(busy(), consensus=Consensus(decided=(decided,), published=1))
        places.append(row_with(await drawn(ConsensusPane(), snapshot), "#1200").index("┃"))
    assert places[1] - places[0] == 12  # 0.6 of a bar of 20 cells


async def test_consensus_passes_over_headings_and_asks_for_signatures() -> None:
    found = await asked(ConsensusPane(), busy(), "enter", *["down"] * 5, "enter", "up", "enter")
    assert [m.signature for m in found] == [1199, 1198, 1203]


async def test_consensus_says_why_it_is_empty() -> None:
    assert "agents publish once" in "".join(await drawn(ConsensusPane(), learning()))


async def test_consensus_before_parameters_are_known() -> None:
    snapshot = replace(empty(), consensus=busy().consensus)
    assert "#1199" in "".join(await drawn(ConsensusPane(), snapshot))


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
            assert row.rstrip().endswith(parameter.applies)
    assert "seed" not in text
    assert "• quorum" in text
    assert "0.7  not 0.6" in row_with(lines, "• quorum")
    assert f"{busy().parameters['detection.threshold']} → 0.65" in row_with(lines, "◔ threshold")
    assert "32 flows" in row_with(lines, "batch_size")


async def test_parameters_can_list_all() -> None:
    lines = await drawn(ParametersPane(), busy(), "v", size=(90, 120))
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
        assert "next step: Pace of the run" in (pane.border_subtitle or "")
        await pilot.press("enter", "down", "enter")
    assert [type(m) for m in app.asked] == [EditParameter, EditParameter]
    assert [m.key for m in app.asked] == [
        "simulation.steps_per_second",
        "simulation.checkpoint_interval",
    ]


# Journal


async def test_journal_shows_what_waits_and_what_became_of_the_rest() -> None:
    lines = await drawn(JournalPane(), busy())
    assert "next  ◔ detection.threshold → 0.65" in lines[0]
    assert "✓ live     consensus.quorum → 0.7 (was 0.6)" in row_with(lines, "s470")
    assert "✗" in row_with(lines, "s455")
    assert "no attack 9 is under way" in row_with(lines, "s455")
    assert "scenario" in row_with(lines, "s400")
    assert "was" not in row_with(lines, "s440")
    assert "u: consensus.quorum 0.6 → 0.7" in lines[-1]


async def test_refused_commands_are_rows_of_their_own() -> None:
    refused = tuple(
        journaled(-1, 3, Undo(), "undo", reason="nothing", ticket=ticket) for ticket in (1, 2)
    )
    pane = JournalPane()
    async with PaneStage(pane, replace(learning(), journal=refused)).run_test() as pilot:
        await pilot.press("down")
        assert ["▸" in line for line in text_of(pane)[:2]] == [False, True]


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


@pytest.mark.parametrize("kind", [LedgerPane, ErrorsPane, JournalPane, ConsensusPane])
async def test_text_from_data_is_shown_as_it_is_and_harmless(kind) -> None:
    nasty = "[bold red]\x1b[2J\u202eevil\n[/]"
    view = replace(signature(1200), attack=nasty, features=(nasty,))
    snapshot = replace(
        learning(),
        ledger=(LedgerEntry(1, 1, nasty, nasty),),
        errors=(ErrorCount(nasty, 1, 1, 1, nasty),),
        notices=(nasty,),
        journal=(journaled(1, 1, Undo(), nasty, nasty, nasty, reason=nasty, source=nasty),),
        undo=UndoStep(nasty),
        consensus=Consensus(pending=(view,), published=1),
    )
    lines = await drawn(kind(), snapshot, size=(120, 12))
    assert "[bold red]" in "".join(lines)
    assert not set("\x1b\u202e\n") & set("".join(lines))


async def test_a_click_chooses_a_row_and_two_activate_it() -> None:
    app = PaneStage(LedgerPane(), busy())
    async with app.run_test(size=(90, 20)) as pilot:
        await pilot.click(LedgerPane, offset=(9, 4))
        assert "▸" in text_of(app.pane)[3]
        await pilot.click(LedgerPane, offset=(9, 4), times=2)
    assert [m.signature for m in app.asked] == [record()[3].signature]


async def test_the_last_row_can_be_seen_below_a_head() -> None:
    pane = ConsensusPane()
    async with PaneStage(pane, busy()).run_test(size=(90, 14)) as pilot:
        await pilot.press("end")
        lines = text_of(pane)
        assert f"▸ #{busy().consensus.decided[-1].id}" in lines[-1]
        assert "published" in lines[0]
