"""Clean-up: what a run gives back when something is scarce. Nothing of it changes a result."""

from __future__ import annotations

import ctypes
import gc
import logging
from collections.abc import Callable
from contextlib import suppress

from sim.errors import RAISED, DecsimError
from sim.resources.advice import LEAST_CACHE
from sim.resources.checks import Check
from sim.resources.resources import Resources
from sim.text import failure, one_line

_LOG = logging.getLogger(__name__)
Relief = Callable[[Resources], str]
"""Does something and says what in a few words; empty where there was nothing to do."""


def relieve(resources: Resources, check: Check) -> str:
    """Clean up for a check; returns what was done, for people."""
    name, own = check.name, check.relieve
    if own is not None:
        try:
            done = [text for text in (one_line(str(own()), 200),) if text]
        except RAISED as error:  # whatever foreign code does
            _LOG.warning("clean-up for %s failed", name, exc_info=error)
            return f"clean-up failed: {failure(error, 120)}"
    else:
        done = [text for relief in _RELIEFS.get(name, ()) if (text := relief(resources))]
    if done:
        _LOG.info("clean-up for %s: %s", name, ", ".join(done))
    else:
        _LOG.warning("clean-up for %s failed: nothing left to give back", name)
    return ", ".join(done) or "nothing left to give back"


def _shrink_judgements(resources: Resources) -> str:
    size = resources.judgements
    before = size.now
    if before <= LEAST_CACHE:
        return ""
    size.turn("relief", max(LEAST_CACHE, before // 2))
    return f"judgement cache {before} → {size.now}"


def _forget_queries(resources: Resources) -> str:
    kept = resources.query_cache.statistics().entries
    resources.query_cache.clear()
    return f"{kept} query results forgotten" if kept else ""


def _collect(_resources: Resources) -> str:
    gc.collect()
    # What Python has freed, the C library keeps; only glibc can be asked to hand it back.
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
    return "garbage collected"


def _checkpoint_run(resources: Resources) -> str:
    """A checkpoint, so that being killed would cost little."""
    return "checkpoint taken" if resources.checkpoint() else ""


def _checkpoint_ledger(resources: Resources) -> str:
    try:
        resources.ledger.checkpoint()
    except DecsimError as error:
        _LOG.warning("clean-up of the ledger's log failed: %s", error)
        return "the ledger's log stays"
    return "the ledger's log moved into its file"


def _close_readers(resources: Resources) -> str:
    closed = resources.pool.let_go()
    return f"{closed} readers closed" if closed else ""


def _fewer_threads(resources: Resources) -> str:
    executor = resources.executor
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
