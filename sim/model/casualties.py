"""Agents that take no part: while a fault strikes them, or for good by their own errors."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.memory import Memory
from sim.errors import StepError
from sim.model.error_log import ErrorLog
from sim.numerics.arrays import Flags
from sim.shard.attempt import STOPS, Failure
from sim.steering.state import SteeringState

_LOG = logging.getLogger(__name__)


class Casualties:
    """Who of `A` agents takes part.

    Arrays are replaced, never written into: the shards go by what they were told when the step
    began.

    Args:
        agents: A.
        errors: where the errors that are survived are counted.
    """

    memory: ClassVar = Memory(without=("heard", "_errors", "_confused"))

    def __init__(self, agents: int, errors: ErrorLog) -> None:
        self.stopped: Flags = np.zeros(agents, dtype=np.bool_)
        """(A,) who takes no part now."""
        self.failed: Flags = np.zeros(agents, dtype=np.bool_)
        """(A,) who has stopped for good, by an error of its own."""
        self.mute: Flags = np.zeros(agents, dtype=np.bool_)
        """(A,) who has stopped because it could not broadcast, for as long as that was injected."""
        self.heard: Flags = np.ones(agents, dtype=np.bool_)
        """(A,) who has said in this step how it votes."""
        self._confused: Flags = np.zeros(agents, dtype=np.bool_)
        """(A,) whose validation failed in this step."""
        self._errors = errors

    def strike(self, steered: SteeringState, step: int) -> None:
        """Let injected faults strike, and heal what they no longer strike."""
        crashed = steered.struck("agent_crash", step)
        fresh = np.flatnonzero(crashed & ~self.stopped).tolist()
        self._errors.record("agent.crash", step, "injected: the agent stopped", agents=fresh)
        self.mute = self.mute & steered.struck("broadcast_failure", step)
        self.stopped = crashed | self.mute | self.failed

    def open_vote(self) -> None:
        """Nobody has been heard yet."""
        self.heard = np.zeros_like(self.heard)
        self._confused = np.zeros_like(self._confused)

    def hear(self, agents: NDArray[np.int64]) -> None:
        """These agents have said how they vote, unless their validation failed."""
        self.heard[agents] = ~self._confused[agents]

    def silence(self, agent: int, step: int) -> None:
        """An agent cannot broadcast, as was injected; it stops."""
        if self.mute[agent]:
            return
        self.mute, self.stopped = self.mute.copy(), self.stopped.copy()
        self.mute[agent] = self.stopped[agent] = True
        message = f"injected: agent {agent} cannot broadcast and stops"
        self._errors.record("agent.broadcast", step, message, agents=[agent])

    def bear(self, failures: Sequence[Failure], step: int) -> None:
        """Let the run go on without what agents have failed to do.

        Raises:
            StepError: no agent is left, so that the cause is none of them.
        """
        for failed in failures:
            where = f"agent {failed.agent}: {failed.phase}: {failed.text}"
            kind = f"agent.{failed.kind}"
            details = {"step": step, "kind": kind, "agent": failed.agent, "trace": failed.trace}
            _LOG.error("step %d: %s: %s", step, kind, where, extra=details)
            if failed.kind == "validation":
                self._confused[failed.agent] = True
            if failed.kind != "refit":  # which are counted together with those without an error
                self._errors.record(kind, step, where, agents=[failed.agent])
        stops = [failed.agent for failed in failures if failed.kind in STOPS]
        if not stops:
            return
        self.failed = self.failed.copy()
        self.failed[stops] = True
        self.stopped = self.stopped | self.failed
        if self.failed.all():
            raise StepError(f"no agent is left that works: {where}")
