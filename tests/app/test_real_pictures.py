"""Pictures of the real app over the real engine, paused at chosen steps."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
from laboratory import EVENTFUL, loaded
from textual.pilot import Pilot

from sim.commands import Step
from sim.snapshot import RunState
from tui.app import DecsimApp

SCREENSHOTS = Path(__file__).parents[1] / "screenshots"
STEPS = 13


def take() -> Any:
    spec = importlib.util.spec_from_file_location("take", SCREENSHOTS / "take.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["take"] = module
    spec.loader.exec_module(module)
    return module


async def reached(pilot: Pilot[Any], app: DecsimApp, step: int) -> None:
    for _ in range(3000):  # a busy machine loads the engine slowly
        shot = app.engine.snapshot
        if shot.step == step and shot.state is RunState.PAUSED:
            return
        await pilot.pause(0.02)
    raise AssertionError(f"step {step} never came")


async def at_the_last_step(pilot: Pilot[Any]) -> None:
    app = pilot.app
    assert isinstance(app, DecsimApp)
    await reached(pilot, app, 0)
    for step in range(1, STEPS + 1):  # each is seen, as the map remembers the scores it has seen
        app.engine.submit(Step())
        await reached(pilot, app, step)
        app.poll()
    for _ in range(6):  # until all that is read behind the picture is there
        app.poll()
        await pilot.pause(0.1)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: "x".join(map(str, size)))
def test_the_real_app(snap_compare, make_app, make_engine, size) -> None:
    timeline = [(step, command) for step, commands in EVENTFUL.items() for command in commands]
    app = make_app(make_engine(timeline=timeline), config=loaded())
    assert snap_compare(app, terminal_size=size, run_before=at_the_last_step)


def test_the_pictures_of_the_readme_are_small_and_need_nothing_from_elsewhere() -> None:
    names = {f"{scene.name}.svg" for scene in take().SCENES}
    readme = (SCREENSHOTS.parents[1] / "README.md").read_text(encoding="utf-8")
    for name in names:
        text = (SCREENSHOTS / name).read_text(encoding="utf-8")
        assert len(text.encode()) < 150_000
        assert "font-face" not in text and "PAUSED" in text
        assert f"(tests/screenshots/{name})" in readme


def test_a_picture_keeps_its_text_when_it_is_made_small() -> None:
    svg = (
        '<svg><!-- made --><style>@font-face { src: url("https://x/y"); }\n'
        '.terminal-12-r1 { fill: red }</style><clipPath id="terminal-12-line-0"><rect/></clipPath>'
        '<text class="terminal-12-r1" clip-path="url(#terminal-12-line-0)">a&#160;b</text></svg>'
    )
    style = "<style>.t-r1 { fill: red }</style>"
    assert take().small(svg) == f'<svg>{style}<text class="t-r1">a\u00a0b</text></svg>'
