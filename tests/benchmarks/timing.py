"""Times, memory, and the table that a benchmark prints."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@dataclass(frozen=True)
class Figure:
    """One line of a benchmark's table."""

    what: str
    value: float
    unit: str
    against: str = ""
    """The peer in the same run, with its figure."""
    ratio: float | None = None
    """How many times better than the peer."""


def seconds(action: Callable[[], object], runs: int) -> float:
    """Median processor time of some runs; the first, which warms caches, does not count.

    Of one thread, the time on the clock of a machine that does nothing else.
    """
    action()
    return statistics.median(_timed(action) for _ in range(runs))


def _timed(action: Callable[[], object]) -> float:
    start = time.process_time()
    action()
    return time.process_time() - start


def median(values: list[float]) -> float:
    """The median."""
    return statistics.median(values)


def environment(root: Path = ROOT, **more: str) -> dict[str, str]:
    """The environment for a child process, in which a checkout comes first: this one.

    It keeps what it compiles, as what is installed is compiled: else each start of the app would
    compile all of it, and that of its peer nothing.
    """
    path = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
    found = {**os.environ, "PYTHONPATH": path}
    if found.pop("PYTHONDONTWRITEBYTECODE", ""):
        found["PYTHONPYCACHEPREFIX"] = _compiled().name
    return {**found, **more}


@cache
def _compiled() -> tempfile.TemporaryDirectory[str]:
    """Where it is kept until the end."""
    return tempfile.TemporaryDirectory(prefix="decsim-bench-")


def child(file: str, task: Mapping[str, Any]) -> dict[str, Any]:
    """Run one of these files by itself, so that its memory and its caches are its own.

    Args:
        file: name of the file; it reads the task from its argument and prints one JSON object.
        task: what to do.
    """
    done = subprocess.run(
        [sys.executable, str(HERE / file), json.dumps(task)],
        env=environment(),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def machine() -> str:
    """What this was measured on."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text(encoding="utf-8").splitlines()
        model = next((x.split(":", 1)[1].strip() for x in lines if x.startswith("model name")), "")
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{model}, {cores} cores, Python {platform.python_version()}{load}"


def table(figures: list[Figure]) -> str:
    """The figures as a Markdown table."""
    lines = ["| what | figure | against | ratio |", "|---|---:|---|---:|"]
    for f in figures:
        ratio = "" if f.ratio is None else f"{f.ratio:.3g}×"
        lines.append(f"| {f.what} | {f.value:.3g} {f.unit} | {f.against} | {ratio} |")
    return "\n".join(lines)


def as_json(name: str, where: str, figures: list[Figure]) -> str:
    """The same for programs."""
    return json.dumps(
        {"benchmark": name, "machine": where, "figures": [asdict(f) for f in figures]}
    )
