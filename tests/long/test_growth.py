"""Nothing grows with the steps or with the runs of a process.

The short versions notice one object per step or per reset; the long ones do 100,000 steps and 200
resets (`pytest -m long tests/long -n 0`).
"""

from __future__ import annotations

import gc
import sys
import time
import weakref
from collections import OrderedDict, deque
from collections.abc import Sized
from itertools import pairwise
from pathlib import Path

import endurance
import numpy as np
import pytest
from laboratory import loaded, opened

from sim.commands import InjectAttack, Order, SetAdversaries, Targets
from sim.engine.engine import Engine
from sim.machine.capacity import open_files, threads
from sim.picture.painter import Painter
from sim.run.run import Run
from sim.snapshot import EMPTY, Focus

CONTAINERS = (list, dict, set, deque, OrderedDict)
# The tuner may let caches grow, up to a bound that a short test does not reach.
EVENTFUL = {**endurance.SETTINGS, "monitoring.tuner": False}
QUIET = {**EVENTFUL, "signature.min_flows": 8, "detection.threshold": 1.0}
"""No agent publishes anything: every step is like the last one."""

ENDLESS = InjectAttack("port_scan", 0.8, duration=1_000_000, targets=Targets(fraction=0.5))


def go(experiment: Run, painter: Painter, steps: int) -> None:
    for _ in range(steps):
        experiment.advance()
        painter.observe(0.01)
        if experiment.simulation.now % 5 == 0:
            painter.paint(EMPTY)
            painter.view(Focus(agent=1, signature=1))


def test_a_step_of_a_quiet_run_leaves_nothing_behind() -> None:
    """Blocks of Python's allocator: objects of any kind, tracked by the collector or not."""
    with opened(QUIET) as experiment:
        painter = Painter(experiment)
        go(experiment, painter, 400)
        blocks = []
        for _ in range(6):
            go(experiment, painter, 60)
            gc.collect()
            blocks.append(sys.getallocatedblocks())
        assert np.median(np.diff(blocks)) / 60 < 0.4, blocks


def lengths(kept: dict[int, Sized]) -> dict[int, int]:
    """Length of every container that there is, and of those that were there before."""
    gc.collect()
    known = gc.get_objects()
    # The collector leaves out mappings of plain numbers and texts, so ask who holds one.
    for thing in [*known, *(r for some in known for r in gc.get_referents(some))]:
        if type(thing) in CONTAINERS and thing is not kept and thing is not known:
            kept.setdefault(id(thing), thing)
    return {key: len(thing) for key, thing in kept.items()}


def growing(samples: list[dict[int, int]]) -> list[int]:
    """Containers that have become longer from each sample to the next."""
    return [key for key in samples[0] if all(a[key] < b[key] for a, b in pairwise(samples))]


def test_no_container_of_an_eventful_run_grows_for_ever() -> None:
    with opened(EVENTFUL) as experiment:
        painter = Painter(experiment)
        experiment.advance([Order(ENDLESS), Order(SetAdversaries("poison"))])
        go(experiment, painter, 150)
        before = experiment.simulation.assembly.counts["published"]
        kept: dict[int, Sized] = {}
        samples = []
        for _ in range(5):
            samples.append(lengths(kept))
            go(experiment, painter, 30)
        assert experiment.simulation.assembly.counts["published"] > before + 50
        ours = (id(samples), id(kept))
        found = [kept[key] for key in growing(samples) if key not in ours]
        assert not found, [repr(thing)[:200] for thing in found]


def test_a_growing_container_is_noticed() -> None:
    leak: list[object] = []
    held = [plain := {0: "untracked"}]
    kept: dict[int, Sized] = {}
    samples = []
    for step in range(1, 6):
        samples.append(lengths(kept))
        leak.append(step)
        plain[step] = "x"
    assert held and {id(leak), id(plain)} <= set(growing(samples))


def test_a_run_that_is_over_leaves_nothing_behind(tmp_path: Path) -> None:
    figures, gone = [], []
    for number in range(10):
        engine = Engine(loaded({"simulation.executor": "threads"}), tmp_path / f"run-{number}")
        engine.open()
        engine.run(2)
        gone.append(weakref.ref(engine._run.simulation))
        assert engine.close(20)
        del engine
        gc.collect()
        # A thread that is told to end does so in its own time.
        until = time.monotonic() + 5
        while figures and threads() > figures[-1][1] and time.monotonic() < until:
            time.sleep(0.01)
        figures.append((open_files(), threads(), len(gc.get_objects())))
    assert [ref() for ref in gone] == [None] * 10
    files, running, objects = zip(*figures[4:], strict=True)
    assert len(set(files)) == 1 and running[-1] <= running[0], figures
    # Each round this test keeps a figure and a reference, and the logs of the process a little.
    assert (objects[-1] - objects[0]) / (len(objects) - 1) < 5, figures


@pytest.mark.long
def test_a_hundred_thousand_steps(tmp_path: Path) -> None:
    samples = list(endurance.endure(100_000, tmp_path))
    assert endurance.slope(samples, "memory") < 64, samples
    assert abs(endurance.slope(samples, "blocks")) < 0.5, samples
    for figure in ("files", "threads"):
        assert abs(endurance.slope(samples, figure)) * 100_000 < 2, samples


@pytest.mark.long
def test_two_hundred_resets(tmp_path: Path) -> None:
    samples = list(endurance.reset(200, tmp_path))
    assert endurance.slope(samples, "memory") < 16 * endurance.KIBIBYTE, samples
    assert endurance.slope(samples, "blocks") < 20, samples
    for figure in ("files", "threads"):
        assert abs(endurance.slope(samples, figure)) * 200 < 2, samples
