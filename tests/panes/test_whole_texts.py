"""At every size and in every state a text is whole, or says that it is not where there is no room.

No text may end without an ellipsis before it is over, and none may end in one in a pane that is
blank to more than a fifth: that counts lines in which nothing stands, and the end of the line in
which the text is cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from pictures import busy, empty, faulted, inspected, learning, population, unlabelled
from recorded import rows, written
from stage import DashboardStage, text_of
from test_health_on_screen import METRICS, SCARCE, WELL
from test_whole_numbers import AGENTS, SIZES, large
from textual.strip import Strip
from thinned import crossed

from sim.archive.facts import Revealed
from sim.metrics.catalogue import FAMILIES
from sim.snapshot import AttackOutcome, ErrorCount, RunState, Snapshot
from tui.panes.pane import Pane
from tui.panes.status import StatusPane
from tui.record.book import Book
from tui.screens.arrangement import DOCKED, TABBED

MOST_BLANK = 0.2
LONG = "Web Attack – Brute Force"
"""A kind of attack as files of recorded traffic call it."""


def labelled() -> Snapshot:
    """Recorded traffic, whose kinds have long names."""
    kinds = (LONG, "DoS Slowhttptest", "FTP-Patator")
    attacks = tuple(AttackOutcome(kind, 400, 130, 1, 2, 3, None, 1234, 7) for kind in kinds)
    shot = busy()
    return replace(
        shot,
        traffic="Thursday-WorkingHours-Morning.pcap_ISCX.csv",
        scenario="",
        attacks=(),
        quality=replace(shot.quality, attacks=attacks),
    )


def machine() -> Snapshot:
    """A machine in trouble, errors that say much, and a tuner that has done things."""
    said = "the record of agent 17 could not be written: the disk is full, or its quota is used up"
    turn = "s120 cache.capacity 20,000 → 40,000: hit rate 61 % → 83 %, kept"
    return replace(
        busy(),
        health=SCARCE,
        tuning=(turn, turn),
        bottleneck="the ledger waits for its disk",
        metrics=METRICS | {family.name: 12.0 for family in FAMILIES},
        executor_reason="Ray is not installed",
        errors=(ErrorCount("ledger.write", 12_345, 7, 481, said),),
        notices=(said,),
    )


STATES = {
    "empty": empty,
    "learning": learning,
    "calm": unlabelled,
    "busy": busy,
    "faulted": faulted,
    "machine": machine,
    "well": lambda: replace(busy(), health=WELL),
    "finished": lambda: replace(busy(), state=RunState.FINISHED),
    "paused": lambda: replace(
        busy(), state=RunState.PAUSED, cause="poison_accepted > 0: #1203 by agent 36 was accepted"
    ),
    "labelled": labelled,
    "inspected": inspected,
    "large": lambda: large(1000),
} | {
    f"{agents} agents": lambda n=agents: replace(
        busy(), grid=population(n, max(int(n**0.5), 2), seed=n)
    )
    for agents in AGENTS
}


def long_kinds() -> Book:
    """A record whose attacks have long names."""
    return written(
        [
            (step, Revealed(row.signature, row.truth, LONG if row.attack else ""))
            if isinstance(row, Revealed)
            else (step, row)
            for step, row in rows()
        ]
    )


@contextmanager
def losses(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What lines lose at their end, without a word."""
    lost: list[str] = []
    adjust = Strip.adjust_cell_length

    def watched(strip: Strip, cell_length: int, *args, **options) -> Strip:
        if strip.crop(cell_length, max(strip.cell_length, cell_length)).text.strip():
            lost.append(strip.text.rstrip())
        return adjust(strip, cell_length, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Strip, "adjust_cell_length", watched)
        yield lost


def cut_in(pane: Pane) -> Iterator[str]:
    """Texts that end in an ellipsis where there would have been room."""
    lines = text_of(pane)
    blank = sum(not line.strip() for line in lines) / max(len(lines), 1)
    for line in lines:
        # What is under way ends in three dots, too, after a blank.
        if "…" not in line.replace(" …", ""):
            continue
        free = (len(line) - len(line.rstrip(" ┃"))) / len(line)
        if blank > MOST_BLANK or free > MOST_BLANK:
            yield line.strip()


def cut_in_border(app: DashboardStage, pane: Pane) -> Iterator[str]:
    """Titles that are cut; what stands in the lower border may be a sentence."""
    title = str(pane.border_title or "")
    if pane.PANE not in TABBED and len(title) > pane.size.width - 2:
        yield title


async def read(app: DashboardStage, pilot) -> None:
    """Let the pages of the ledger that are in sight come."""
    follower = app.dashboard.book.follower
    follower.hear("/nowhere", len(app.dashboard.book.kinds))
    for _ in range(300):
        app.dashboard.read_on()
        await pilot.pause(0.01)
        if not follower._wanted and not follower._pages:
            return
    raise AssertionError("the pages did not come")


@pytest.mark.parametrize(("size", "book"), crossed(2, SIZES, [long_kinds, written]))
async def test_each_text_is_whole_or_there_is_no_room_for_it(size, book, monkeypatch) -> None:
    app = DashboardStage(busy(), book=book())
    wrong: list[str] = []
    async with app.run_test(size=size) as pilot:
        dashboard = app.dashboard
        panes = [dashboard.query_one(StatusPane), *dashboard._panes]
        for pane in panes:
            if pane.PANE == "ledger":
                dashboard.focus_named(pane.PANE)
                await pilot.pause()
                await read(app, pilot)
        for pane in panes:
            if pane.PANE and pane.PANE not in DOCKED:
                dashboard.focus_named(pane.PANE)
                await pilot.pause()
            if not pane.content_size:
                continue
            for name, picture in STATES.items():
                if name.endswith("agents") and pane is not dashboard.grid:
                    continue
                for frozen in (False, True) if name == "busy" else (False,):
                    dashboard.frozen = frozen
                    dashboard.hear(picture().step + 48, picture().state)
                    pane.snapshot = picture()
                    pane._strips = None
                    with losses(monkeypatch) as lost:
                        cut = [*cut_in(pane)]
                    cut += [*lost, *cut_in_border(app, pane)]
                    wrong += [f"{pane.PANE or 'status'}, {name}: {text}" for text in cut]
                    dashboard.frozen = False
    assert wrong == []
