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
    from sim.run.run import Run

Relief = Callable[["Run"], str]
"""Does something and says what in a few words; empty where there was nothing to do."""


def relieve(run: Run, name: str) -> str:
    """Clean up for the check of this name; returns what was done, for people."""
    done = [text for relief in _RELIEFS[name] if (text := relief(run))]
    return ", ".join(done) or "nothing left to give back"


def _shrink_judgements(run: Run) -> str:
    simulation = run.simulation
    asked, now = run.config.cache.capacity, simulation.cache_capacity
    if now <= LEAST_CACHE:
        return ""
    simulation.cache_scale = max(LEAST_CACHE, now // 2) / asked
    return f"judgement cache {now} → {simulation.cache_capacity}"


def _forget_queries(run: Run) -> str:
    kept = run.query_cache.statistics().entries
    run.query_cache.clear()
    return f"{kept} query results forgotten" if kept else ""


def _collect(_run: Run) -> str:
    gc.collect()
    # What Python has freed, the C library keeps; only glibc can be asked to hand it back.
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
    return "garbage collected"


def _checkpoint_run(run: Run) -> str:
    """A checkpoint, so that being killed would cost little."""
    return "checkpoint taken" if run.checkpoint() else ""


def _checkpoint_ledger(run: Run) -> str:
    try:
        run.ledger.checkpoint()
    except DecsimError:
        return "the ledger's log stays"
    return "the ledger's log moved into its file"


def _close_readers(run: Run) -> str:
    closed = run.pool.let_go()
    return f"{closed} readers closed" if closed else ""


def _fewer_threads(run: Run) -> str:
    executor = run.simulation.executor
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
