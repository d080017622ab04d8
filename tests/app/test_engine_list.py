"""Several engines are alive: one is chosen from a list."""

import pytest

from tui.screens.engines import EngineChooser

ENGINES = [("/runs/b", "b  running  step 7"), ("/runs/a", "a  paused  \x1b]0;x\x07step 3")]


@pytest.mark.parametrize(("keys", "chosen"), [
    (("enter",), "/runs/b"), (("down", "enter"), "/runs/a"), (("escape",), None), (("q",), None),
    (("ctrl+c",), None),
])  # fmt: skip
async def test_one_is_chosen_or_none(keys, chosen) -> None:
    app = EngineChooser(ENGINES, "")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        picture = app.export_screenshot()
        await pilot.press(*keys)
        await pilot.pause()
    assert app.return_value == chosen
    assert "paused" in picture and "\x1b" not in picture
