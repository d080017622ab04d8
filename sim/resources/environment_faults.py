"""Injected faults of what a run stands on: ledger file, disk, workers, memory.

They never change a result. An agent's fault is part of the simulation and lives in `sim.steering`;
these strike the run around it, between computing a step and writing it, and each ends: after its
steps or, where no step can end meanwhile, after this many attempts to write.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import apsw
import numpy as np

from sim.commands import FAULTS, Command, InjectFault
from sim.ledger.damage import overwrite_page
from sim.ledger.disk import Disk, Operation
from sim.numerics.rng import Purpose, keys, uniforms
from sim.resources.resources import Resources
from sim.steering.faults import Fault

LATENCY: Final[dict[Operation, float]] = {"read": 0.002, "write": 0.002, "sync": 0.02}
"""What a slow disk adds to each operation, s: about that of a busy hard disk over a network."""
BALLAST: Final = 64 * 2**20
"""Memory taken under memory pressure, bytes."""
SHRUNK: Final = 1 / 16
"""Share of the caches that is left under memory pressure."""


class EnvironmentFaults:
    """Lets the faults that are under way strike one run.

    Args:
        resources: of that run.
        enabled: a run without a run directory of its own is spared, because a replay is about
            results.
    """

    def __init__(self, resources: Resources, *, enabled: bool) -> None:
        self.enabled = enabled
        self._resources = resources
        self._disk: Disk | None = None
        self._failures: dict[str, int] = {"ledger_locked": 0, "disk_full": 0}
        """Attempts to write that will fail, by kind."""
        self._full = False
        self._slow = False
        self._ballast: bytearray | None = None

    # -- between the steps ---------------------------------------------------------------------

    def strike(self, under_way: Sequence[Fault]) -> None:
        """Let what is due in the step that has begun strike, and end what is over.

        Args:
            under_way: faults of every kind.
        """
        if not self.enabled or self._resources.ledger.rehearsing:
            return
        now = self._resources.log.now
        faults = [f for f in under_way if f.targets is None and now < f.until]
        for fault in (f for f in faults if f.since == now):
            self._begin(fault)
        kinds = {fault.kind for fault in faults}
        self._press("memory_pressure" in kinds)
        self._reach("slow_disk" in kinds)

    def end(self) -> None:
        """Let everything be as without faults, so that what is under way can be finished."""
        self._failures = dict.fromkeys(self._failures, 0)
        self._full = False
        self._press(False)
        self._reach(False)
        self.enabled = False

    def text(self, fault: Fault) -> str:
        """How far a fault is, for people."""
        traits = FAULTS[fault.kind]
        if traits.lasts != "attempts":
            return traits.under_way
        count = self._failures[fault.kind]
        return f"{count} {traits.under_way}" if count else "over: writing works again"

    def refusal(self, command: Command) -> str:
        """Why a fault given live cannot strike here, or nothing."""
        asked = isinstance(command, InjectFault) and command.kind == "worker_lost"
        if asked and self._resources.executor.name == "sequential":
            return "the executor is sequential: there is no worker to lose"
        return ""

    # -- strikes -------------------------------------------------------------------------------

    def _begin(self, fault: Fault) -> None:
        match fault.kind:
            case "ledger_locked" | "disk_full":
                self._failures[fault.kind] += fault.duration
            case "corrupt_page":
                self._damage(fault)
            case "worker_lost":
                self._lose_worker(fault)

    def _damage(self, fault: Fault) -> None:
        """Overwrite the beginning of a page of the ledger, drawn by key; the connection is lost."""
        resources = self._resources
        resources.pool.let_go()
        resources.ledger.let_go(keep_wal=False)
        seed = resources.config.simulation.seed
        key = keys(seed, Purpose.FAULTS, np.array([fault.id], dtype=np.int64))
        try:
            overwrite_page(resources.ledger.path, float(uniforms(key, 1)[0, 0]))
        except OSError as error:
            log = resources.log
            log.notice(f"step {log.now}: no page is overwritten, as it cannot be kept: {error}")

    def _lose_worker(self, fault: Fault) -> None:
        log = self._resources.log
        if not self._resources.executor.lose_worker(fault.id):
            log.notice(f"step {log.now}: injected worker_lost: there is no worker to lose")

    def _press(self, pressed: bool) -> None:
        """Take memory and shrink the caches, or give both back."""
        if pressed == (self._ballast is not None):
            return
        sizes = (self._resources.judgements, self._resources.queries)
        if pressed:
            # Written to, or the system would only promise it.
            self._ballast = bytearray(b"\1") * BALLAST
            for size in sizes:
                size.scale("pressure", SHRUNK)
        else:
            self._ballast = None
            for size in sizes:
                size.release("pressure")

    # -- the disk ------------------------------------------------------------------------------

    def _reach(self, slow: bool) -> None:
        """Put a disk of ours between ledger and the real one while a fault needs it."""
        self._slow = slow
        self._resources.ledger.before_write = self._attempt
        wanted = slow or self._failures["disk_full"] > 0
        if wanted == (self._disk is not None):
            return
        self._disk = Disk(self._operate) if wanted else None
        self._resources.ledger.use(self._disk)
        self._resources.pool.use(self._disk)

    def _attempt(self) -> None:
        """An attempt to write begins; whether it will fail is decided now."""
        self._full = False
        if self._failures["ledger_locked"]:
            self._failures["ledger_locked"] -= 1
            # Not by way of the disk: SQLite takes a lock for one only where it asks for one.
            raise apsw.BusyError("database is locked (injected)")
        if self._failures["disk_full"]:
            self._failures["disk_full"] -= 1
            self._full = True

    def _operate(self, operation: Operation, file: str) -> None:
        if self._slow and operation in LATENCY:
            time.sleep(LATENCY[operation])
        if self._full and operation == "write":
            raise apsw.FullError("database or disk is full (injected)")
