"""Long runs and many runs in one process, and whether what they take stays flat.

`python tests/long/endurance.py steps 100000` and `… resets 200` print a table and the slopes.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

from laboratory import loaded  # noqa: E402

from sim.commands import (  # noqa: E402
    InjectAttack,
    InjectFault,
    Inspect,
    SetAdversaries,
    SetParameter,
    Targets,
    Undo,
)
from sim.config.parameters import Value  # noqa: E402
from sim.engine.engine import Engine  # noqa: E402
from sim.machine.capacity import open_files, resident_bytes, threads  # noqa: E402
from sim.snapshot import RunState  # noqa: E402

SETTINGS: Mapping[str, Value] = {
    "simulation.agents": 8,
    "traffic.batch_size": 6,
    "detection.window": 24,
    "detection.min_window": 12,
    "detection.refit_interval": 40,
    "signature.memory": 20,
    "signature.min_flows": 2,
    "monitoring.history": 50,
    "ledger.query_cache": 32,
    "cache.capacity": 300,
    "cache.ttl_steps": 10,
}
"""Everything that is bounded fills up soon."""
KIBIBYTE = 1024
SAMPLES = 40


@dataclass(frozen=True, slots=True)
class Sample:
    """What the process takes at one moment."""

    at: int
    """Steps or resets done."""
    memory: int
    """Resident set, bytes."""
    blocks: int
    """Blocks of Python's allocator; roughly, objects."""
    files: int
    threads: int
    seconds: float


def sample(at: int, start: float) -> Sample:
    """The present figures."""
    gc.collect()
    # Not `gc.get_objects`: it shows objects that another thread has only half made.
    blocks = sys.getallocatedblocks()
    passed = time.perf_counter() - start
    return Sample(at, resident_bytes(), blocks, open_files(), threads(), passed)


def slope(samples: list[Sample], name: str) -> float:
    """Growth of a figure per step or reset, by least squares over the second half."""
    later = samples[len(samples) // 2 :]
    x = np.array([s.at for s in later], dtype=np.float64)
    y = np.array([getattr(s, name) for s in later], dtype=np.float64)
    return float(np.polyfit(x, y, 1)[0])


COMMANDS = (
    InjectAttack("port_scan", intensity=0.8, duration=30, targets=Targets(fraction=0.5)),
    SetParameter("detection.threshold", 0.65),
    SetAdversaries("poison", Targets(fraction=0.2)),
    InjectFault("agent_crash", Targets(fraction=0.2), duration=5),
    Inspect(agent=3, signature=2),
    InjectAttack("ddos", intensity=0.9, duration=20, targets=Targets(fraction=0.4)),
    Undo(),
    SetAdversaries("honest", Targets(fraction=0.2)),
    SetParameter("detection.threshold", 0.6),
)


def endure(steps: int, folder: Path) -> Iterator[Sample]:
    """One run at full speed in its thread, steered all the time."""
    engine = Engine(loaded(SETTINGS), folder / "run", steps=steps)
    start, given, due = time.perf_counter(), 0, steps // SAMPLES
    engine.start()
    try:
        while (shot := engine.snapshot).state in (RunState.LOADING, RunState.RUNNING):
            if shot.step >= given * 50:
                engine.submit(COMMANDS[given % len(COMMANDS)])
                given += 1
            if shot.step >= due:
                yield sample(shot.step, start)
                due += steps // SAMPLES
            time.sleep(0.01)
        assert (shot.state, shot.step) == (RunState.FINISHED, steps), (shot.state, shot.cause)
        yield sample(shot.step, start)
    finally:
        assert engine.close(60)


def reset(times: int, folder: Path, steps: int = 3) -> Iterator[Sample]:
    """Many runs after each other, in the foreground and in a thread, on both executors."""
    start = time.perf_counter()
    for number in range(times):
        executor = "threads" if number % 3 == 0 else "sequential"
        settings = {**SETTINGS, "simulation.executor": executor, "simulation.agents": 70}
        engine = Engine(loaded(settings), folder / f"run-{number}", steps=steps)
        if number % 2:
            engine.open()
            engine.run(steps)
        else:
            engine.start()
            while engine.snapshot.state in (RunState.LOADING, RunState.RUNNING):
                time.sleep(0.001)
        assert engine.close(60)
        del engine
        if number % max(1, times // SAMPLES) == 0:
            yield sample(number, start)
    yield sample(times, start)


def main(what: str, count: int) -> None:
    """Print samples and slopes."""
    with tempfile.TemporaryDirectory(prefix="decsim-endurance-") as name:
        samples = []
        for one in {"steps": endure, "resets": reset}[what](count, Path(name)):
            samples.append(one)
            print(f"{one.at:>7} {one.memory / KIBIBYTE**2:8.1f} MiB {one.blocks:>8} blocks"
                  f" {one.files:>3} files {one.threads:>3} threads {one.seconds:7.1f} s",
                  flush=True)  # fmt: skip
        for figure in ("memory", "blocks", "files", "threads"):
            print(f"slope of {figure}: {slope(samples, figure):.4f} per {what[:-1]}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
