"""Whatever is pressed, clicked and resized: nothing breaks, nothing freezes, the run replays."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from monkey import BREAKERS, Monkey, end_engine

from sim.run.replay import replay_run


@pytest.fixture(autouse=True)
def _closed(closed_world: None) -> None:
    """Nothing of whoever runs the tests is touched."""


RUNS = (
    ["--agents", "16"],
    ["--agents", "400"],
    ["--scenario", "worm"],
    ["--scenario", "poisoned-ledger"],
)


@pytest.mark.parametrize(
    ("options", "deeds", "seed"),
    [
        (RUNS[0], 100, 7),
        *(pytest.param(run, 5000, 1, marks=pytest.mark.long, id=" ".join(run)) for run in RUNS),
    ],
)
def test_a_monkey_breaks_nothing(tmp_path: Path, options: list[str], deeds: int, seed: int) -> None:
    left, session = int(os.environ.get("DECSIM_TEST_DEEDS", deeds)), 0
    seed = int(os.environ.get("DECSIM_TEST_SEED", seed))
    while left > 0:
        monkey = Monkey(tmp_path, seed + session, options, resumed=session > 0)
        try:
            monkey.wait_for_run()
            left -= monkey.play(left)
            code, said = monkey.leave()
        except BaseException:
            monkey.process.kill()
            end_engine(monkey.run)
            raise
        log = (monkey.run / "run.log").read_text(encoding="utf-8")[-12_000:]
        assert not any(words in said for words in BREAKERS), f"{said}\n{log}"
        assert code in (0, 130), (code, said, monkey.done[-30:])
        end_engine(monkey.run)
        session += 1
    report = replay_run(monkey.run)
    assert report.ok, report.first_difference
    assert report.steps > 0
