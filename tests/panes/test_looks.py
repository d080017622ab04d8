"""How it looks: SVG pictures, each looked at by a person before it was accepted."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest
from pictures import busy, crowded, empty, faulted, learning
from stage import DashboardStage

from sim.snapshot import Snapshot
from tui.theme.glyphs import ASCII

# Values of the pictures' own, so that another default elsewhere repaints nothing here.
SETTINGS = MappingProxyType(
    {
        "simulation.steps_per_second": 0.0,
        "traffic.batch_size": 32,
        "detection.threshold": 0.123,
        "consensus.rule": "quorum",
        "consensus.quorum": 0.6,
        "consensus.min_confirmations": 3,
        "adversary.fraction": 0.0,
    }
)


def steady(snapshot: Snapshot) -> Snapshot:
    return replace(snapshot, parameters=SETTINGS) if snapshot.parameters else snapshot


@pytest.mark.parametrize(
    ("picture", "size"),
    [
        (empty, (120, 40)),
        (learning, (120, 40)),
        (busy, (80, 24)),
        (busy, (120, 40)),
        (faulted, (200, 60)),
        (crowded, (120, 40)),
        (busy, (300, 20)),
        (busy, (40, 80)),
    ],
    ids=lambda value: value.__name__ if callable(value) else "x".join(map(str, value)),
)
def test_dashboard(snap_compare, picture, size) -> None:
    assert snap_compare(DashboardStage(steady(picture())), terminal_size=size)


@pytest.mark.parametrize("number", [3, 8])
def test_one_pane_on_a_small_terminal(snap_compare, number) -> None:
    app = DashboardStage(steady(faulted()))

    async def choose(pilot) -> None:
        app.dashboard.focus_pane(number)
        await pilot.pause()  # the pane has its size only after the next layout
        await pilot.press("down")
        await pilot.pause()

    assert snap_compare(app, terminal_size=(80, 24), run_before=choose)


@pytest.mark.parametrize(
    "theme",
    ["decsim-light", "decsim-contrast", "decsim-colorblind", "decsim-aurora", "decsim-paper"],
)
def test_theme(snap_compare, theme) -> None:
    app = DashboardStage(steady(busy()), theme=theme)
    assert snap_compare(app, terminal_size=(120, 40), press=("right", "down"))


def test_heat(snap_compare) -> None:
    assert snap_compare(DashboardStage(steady(busy())), terminal_size=(120, 40), press=("m", "m"))


def test_ascii(snap_compare) -> None:
    assert snap_compare(DashboardStage(steady(faulted()), glyphs=ASCII), terminal_size=(120, 40))


def test_without_colour(snap_compare, monkeypatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(DashboardStage(steady(busy())), terminal_size=(120, 40))
