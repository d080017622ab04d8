"""Takes the pictures of the README: the real app on the real engine, paused at chosen steps.

    python tests/screenshots/take.py [FOLDER]

The same run gives all of them: `quickstart` with seed 1, steered as the tour in the README says.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1])]
if __name__ == "__main__":  # Textual reads these when it is imported
    os.environ.update(TEXTUAL_ANIMATIONS="none", TERM="xterm-256color", COLORTERM="truecolor")
    os.environ.pop("NO_COLOR", None)

from textual.pilot import Pilot  # noqa: E402 - after the environment

from sim.commands import Step  # noqa: E402
from sim.config.load import load_config  # noqa: E402
from sim.engine.engine import Engine  # noqa: E402
from sim.snapshot import RunState  # noqa: E402
from tui.app import DecsimApp  # noqa: E402

SIZE = (120, 38)
PATIENCE = 120.0


@dataclass(frozen=True)
class Scene:
    """One picture.

    Attributes:
        name: of the file.
        step: that the run is at.
        keys: pressed before it.
        after: pressed after it, to get back.
    """

    name: str
    step: int
    keys: Sequence[str] = ()
    after: Sequence[str] = ()


SCENES = (
    Scene("tour-1-alert", 13, ("1",)),
    Scene("tour-2-why", 13, ("3", "home", "enter"), ("escape",)),
    Scene("tour-3-spread", 52, ("1", *["down", "right"] * 2)),
    Scene("tour-4-poison", 70, ("3", "home")),
    Scene("dashboard", 104, ("2", "4", "1", "down", "right")),
    Scene("tour-5-result", 150, ("A",)),
)
POISON_AT, POISON = 56, ("a", "right", "right", "enter")
"""What the tour does to the run, and when: a fifth of the agents publishes poison."""


async def _until(pilot: Pilot[Any], reached: Any) -> None:
    for _ in range(int(PATIENCE / 0.02)):
        if reached():
            return
        await pilot.pause(0.02)
    raise TimeoutError("the run does not get there")


async def _go_to(pilot: Pilot[Any], engine: Engine, step: int) -> None:
    count = step - engine.snapshot.step
    if count > 0:
        engine.submit(Step(count))
    await _until(
        pilot,
        lambda: engine.snapshot.step == step and engine.snapshot.state is RunState.PAUSED,
    )
    await _settled(pilot)


async def _settled(pilot: Pilot[Any]) -> None:
    """Everything that is read behind the picture is there."""
    app: Any = pilot.app
    for _ in range(8):
        app.poll()
        await pilot.pause(0.15)


async def _press(pilot: Pilot[Any], keys: Sequence[str]) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause()


async def take(folder: Path, scenes: Sequence[Scene] = SCENES) -> None:
    """Take all pictures."""
    loaded = load_config(scenario="quickstart", settings=["simulation.seed=1"])
    with tempfile.TemporaryDirectory(prefix="decsim-pictures-") as place:
        engine = Engine(loaded, Path(place) / "run", paused=True)
        app = DecsimApp(engine, ui=loaded.config.ui, config=loaded)
        async with app.run_test(size=SIZE) as pilot:
            await _until(pilot, lambda: engine.snapshot.state is RunState.PAUSED)
            for scene in scenes:
                if engine.snapshot.step < POISON_AT <= scene.step:
                    await _go_to(pilot, engine, POISON_AT)
                    await _press(pilot, POISON)
                await _go_to(pilot, engine, scene.step)
                await _press(pilot, scene.keys)
                await _settled(pilot)
                picture = small(app.export_screenshot(title="decsim-tui"))
                (folder / f"{scene.name}.svg").write_text(picture, encoding="utf-8")
                await _press(pilot, scene.after)
        engine.close(60)


def small(svg: str) -> str:
    """The same picture in fewer bytes, and without fonts from elsewhere."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r' clip-path="url\(#[\w-]+-line-\d+\)"', "", svg)
    svg = re.sub(r'<clipPath id="[\w-]+-line-\d+">.*?</clipPath>\s*', "", svg, flags=re.DOTALL)
    svg = re.sub(r"terminal-\d+-", "t-", svg)
    return svg.replace("&#160;", "\u00a0").replace(' shape-rendering="crispEdges"', "")


if __name__ == "__main__":
    where = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    asyncio.run(take(where))
    for scene in SCENES:
        print(where / f"{scene.name}.svg")
