"""What evidence over time costs: a step of 1,000 agents beside one with evidence of one step.

`python tests/benchmarks/run.py cost`, or by itself, also against another checkout:
`python tests/benchmarks/cost.py [--quick] [--rounds N] [--agents N] [--against FOLDER]`

Each has a process of its own, and they take turns step by step, in an order that changes, so that
what else the machine does hits all alike. Counted is processor time; the ratio is the median of
those of the rounds, with the quartiles of it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from timing import HERE, ROOT, Figure, environment, machine, table

BATCH = ("signature.evidence=batch", "consensus.odd_share=0")
AGENTS, ROUNDS, WARM = 1000, 60, 11
"""Steps before the clock starts: the models are fitted then, and the attack begins."""


class Turns:
    """A run in a process of its own that does a step when it is told to.

    Args:
        root: the checkout that is run.
        agents: in it.
        settings: each `key=value`.
    """

    def __init__(self, root: Path, agents: int, settings: Sequence[str]) -> None:
        task = {"root": str(root), "agents": agents, "settings": list(settings)}
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "cost.py"), "--serve", json.dumps(task)],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def step(self) -> float:
        """Do one; returns seconds of processor time."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def serve(task: dict[str, Any]) -> None:
    """Do a step for each line that comes in."""
    sys.path.insert(0, task["root"])
    from sim.config.load import load_config
    from sim.run.run import Run, make_parts

    settings = [
        f"simulation.agents={task['agents']}",
        "simulation.executor=sequential",
        "traffic.batch_size=100",
        *task["settings"],
    ]
    loaded = load_config(scenario="quickstart", settings=settings, environment={})
    with tempfile.TemporaryDirectory(prefix="decsim-bench-") as folder:
        run = Run(loaded, make_parts(loaded), Path(folder) / "ledger.db")
        try:
            for _ in sys.stdin:
                start = time.process_time()
                run.advance()
                print(time.process_time() - start, flush=True)
        finally:
            run.close()


def measure(
    quick: bool, rounds: int = ROUNDS, agents: int = AGENTS, against: Path | None = None
) -> list[Figure]:
    """Processor time of a step, and its ratio to that of its peers."""
    agents, rounds, warm = (20, 3, 1) if quick else (agents, rounds, WARM)
    runs = {"": (ROOT, ()), "evidence of one step": (ROOT, BATCH)}
    if against is not None:
        runs["the other checkout"] = (against, ())
    with ExitStack() as stack:
        turns = [Turns(root, agents, settings) for root, settings in runs.values()]
        for one in turns:
            stack.callback(one.close)
        spent = np.zeros((warm + rounds, len(turns)))
        for number, row in enumerate(spent):
            for place in np.roll(np.arange(len(turns)), number):
                row[place] = turns[place].step()
    spent = spent[warm:]
    now = 1e3 * float(np.median(spent[:, 0]))
    figures = []
    for place, name in enumerate(list(runs)[1:], 1):
        low, middle, high = np.quantile(spent[:, 0] / spent[:, place], (0.25, 0.5, 0.75)).tolist()
        before = 1e3 * float(np.median(spent[:, place]))
        told = f"{name}: {before:.3g} ms/step, quartiles of the ratio {low:.2f} and {high:.2f}"
        figures.append(Figure(f"{agents:,} agents", now, "ms/step", told, middle))
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="smoke run: small, meaningless")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="steps of each")
    parser.add_argument("--agents", type=int, default=AGENTS)
    parser.add_argument("--against", type=Path, metavar="FOLDER", help="another checkout")
    parser.add_argument("--serve", type=json.loads, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve is not None:
        serve(given.serve)
        return
    where = machine()
    print(where, table(measure(given.quick, given.rounds, given.agents, given.against)), sep="\n\n")


if __name__ == "__main__":
    main()
