"""A step in which every agent is called by itself, as a Mesa model would do it."""

from __future__ import annotations

from collections.abc import Callable

from mesa.agent import AgentSet

from sim.errors import RAISED, is_lack
from sim.model.agents import AnomalyAgent
from sim.model.casualties import Casualties
from sim.model.phase_calls import PhaseCalls
from sim.shard.attempt import STOPS, failure_of


class Activation:
    """Calls a method of every agent, in the order of their ids.

    Args:
        agents: all of them.
        calls: takes the time.
        casualties: who has failed is not called; what an agent raises is its own error.
        give_up: is told the id of an agent that takes part no more, and the phase.
        now: tells the step.
    """

    def __init__(
        self,
        agents: AgentSet,
        calls: PhaseCalls,
        casualties: Casualties,
        give_up: Callable[[int, str], None],
        now: Callable[[], int],
    ) -> None:
        self._agents, self._calls, self._casualties = agents, calls, casualties
        self._give_up, self._now = give_up, now

    def __call__(self, method: str, phase: str = "") -> None:
        """Call a method of all who have not failed.

        Args:
            method: its name.
            phase: what its time is counted for, by default a phase of the same name.

        Raises:
            StepCancelledError: the run is stopping, and the step takes long.
        """
        phase = phase or method
        self._calls.check_cancelled()
        with self._calls.timed(phase):
            self._agents.do(lambda agent: self._call(agent, method, phase))

    def _call(self, agent: AnomalyAgent, method: str, phase: str) -> None:
        if self._casualties.failed[agent.id]:
            return
        try:
            getattr(agent, method)()
        except RAISED as error:
            if is_lack(error):
                raise
            failure = failure_of(error, agent.id, phase)
            if failure.kind in STOPS:
                self._give_up(agent.id, phase)
            self._casualties.bear([failure], self._now())
