"""Experiments that are built anew from checkpoints, and everything that can be seen of them."""

from __future__ import annotations

import dataclasses
import math
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from laboratory import Given

from sim.checkpoint import file
from sim.commands import (
    InjectAttack,
    InjectFault,
    Redo,
    SetAdversaries,
    SetParameter,
    StopAttack,
    Targets,
    Undo,
)
from sim.config.load import LoadedConfig
from sim.picture.painter import Painter
from sim.run.rehearsal import PastReader, Rehearsal
from sim.run.run import Run, make_parts
from sim.snapshot import EMPTY, Focus, Snapshot

HALF = Targets(fraction=0.5)
SCAN = InjectAttack("port_scan", intensity=0.8, duration=8, targets=HALF)
FLOOD = InjectAttack("ddos", intensity=0.9, duration=6, targets=Targets(fraction=0.4))
FLASH = InjectAttack("exfiltration", intensity=1.0, duration=1, targets=HALF)
LONELY = InjectAttack("port_scan", intensity=1.0, duration=6, targets=Targets(agents=(7,)))
STEPS = 20
EVERYTHING: Given = {
    3: (SetAdversaries("betray", Targets(agents=(5, 6))), SetParameter("no.key", 1)),
    4: (SCAN, InjectFault("broadcast_failure", Targets(fraction=0.3), duration=4)),
    5: (InjectFault("agent_crash", Targets(agents=(1, 2)), duration=3), Undo()),
    6: (InjectFault("refit_failure", HALF, duration=3), SetParameter("consensus.committee", 6)),
    7: (InjectFault("cache_corruption", HALF), SetParameter("traffic.batch_size", 7), Redo()),
    8: (SetAdversaries("spam", Targets(fraction=0.1)), SetParameter("consensus.rule", "weighted")),
    9: (SetAdversaries("poison", Targets(fraction=0.2)), FLOOD, Undo(), Undo(), Redo()),
    10: (SetAdversaries("collude", Targets(fraction=0.3)), StopAttack(1)),
    11: (InjectFault("cache_corruption", HALF), SetParameter("traffic.batch_size", 24)),
    12: (SetParameter("detection.threshold", 0.8), SetParameter("signature.memory", 3)),
    13: (SetParameter("trust.quarantine", 0.6), SetAdversaries("silent", Targets(agents=(3,)))),
    14: (Undo(), Undo(), SetAdversaries("flip_votes", Targets(fraction=0.2)), LONELY),
    15: (SetParameter("detection.threshold", 0.6), SCAN, Redo()),
    16: (SetParameter("consensus.committee", 0), Undo(), FLASH),
    17: (InjectAttack("beacon", intensity=0.9, duration=1, targets=HALF),),
    18: (InjectAttack("brute_force", intensity=0.9, duration=1, targets=HALF), StopAttack(4)),
    19: (FLASH,),
}
"""Attacks that last and attacks of one step (who votes on these must remember), every fault, every
adversary, undo and redo, other rules, batches of odd sizes."""

NO_RESULT = (
    "performance.memory_bytes",
    "performance.readers",
    "performance.query_",
    "performance.journal_mode",
    "health",
    "metrics",
)
"""What the machine makes of a run."""
CACHE = (
    "grid.hit_rate",
    "performance.hits",
    "performance.misses",
    "performance.stale",
    "performance.evictions",
    "performance.cached",
    "performance.vote_",
    "view.signature.ballots",
    "errors",
)
"""What differs as long as a cache is cold; damage that it does not hold is not noticed either."""


def reborn(experiment: Run, loaded: LoadedConfig, ledger: Path, folder: Path) -> Run:
    """An experiment like this one, by way of a file; this one is closed."""
    path = folder / "step.npz"
    file.write(experiment.take_checkpoint(), path)
    experiment.close()
    return risen(path, loaded, ledger)


def risen(path: Path, loaded: LoadedConfig, ledger: Path) -> Run:
    """The experiment that stands where a checkpoint was taken, on a ledger that is written."""

    checkpoint = file.read(path)
    header = checkpoint.header
    rehearsal = Rehearsal(ledger, header.length, bytes.fromhex(header.head))
    reader = PastReader(rehearsal, 2, 5.0, 64)
    new = Run(loaded, make_parts(loaded), None, (rehearsal, reader))
    new.restore(checkpoint, reader.commands())
    return new


def picture(experiment: Run, seen: int | None = None) -> Snapshot:
    """What a screen that has just been opened shows, with one agent and one signature from near."""
    agent = experiment.simulation.now % experiment.simulation.population
    painter = Painter(experiment)
    return replace(painter.paint(EMPTY), view=painter.view(Focus(agent, seen)))


