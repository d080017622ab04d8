"""Runs with steps that are held back, and says on standard output what it acknowledges.

Usage: `held_back.py RUN_DIR progress|picture`: by the progress of a run without a screen, or by the
pictures that a screen is given.
"""

import sys
from pathlib import Path

from laboratory import EVENTFUL, loaded

from sim.engine.engine import Engine

folder, how = Path(sys.argv[1]), sys.argv[2]
settings = {"monitoring.tuner": False, "ledger.batch_seconds": 60.0, "ui.refresh_hz": 30.0}
timeline = [(step, command) for step, commands in EVENTFUL.items() for command in commands]
engine = Engine(loaded(settings, timeline), folder)
engine.open()
run = engine._opened().stepper.run
run.batch.steps = 16


def say(step: int) -> None:
    print(step, run.simulation.now - step, flush=True)


if how == "progress":
    engine.run(100_000, say)
else:
    engine.start()
    shown = 0
    while True:
        engine.wait_beyond(shown, 1.0)
        shown = engine.snapshot.generation
        print(engine.snapshot.step, 0, flush=True)
