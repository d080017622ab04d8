"""Panes over the whole record: nothing ever leaves them, and the mark stays where it is put."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pictures import busy
from recorded import FakeRecord, command, facts, opener, rows, written
from stage import PaneStage, text_of

from sim.archive.facts import Published, Stepped, TakenBack
from sim.snapshot import AgentState, Confusion, ErrorCount, Quality, RunState, Snapshot
from tui.messages import GoToStep, InspectSignature
from tui.panes.attacks import AttacksPane
from tui.panes.journal import JournalPane
from tui.panes.ledger import LedgerPane
from tui.panes.record_pane import RecordPane
from tui.panes.signatures import SignaturesPane
from tui.panes.story import StoryPane
from tui.record.book import Book
from tui.record.pattern import compiled
from tui.theme.glyphs import ASCII

LISTS = (LedgerPane, SignaturesPane, StoryPane, JournalPane)


def shot(length: int | None = None) -> Snapshot:
    done = replace(busy().performance, ledger_entries=length or len(rows()))
    return replace(busy(), run_dir="/nowhere", performance=done)


async def drawn(pane: RecordPane, *keys: str, size=(100, 20)) -> list[str]:
    async with PaneStage(pane, shot()).run_test(size=size) as pilot:
        await pilot.press(*keys)
        return [*text_of(pane), pane.border_subtitle or ""]


def row_with(lines: list[str], word: str) -> str:
    return next(line for line in lines if word in line)


# The ledger: by number, read page by page.


def long_book(length: int) -> Book:
    """The oldest rows say nothing, so that a long one is quickly made."""
    content = [
        (n // 10, Published(n % 64, 9, 0.9, (f"feature{n}",)) if n > length - 6000 and n else None)
        for n in range(length)
    ]
    found = facts(content)
    book = Book(opener=opener(found))
    for fact in found:
        book.add(fact)
    return book


async def pages(pilot, pane: LedgerPane, length: int) -> None:
    pane.book.follower.hear("/nowhere", length)
    for _ in range(200):
        if pane.turn_pages():
            pane.redraw()
        await pilot.pause(0.01)
        if "…" not in "".join(line[:12] for line in text_of(pane)):
            return
    raise AssertionError("the page did not come")


async def test_the_first_row_of_a_long_ledger_can_be_reached() -> None:
    pane = LedgerPane(book=long_book(5200))
    async with PaneStage(pane, shot(5200)).run_test(size=(90, 16)) as pilot:
        await pages(pilot, pane, 5200)
        assert "5199" in text_of(pane)[0]
        await pilot.press("G")
        await pages(pilot, pane, 5200)
        assert text_of(pane)[-1].split()[:2] == ["▸", "0"]


@pytest.mark.parametrize("length", [2000, 100_000])
async def test_a_marked_row_is_the_same_after_ten_thousand_new_ones(length: int) -> None:
    book = long_book(length)
    pane = LedgerPane(book=book)
    async with PaneStage(pane, shot(length)).run_test(size=(90, 16)) as pilot:
        await pages(pilot, pane, length)
        await pilot.press("down", "down", "down", "down")
        marked = pane.marked_number
        line = text_of(pane)[4]
        assert str(marked) in line
        row = (length // 10, Published(1, 2, 0.5, ()))
        for fact in facts([(0, None)] * length + [row] * 10_000)[length:]:
            book.add(fact)
        pane.redraw()
        assert pane.marked_number == marked == length - 5
        assert text_of(pane)[4].split()[:2] == line.split()[:2], "not even its place moves"
        await pilot.press("g")
        assert pane.marked_number == length + 9_999


async def test_a_search_reaches_the_whole_record_and_what_comes_later() -> None:
    book = long_book(3000)
    pane = LedgerPane(book=book)
    async with PaneStage(pane, shot(3000)).run_test(size=(90, 16)) as pilot:
        book.follower.hear("/nowhere", 3000)
        pane.filter_text = "agent.7.·"
        for _ in range(300):
            await pilot.pause(0.01)
            if pane._search.idle(book.follower._next):
                break
        assert len(pane.listed()) == sum(n % 64 == 7 for n in range(1, 3000))
        assert pane.listed()[0] == 7
        pane.redraw()
        assert "of 3,000" in (pane.border_subtitle or "")
        pane.filter_text = ""
        assert len(pane.listed()) == 3000


async def test_a_paused_run_shows_what_a_search_finds() -> None:
    """No picture comes then, and no row: only the search itself goes on."""
    pane = LedgerPane(book=long_book(3000))
    async with PaneStage(pane, shot(3000)).run_test(size=(90, 16)) as pilot:
        await pages(pilot, pane, 3000)
        pane.filter_text = "agent.7.·"
        assert "3,000 of" not in (pane.border_subtitle or ""), "nothing has been looked at"
        for _ in range(300):
            await pilot.pause(0.01)
            idle = pane._search.idle(pane.book.follower._next)
            if pane.turn_pages():
                pane.redraw()
            if idle:
                break
        assert str(pane.border_subtitle).endswith("47 of 3,000")
        assert "agent 7 ·" in text_of(pane)[0]


async def test_nothing_is_said_to_match_only_at_the_end_of_the_search() -> None:
    pane = LedgerPane(book=long_book(50))  # nobody has heard of a run directory yet
    async with PaneStage(pane, shot(50)).run_test(size=(90, 16)) as pilot:
        pane.filter_text = "no such row"
        await pilot.pause()
        assert "Searching the whole record …" in " ".join(text_of(pane))
        pane._search.add(0, 49, ())
        pane.redraw()
        assert "Nothing in the whole record matches" in " ".join(text_of(pane))


async def test_rows_of_steps_and_truth_are_listed_on_request() -> None:
    pane = LedgerPane(book=written())
    kinds = [len(pane.numbers())]
    async with PaneStage(pane, shot()).run_test(size=(90, 16)) as pilot:
        await pilot.press("o")
        kinds.append(len(pane.listed()))
    assert kinds == [len(rows()) - 60 - 4, len(rows())]


async def test_a_search_finds_what_agents_never_see() -> None:
    pane = LedgerPane(book=written())
    async with PaneStage(pane, shot()).run_test(size=(90, 16)) as pilot:
        pane.filter_text = "poison"
        pane._search.add(0, len(rows()) - 1, FakeRecord(facts()).entries(0, len(rows()) - 1))
        pane.redraw()
        await pilot.pause()
        assert [rows()[seq][1].truth for seq in pane.listed()] == ["poison", "poison"]
        assert f"2 of {len(rows()) - 60}" in str(pane.border_subtitle)


# Signatures


async def test_verdicts_show_the_rule_of_their_day_and_whether_they_are_right() -> None:
    lines = await drawn(SignaturesPane(book=written()), size=(110, 16))
    assert row_with(lines, "kind").split()[:4] == ["id", "step", "kind", "by"]
    accepted = row_with(lines, "a3 ")
    assert "12 : 0" in accepted
    assert "≥ .60" in accepted
    assert "✓ right" in accepted
    assert accepted.index("┃") == row_with(lines, "a5 ").index("┃")
    rejected = row_with(lines, "a7 ")
    assert "≥ .80" in rejected
    assert "✗ right" in rejected
    assert "✓ wrong" in row_with(lines, "a9 ")
    assert "3 ✓ · 1 ✗ · 0 ◌ · wrong: 1" in lines[-1]


async def test_another_quorum_moves_no_mark_of_the_past() -> None:
    pane = SignaturesPane(book=written())
    async with PaneStage(pane, shot()).run_test(size=(110, 16)):
        before = text_of(pane)
        values = {**busy().parameters, "consensus.quorum": 0.95}
        pane.snapshot = replace(shot(), parameters=values)
        pane.redraw()
        assert text_of(pane) == before


async def test_wrong_verdicts_have_the_colour_and_right_ones_are_quiet() -> None:
    pane = SignaturesPane(book=written())
    async with PaneStage(pane, shot()).run_test(size=(110, 16)):
        styles = {}
        for y in range(pane.content_size.height):
            for segment in pane.render_line(y):
                for word in ("wrong", "right"):
                    if word in segment.text:
                        styles[word] = segment.style
        assert styles["wrong"].reverse
        assert not styles["right"].reverse
        assert styles["right"].color == pane.ink("ink-dim").color


@pytest.mark.parametrize("width", range(30, 130, 7))
async def test_no_column_of_signatures_is_ever_cut(width) -> None:
    lines = await drawn(SignaturesPane(book=written()), size=(width, 14))
    row = row_with(lines, "30 : 4")
    assert "#" in row
    assert any(glyph in row for glyph in "✓✗")


async def test_signatures_are_filtered_by_kind_author_verdict_and_not() -> None:
    pane = SignaturesPane(book=written())
    async with PaneStage(pane, shot()).run_test(size=(110, 16)):
        for text, authors in (
            ("poison", {7, 9}), ("kind:poison verdict:acc", {9}), ("author:3", {3}),
            ("!poison", {3, 5}), ("wrong", {9}), ("port_sc.n", {3, 5}), ("step:45 !wrong", {7}),
            ("(", set()), ("", {3, 5, 7, 9}), ("step:4", set()), ("step:20", {3, 5}),
            ("step:s20-44", {3, 5}), ("step:21-", {7, 9}), ("author:a9", {9}),
            ("author:3-7", {3, 5, 7}),
        ):  # fmt: skip
            pane.filter_text = text
            found = {pane.book.signatures.by_id[n].publisher for n in pane.listed()}
            assert found == authors, text


# Journal and story


async def test_the_journal_is_sentences_also_of_a_run_that_was_resumed() -> None:
    lines = await drawn(JournalPane(book=written()))
    assert "you      consensus.quorum 0.6 → 0.8" in row_with(lines, "s30")
    assert "undo: consensus.quorum 0.8 → 0.6" in "".join(lines)
    assert "end attack 9: no attack 9 is under way" in "".join(lines)
    assert "{" not in "".join(lines)
    assert "scenario attack port_scan for 20 steps on 25% of the agents" in row_with(lines, "s20")


async def test_the_journal_says_who_gave_a_command() -> None:
    payload = {"key": "consensus.quorum", "value": 0.8}
    mine, scenario = (
        command("set_parameter", payload, 0.8, 0.6, **rest)
        for rest in ({"giver": "mira-the-second@12"}, {"source": "scenario"})
    )
    pane = JournalPane(book=written([(0, None), (3, mine), (4, scenario)]))
    lines = await drawn(pane)
    assert "mira-the-second@12 consensus.quorum 0.6 → 0.8" in row_with(lines, "s3")
    assert "scenario           consensus.quorum 0.6" in row_with(lines, "s4")
    assert pane.fields_of(0)["giver"] == "mira-the-second@12"
    assert pane.fields_of(0)["author"] == "you"


async def test_the_story_tells_each_event_once() -> None:
    text = "\n".join(await drawn(StoryPane(book=written()), size=(110, 20)))
    for words in (
        "s20  scenario: attack port_scan for 20 steps on 25% of the agents",
        "port_scan: accepted as #21 #25, 12 : 0, 0 steps after it began",
        "s39  port_scan is over: 2 signatures of it published",
        "rejected, 2 : 30, by agent 7",
        "accepted, 30 : 4, by agent 9",
        "s50  you: end attack 9 was rejected: no attack 9 is under way",
    ):
        assert words in text, words
    assert text.count("port_scan is over") == 1


async def test_what_is_withdrawn_is_told_and_marked() -> None:
    content = rows()
    step, last = content[-1]
    content[-1] = (step, replace(last, withdrawn=(TakenBack(21, 0.79), TakenBack(4, 0.5))))
    text = "\n".join(await drawn(StoryPane(book=written(content)), size=(110, 20)))
    words = "port_scan: #21 withdrawn, as it flagged traffic of 79% of the agents in good standing"
    assert words in " ".join(text.split())
    pane = SignaturesPane(book=written(content))
    lines = await drawn(pane, size=(110, 16))
    assert row_with(lines, "a3 ").split()[-2:] != ["✓", "right"]
    assert "withdrawn" in row_with(lines, "a3 ")
    assert "✓ right" in row_with(lines, "a5 ")
    assert "withdrawn" in pane.text_of(21)


def test_routine_shares_a_sentence() -> None:
    content: list = [(0, None)]
    from recorded import _sign

    for step in range(1, 30):
        _sign(content, step, 3, "poison", "", 0.0, 20.0, "REJECTED")
        content.append((step, Stepped(9, 9, 9, Confusion(), Confusion())))
    book = written(content)
    assert [line.text for line in book.story.lines] == [
        f"poison: 29 rejected since step 1, last #{len(content) - 5}, 0 : 20"
    ]


def test_an_error_that_comes_again_shares_a_sentence() -> None:
    book = Book(opener=opener(facts()))
    for count in (1, 2, 9):
        errors = (ErrorCount("ledger.write", count, 119, 118 + count, "read-only"),)
        book.follow(replace(busy(), errors=errors))
    errors = (*errors, ErrorCount("agent.error", 1, 130, 130, "odd"))
    book.follow(replace(busy(), errors=errors))
    assert [line.text for line in book.story.lines if " error" in line.text] == [
        "9 errors ledger.write since step 119: read-only",
        "1 error agent.error: odd",
    ]


async def test_enter_goes_to_the_cause() -> None:
    app = PaneStage(StoryPane(book=written()), shot())
    pane = app.pane
    async with app.run_test(size=(110, 20)) as pilot:
        numbers = {line.text[:9]: line.number for line in pane.book.story.lines}
        pane.mark(numbers["port_scan"])
        await pilot.press("enter")
        pane.mark(numbers["scenario:"])
        await pilot.press("enter")
    assert [type(m) for m in app.asked] == [InspectSignature, GoToStep]


# All


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("size", [(30, 6), (44, 12), (180, 50)])
async def test_rows_are_exactly_as_wide_as_the_pane(kind, size) -> None:
    pane = kind(book=written())
    async with PaneStage(pane, shot()).run_test(size=size) as pilot:
        for keys in ((), ("end",), ("pageup",), ("ctrl+d",)):
            await pilot.press(*keys)
            widths = {pane.render_line(y).cell_length for y in range(pane.content_size.height)}
            assert widths == {pane.content_size.width}


@pytest.mark.parametrize("kind", LISTS)
async def test_lists_are_ascii_when_asked(kind) -> None:
    assert "".join(await drawn(kind(ASCII, written()), "down")).isascii()


@pytest.mark.parametrize("kind", [SignaturesPane, StoryPane, JournalPane])
async def test_text_from_data_is_harmless(kind) -> None:
    nasty = "[bold red]\x1b[2J\u202eevil\n[/]"
    content: list = [(0, None)]
    from recorded import _sign

    _sign(content, 1, 3, "attack", nasty, 9.0, 0.0, "ACCEPTED")
    content.append((1, command(nasty, {}, applied=False, reason=nasty, source=nasty)))
    content.append((1, Stepped(9, 9, 9, Confusion(), Confusion())))
    lines = await drawn(kind(book=written(content)), size=(200, 12))
    assert "[bold red]" in "".join(lines)
    assert not set("\x1b\u202e\n") & set("".join(lines))


@pytest.mark.parametrize(
    "kind", ["Infiltration by way of Dropbox, from within", "内部からの侵入" * 3]
)
async def test_a_kind_that_is_longer_than_any_column_says_so(kind) -> None:
    from recorded import _sign

    content: list = [(0, None)]
    _sign(content, 1, 3, "attack", kind, 9.0, 0.0, "ACCEPTED")
    content.append((1, Stepped(9, 9, 9, Confusion(), Confusion())))
    for width in (80, 120, 200):
        (line,) = [
            line
            for line in await drawn(SignaturesPane(book=written(content)), size=(width, 12))
            if kind[:6] in line
        ]
        assert "… " in line, line


def test_a_pattern_that_is_no_expression_is_looked_for_as_it_is() -> None:
    assert compiled("a(b").matches("xa(by", {})
    assert not compiled("a(b").matches("ab", {})
    assert not compiled("  ")


def test_a_liar_in_quarantine_is_calm_and_an_honest_agent_there_is_not() -> None:
    grid = busy().grid
    states, liars = np.ones_like(grid.states), np.zeros_like(grid.adversary)
    states[[3, 7, 9]], liars[[3, 9]] = AgentState.QUARANTINED, True
    book = Book(opener=opener(facts()))
    book.follow(replace(busy(), grid=replace(grid, states=states, adversary=liars), errors=()))
    assert [(line.text, line.tone, line.agent) for line in book.story.lines] == [
        ("agents 3, 9 are in quarantine, liars", "plain", 3),
        ("agent 7 is in quarantine, though honest", "wrong", 7),
    ]


@pytest.mark.parametrize("kind", [SignaturesPane, StoryPane, JournalPane, AttacksPane])
async def test_a_run_that_is_over_promises_nothing(kind) -> None:
    nothing = replace(shot(), state=RunState.FINISHED, quality=Quality())
    pane = kind(book=Book())
    async with PaneStage(pane, replace(nothing, state=RunState.RUNNING)).run_test() as pilot:
        assert " yet" in "".join(text_of(pane))
        pane.snapshot = nothing
        await pilot.pause()
        assert " yet" not in "".join(text_of(pane))
        assert "this run" in "".join(text_of(pane))