def differences(a: Any, b: Any, path: str = "") -> Iterator[str]:
    """Paths at which two values differ."""
    if dataclasses.is_dataclass(a) and type(a) is type(b):
        for field in dataclasses.fields(a):
            name = f"{path}.{field.name}".lstrip(".")
            yield from differences(getattr(a, field.name), getattr(b, field.name), name)
    elif isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        if a.dtype != b.dtype or not np.array_equal(a, b, equal_nan=a.dtype.kind == "f"):
            yield path
    elif isinstance(a, Mapping) and isinstance(b, Mapping):
        if list(a) != list(b):
            yield path
        else:
            for key in a:
                yield from differences(a[key], b[key], f"{path}.{key}")
    elif isinstance(a, tuple | list) and type(a) is type(b) and len(a) == len(b):
        for i, pair in enumerate(zip(a, b, strict=True)):
            yield from differences(*pair, f"{path}.{i}")
    elif isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b):
        return
    elif a != b:
        yield path


# -- inside ----------------------------------------------------------------------------------------

OF_NO_MEMORY = frozenset(
    {
        # made of the configuration, or wired by whoever builds it
        *(
            "config",
            "_config",
            "_settings",
            "source",
            "executor",
            "ledger",
            "reader",
            "blocks",
            "_blocks",
        ),
        *("calls", "retrieval", "grounds", "_activate", "_broadcast"),
        *("grid", "datacollector", "cancelled", "_timeline", "notices", "cache_capacity", "_kinds"),
        # of one step
        *("agenda", "_figures"),
        *(
            "draft",
            "seconds",
            "journaled",
            "over",
            "orders",
            "_votes",
            "_reasons",
            "_radii",
            "corrupting",
        ),
        *("look_ups", "damaged", "_heard", "_view"),
        *("_quiet", "_confused", "heard", "down"),
        # caches never change a result
        *("cache", "cached"),
    }
)
"""Attributes in which twins may differ; everything else that they hold must be the same."""
_UNREACHED = re.compile(r"\.(detector|_bank)\.(feature|leaf|threshold)$")
"""Below the leaf of a tree there is what an earlier, deeper tree has left: nothing goes there."""
_OF_MESA = frozenset(
    {"_agents", "_agents_by_type", "_all_agents", "_rng", "_seed", "_user_step", "random", "rng"}
    | {"running", "step", "agent_id_counter"}
)


def unlike(a: Run, b: Run) -> list[str]:
    """Paths of all that two experiments in this process remember differently."""
    found = [*_unlike(a.simulation, b.simulation, "simulation", _OF_MESA)]
    if a.simulation.executor.name != "ray":
        shards = zip(a.simulation.shards, b.simulation.shards, strict=True)
        for i, pair in enumerate(shards):
            found += _unlike(*pair, f"shard {i}")
    if a.config != b.config:
        found.append("config")
    return [path for path in found if not _UNREACHED.search(path)]


def _unlike(a: Any, b: Any, path: str, skip: frozenset[str] = frozenset()) -> Iterator[str]:
    """Walk through attributes, fields and items, whatever anybody has added."""
    if type(a) is not type(b):
        yield path
    elif isinstance(a, np.ndarray):
        if a.dtype != b.dtype or not np.array_equal(a, b, equal_nan=a.dtype.kind == "f"):
            yield path
    elif isinstance(a, Mapping):
        if list(a) != list(b):
            yield path
        else:
            for key in a:
                yield from _unlike(a[key], b[key], f"{path}[{key!r}]")
    elif isinstance(a, tuple | list | deque):
        if len(a) != len(b):
            yield path
        else:
            for i, pair in enumerate(zip(a, b, strict=True)):
                yield from _unlike(*pair, f"{path}[{i}]")
    elif isinstance(a, bool | int | float | str | bytes | None):
        if a != b and not (isinstance(a, float) and math.isnan(a) and math.isnan(b)):
            yield path
    elif type(a).__module__.startswith("sim."):
        for name in sorted(_attributes(a) | _attributes(b)):
            if name not in OF_NO_MEMORY and name not in skip:
                pair = (getattr(a, name, None), getattr(b, name, None))
                yield from _unlike(*pair, f"{path}.{name}")


def _attributes(value: Any) -> set[str]:
    if dataclasses.is_dataclass(value):
        return {field.name for field in dataclasses.fields(value)}
    return set(vars(value))
