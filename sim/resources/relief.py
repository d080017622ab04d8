"""Clean-up: what a run gives back when something is scarce. Nothing of it changes a result."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from sim.errors import DecsimError
from sim.resources.bottleneck import LEAST_CACHE

if TYPE_CHECKING:
    from sim.run.run import Experiment

Relief = Callable[["Experiment"], str]
"""Does something and says what in a few words; empty where there was nothing to do."""


def relieve(experiment: Experiment, name: str) -> str:
    """Clean up for the check of this name; returns what was done, for people."""
    done = [text for relief in _RELIEFS[name] if (text := relief(experiment))]
    return ", ".join(done) or "nothing left to give back"


def _shrink_judgements(experiment: Experiment) -> str:
    simulation = experiment.simulation
    asked, now = experiment.config.cache.capacity, simulation.cache_capacity
    if now <= LEAST_CACHE:
        return ""
    simulation.cache_scale = max(LEAST_CACHE, now // 2) / asked
    return f"judgement cache {now} → {simulation.cache_capacity}"


def _forget_queries(experiment: Experiment) -> str:
    kept = experiment.query_cache.statistics().entries
    experiment.query_cache.clear()
    return f"{kept} query results forgotten" if kept else ""


def _collect(_experiment: Experiment) -> str:
    gc.collect()
    # What Python has freed, the C library keeps; only glibc can be asked to hand it back.
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
    return "garbage collected"


def _checkpoint_run(experiment: Experiment) -> str:
    """A checkpoint, so that being killed would cost little."""
    return "checkpoint taken" if experiment.checkpoint() else ""


def _checkpoint_ledger(experiment: Experiment) -> str:
    try:
        experiment.ledger.checkpoint()
    except DecsimError:
        return "the ledger's log stays"
    return "the ledger's log moved into its file"


def _close_readers(experiment: Experiment) -> str:
    closed = experiment.pool.let_go()
    return f"{closed} readers closed" if closed else ""


def _fewer_threads(experiment: Experiment) -> str:
    executor = experiment.simulation.executor
    if executor.name != "threads" or executor.workers < 2:
        return ""
    before = executor.workers
    executor.resize(before // 2)
    return f"threads {before} → {executor.workers}"


_RELIEFS: dict[str, tuple[Relief, ...]] = {
    "memory": (_shrink_judgements, _forget_queries, _collect, _checkpoint_run),
    "disk": (_checkpoint_ledger,),
    "files": (_close_readers, _collect),
    "connections": (_close_readers,),
    "threads": (_fewer_threads, _collect),
}
