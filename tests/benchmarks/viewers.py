"""What a viewer that stalls costs: steps of a run at full speed, with it and without.

One engine in a process of its own, with a viewer that takes every picture. In turn, a second one is
there that was stopped in the middle (SIGSTOP) and takes nothing, and is not. Windows lie side by
side, as a run does not do the same all the time.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from timing import ROOT, Figure, environment, median

from sim.config.load import load_config
from sim.host.address import address_of
from sim.host.attached import ask
from sim.host.remote import RemoteEngine

_VIEWER = """
import sys, time
from pathlib import Path
from sim.host.attached import AttachedEngine
viewer = AttachedEngine(Path(sys.argv[1]))
viewer.start()
time.sleep(3600)
"""
_SETTINGS = ("simulation.steps_per_second=0", "ui.on_hangup=end")
_PATIENCE = 120.0


@dataclass(frozen=True)
class Pace:
    """What an engine did in a window."""

    steps_per_second: float
    processor: float
    """Of the engine, for a step, s."""


def measure(quick: bool) -> list[Figure]:
    """Steps per second and processor time of a step, beside those without the stalled viewer."""
    window, pairs = (1.0, 1) if quick else (5.0, 8)
    with tempfile.TemporaryDirectory(prefix="decsim-bench-") as folder:
        loaded = load_config(settings=_SETTINGS, options={"simulation.agents": ("--agents", 200)})
        engine = RemoteEngine.new(loaded, Path(folder) / "run")
        engine.start()
        try:
            without, beside = _windows(engine, address_of(Path(folder) / "run"), window, pairs)
        finally:
            engine.close(_PATIENCE)
    return [
        _figure(
            "200 agents at full speed, a stalled viewer beside a live one",
            [p.steps_per_second for p in beside],
            [p.steps_per_second for p in without],
            "steps/s",
        ),
        _figure(
            "processor time of the engine, a step",
            [1e3 * p.processor for p in beside],
            [1e3 * p.processor for p in without],
            "ms",
        ),
    ]


def _figure(what: str, beside: list[float], without: list[float], unit: str) -> Figure:
    ratios = [a / b for a, b in zip(beside, without, strict=True)]
    spread = f"{min(ratios):.2f} to {max(ratios):.2f} in {len(ratios)} pairs"
    against = f"without it: {median(without):.3g} {unit}; ratio {spread}"
    return Figure(what, median(beside), unit, against, median(ratios))


def _windows(
    engine: RemoteEngine, address: Path, window: float, pairs: int
) -> tuple[list[Pace], list[Pace]]:
    end = time.monotonic() + _PATIENCE
    while engine.snapshot.step < 50 and time.monotonic() < end:
        time.sleep(0.05)
    without, beside = [], []
    for number in range(pairs):
        for stalled in (number % 2 == 0, number % 2 == 1):
            if stalled:
                with _stalled(address):
                    beside.append(_pace(address, window))
            else:
                without.append(_pace(address, window))
    return without, beside


@contextmanager
def _stalled(address: Path) -> Iterator[None]:
    viewer = subprocess.Popen(
        [sys.executable, "-c", _VIEWER, str(address)], env=environment(), cwd=ROOT
    )
    try:
        end = time.monotonic() + _PATIENCE
        while ask(address).viewers < 2 and time.monotonic() < end:
            time.sleep(0.05)
        viewer.send_signal(signal.SIGSTOP)
        time.sleep(2.0)  # until what the socket holds is full
        yield
    finally:
        viewer.kill()
        viewer.wait()


def _pace(address: Path, window: float) -> Pace:
    before, began = ask(address), time.monotonic()
    process = psutil.Process(before.pid)
    used = sum(process.cpu_times()[:2])
    time.sleep(window)
    after, took = ask(address), time.monotonic() - began
    steps = max(after.step - before.step, 1)
    return Pace(steps / took, (sum(process.cpu_times()[:2]) - used) / steps)
