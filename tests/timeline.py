"""A run in which everything happens that a command can do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from laboratory import FLOOD, SCAN, Given

from sim.commands import InjectFault, SetAdversaries, SetParameter, Targets
from sim.config.parameters import Value

HALF = Targets(fraction=0.5)
STEPS = 14
BUSY: Given = {
    4: (SCAN, InjectFault("broadcast_failure", Targets(fraction=0.3), duration=4)),
    5: (InjectFault("agent_crash", Targets(agents=(1, 2)), duration=3),),
    6: (InjectFault("refit_failure", HALF, duration=3), SetParameter("cache.capacity", 0)),
    7: (InjectFault("cache_corruption", HALF), SetParameter("traffic.batch_size", 7)),
    9: (
        SetParameter("cache.capacity", 900),
        SetAdversaries("poison", Targets(fraction=0.2)),
        FLOOD,
    ),
    11: (InjectFault("cache_corruption", HALF), SetParameter("traffic.batch_size", 24)),
    12: (SetParameter("detection.threshold", 0.8), SetParameter("signature.memory", 3)),
}
"""Attacks, every fault, poison, caches switched off and on, batches of odd sizes."""


def recorded(folder: Path) -> dict[str, Value]:
    """Settings of a run on a file that gives seven agents different numbers of rows."""
    draw = np.random.Generator(np.random.Philox(7))
    lines = ["x,z,site,label"]
    for i in range(1100):
        odd = i % 40 > 36
        x, y = draw.normal(9.0 if odd else 1.0), draw.normal(0.0)
        host = f"h{int(7 * draw.random() ** 1.5)}"
        lines.append(f"{x:.4f},{y:.4f},{host},{'scan' if odd else 'benign'}")
    path = folder / "flows.csv"
    path.write_text("\n".join(lines) + "\n")
    return {
        "traffic.path": str(path),
        "traffic.deal": "column",
        "traffic.deal_column": "site",
        "simulation.agents": 7,
        "detection.min_window": 24,
    }
