"""Whole steps with the ledger on disk: populations, executors, phases, memory, growth.

Run by itself it does one population and prints JSON; see `main`.
"""

from __future__ import annotations

import json
import math
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from timing import Figure, child, median

WARM = 11
"""Steps before the clock starts: the models are fitted then, and the attack begins."""
PLAIN = 100
"""Agents of the plain Mesa model, whose step grows with their number and nothing else."""
Runs = dict[tuple[int, str], list[dict[str, Any]]]


def measure(quick: bool) -> list[Figure]:
    """Steps/s by population and executor, and what they are made of."""
    if quick:
        plan, plain = {20: (3, 1), 40: (3, 1)}, 4
    else:
        plan, plain = {50: (60, 3), 100: (40, 3), 200: (40, 3), 1000: (40, 3), 10_000: (40, 1)}, 5
    runs: Runs = {}
    for agents, (steps, repeats) in plan.items():
        # By turns, so that what else the machine does hits both alike.
        for _ in range(repeats):
            for executor in ("sequential", "threads"):
                task = {"agents": agents, "executor": executor, "steps": steps}
                runs.setdefault((agents, executor), []).append(child("engine.py", task))
    small = 10 if quick else PLAIN
    peer = child("plain_mesa.py", {"agents": small, "steps": plain})
    figures: list[Figure] = []
    for agents in plan:
        figures += _population(runs, agents, {k: v / small for k, v in peer.items()})
    return [*figures, *_phases(runs, max(plan)), _growth(runs, list(plan))]


def _population(runs: Runs, agents: int, plain: dict[str, float]) -> list[Figure]:
    """The figures of one population; `plain` is what the plain model takes for each agent."""
    sequential = _middle(runs, agents, "sequential", "seconds")
    threads = _middle(runs, agents, "threads", "seconds")
    best = min(sequential, threads)
    theirs = 1 / (plain["seconds"] * agents)
    cpu = _middle(runs, agents, "sequential", "cpu")
    return [
        Figure(
            f"{agents:,} agents",
            1 / best,
            "steps/s",
            f"plain Mesa + scikit-learn: {theirs:.3g} steps/s",
            1 / best / theirs,
        ),
        Figure(
            f"{agents:,} agents, threads",
            1 / threads,
            "steps/s",
            f"sequential: {1 / sequential:.3g} steps/s",
            sequential / threads,
        ),
        Figure(
            f"{agents:,} agents, processor time",
            1e3 * cpu,
            "ms/step",
            f"plain Mesa + scikit-learn: {1e3 * plain['cpu'] * agents:,.0f} ms/step",
            plain["cpu"] * agents / cpu,
        ),
        Figure(
            f"{agents:,} agents, peak memory", _middle(runs, agents, "threads", "peak") / 1e9, "GB"
        ),
    ]


def _phases(runs: Runs, agents: int) -> list[Figure]:
    taken = runs[agents, "sequential"][0]["phases"]
    return [
        Figure(f"{agents:,} agents, sequential: {phase}", 1e3 * spent, "ms/step")
        for phase, spent in taken.items()
    ]


def _growth(runs: Runs, populations: list[int]) -> Figure:
    """Exponent b of processor time = a · agents ** b between 100 agents and the most."""
    least, most = (populations[1] if len(populations) > 2 else populations[0]), populations[-1]
    low, high = (_middle(runs, n, "sequential", "cpu") for n in (least, most))
    exponent = math.log(high / low) / math.log(most / least)
    return Figure(f"growth exponent, {least:,} to {most:,} agents", exponent, "")


def _middle(runs: Runs, agents: int, executor: str, key: str) -> float:
    return median([run[key] for run in runs[agents, executor]])


def main() -> None:
    """Step one population; `{"agents", "executor", "steps"}` in the argument."""
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from sim.config.load import load_config
    from sim.run.run import Run, make_parts

    task = json.loads(sys.argv[1])
    settings = [
        f"simulation.agents={task['agents']}",
        f"simulation.executor={task['executor']}",
        "traffic.batch_size=100",
        *task.get("settings", ()),
    ]
    loaded = load_config(scenario="quickstart", settings=settings, environment={})
    with tempfile.TemporaryDirectory(prefix="decsim-bench-") as folder:
        experiment = Run(loaded, make_parts(loaded), Path(folder) / "ledger.db")
        try:
            print(json.dumps(_stepped(experiment, task["steps"])))
        finally:
            experiment.close()


def _stepped(experiment: Any, steps: int) -> dict[str, Any]:
    for _ in range(WARM):
        experiment.advance()
    phases = dict(experiment.seconds)
    start, before = time.perf_counter(), time.process_time()
    for _ in range(steps):
        experiment.advance()
    spent = {k: (v - phases.get(k, 0)) / steps for k, v in experiment.seconds.items()}
    return {
        "seconds": (time.perf_counter() - start) / steps,
        "cpu": (time.process_time() - before) / steps,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "phases": spent,
        "head": experiment.ledger.head_hex,
    }


if __name__ == "__main__":
    main()
