"""At every size and for every population no number loses a digit or its unit."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from pictures import busy, population
from stage import DashboardStage, text_of

from sim.snapshot import RunState, Snapshot
from tui.panes.pane import Pane
from tui.panes.status import StatusPane
from tui.screens.arrangement import DOCKED

SIZES = [(80, 24), (120, 40), (200, 60), (300, 20), (30, 80)]
AGENTS = [4, 64, 400, 1000, 10_000]
_TOKEN = re.compile(r"[^\s│┤├─]+")
_CUT = re.compile(r"\d…|…\d")


def large(agents: int) -> Snapshot:
    """A long, slow run of many agents: every number is as long as it gets."""
    shot = busy()
    performance = replace(
        shot.performance,
        steps_per_second=0.8,
        phases=(("observe", 0.158), ("detect", 0.8043), ("vote", 1.3), ("record", 12.25)),
        flows_scored=123_456_789,
        ledger_entries=1_234_567,
        memory_bytes=12 * 2**30,
    )
    return replace(
        shot,
        state=RunState.PAUSED,
        step=1_234_567,
        performance=performance,
        grid=population(agents, max(int(agents**0.5), 2)),
    )


def lines_of(pane: Pane) -> list[str]:
    subtitle = getattr(pane.border_subtitle, "plain", None) or str(pane.border_subtitle or "")
    # A border shows all of a subtitle that has room: its end is no edge.
    return [*text_of(pane), subtitle + " " * (len(subtitle) <= pane.border_room)]


async def drawn(
    shot: Snapshot, size: tuple[int, int], *, everything: bool = True
) -> dict[str, list[str]]:
    """Lines of the panes that are shown, or of every one, each brought to the front in turn."""
    app = DashboardStage(shot)
    found: dict[str, list[str]] = {}
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        status = app.dashboard.query_one(StatusPane)
        found["status"] = text_of(status)
        for pane in app.dashboard._panes:
            if everything and pane.PANE not in DOCKED:
                app.dashboard.focus_named(pane.PANE)
                await pilot.pause()
                assert pane.display, pane.PANE
            if pane.display:
                found[pane.PANE] = lines_of(pane)
    return found


@pytest.fixture(scope="module")
def whole() -> dict[int, dict[str, set[str]]]:
    """By number of agents: what each pane says where there is room for everything."""
    return {}


async def vocabulary(agents: int, whole: dict[int, dict[str, set[str]]]) -> dict[str, set[str]]:
    if agents not in whole:
        found: dict[str, set[str]] = {}
        for size in ((500, 100), (200, 60)):
            shown = await drawn(large(agents), size, everything=agents == 1000)
            for pane, lines in shown.items():
                found.setdefault(pane, set()).update(_TOKEN.findall(" ".join(lines)))
        whole[agents] = found
    return whole[agents]


@pytest.mark.parametrize("agents", AGENTS)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
async def test_no_number_loses_a_digit_or_its_unit(agents, size, whole) -> None:
    known = await vocabulary(agents, whole)
    cut = []
    shown = await drawn(large(agents), size, everything=agents == 1000)
    for pane, lines in shown.items():
        for line in lines:
            if _CUT.search(line):
                cut.append(f"{pane}: {line.strip()}")
            last = _TOKEN.findall(line)[-1:]
            # What ends at the edge may be cut there: then it is no word of the pane.
            at_edge = line[-1:].strip() and last and any(c.isdigit() for c in last[0])
            if at_edge and last[0] not in known[pane]:
                cut.append(f"{pane}: {last[0]!r} at the end of {line.strip()}")
    assert cut == []
