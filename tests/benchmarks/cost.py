"""What evidence over time costs: a step of 1,000 agents beside one with evidence of one step.

Both by turns in processes of their own, by processor time, so that what else the machine does hits
both alike; `python tests/benchmarks/run.py cost`.
"""

from __future__ import annotations

from timing import Figure, child, median

BATCH = ("signature.evidence=batch", "consensus.odd_share=0")
AGENTS, STEPS, REPEATS = 1000, 20, 5


def measure(quick: bool) -> list[Figure]:
    """Processor time of a step, and its ratio to that of a step as in version 0.1."""
    agents, steps, repeats = (20, 3, 1) if quick else (AGENTS, STEPS, REPEATS)
    spent: dict[tuple[str, ...], list[float]] = {(): [], BATCH: []}
    for _ in range(repeats):
        for settings, times in spent.items():
            task = {"agents": agents, "executor": "sequential", "steps": steps}
            times.append(child("engine.py", {**task, "settings": settings})["cpu"])
    now, before = median(spent[()]), median(spent[BATCH])
    against = f"evidence of one step: {1e3 * before:.3g} ms/step"
    return [Figure(f"{agents:,} agents", 1e3 * now, "ms/step", against, now / before)]
