"""The faults that can be injected, each with all that others go by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

AgentFault = Literal["agent_crash", "broadcast_failure", "refit_failure", "cache_corruption"]
"""Faults of agents: part of what is simulated, they change what comes out."""
EnvironmentFault = Literal[
    "ledger_locked", "slow_disk", "disk_full", "corrupt_page", "worker_lost", "memory_pressure"
]
"""Faults of what the run stands on: they strike no agents and never change what comes out."""
FaultKind = Literal[AgentFault, EnvironmentFault]


@dataclass(frozen=True, slots=True)
class FaultTraits:
    """What there is to know about one kind of fault."""

    meaning: str
    """What it does, in a few words for a dialog."""
    lasts: Literal["steps", "attempts", "once"] = "steps"
    """What its duration counts: steps, attempts to write that fail, or nothing."""
    under_way: str = ""
    """What is so while it lasts, for people; empty for faults of agents."""

    @property
    def strikes_agents(self) -> bool:
        """Whether it is a fault of agents, and needs targets."""
        return not self.under_way


FAULTS: Final[Mapping[FaultKind, FaultTraits]] = MappingProxyType(
    {
        "agent_crash": FaultTraits("the agents stop"),
        "broadcast_failure": FaultTraits("they cannot publish"),
        "refit_failure": FaultTraits("their models stay old"),
        "cache_corruption": FaultTraits("their cache is inconsistent"),
        "ledger_locked": FaultTraits(
            "this many writes find it locked", "attempts", "attempts to write will fail"
        ),
        "slow_disk": FaultTraits(
            "the ledger's disk is slow", "steps", "every operation of the ledger's disk waits"
        ),
        "disk_full": FaultTraits(
            "this many writes fail", "attempts", "attempts to write will fail"
        ),
        "corrupt_page": FaultTraits(
            "the ledger is damaged, once", "once", "a page of the ledger is overwritten"
        ),
        "worker_lost": FaultTraits("a worker dies, once", "once", "a worker is lost"),
        "memory_pressure": FaultTraits(
            "memory is taken, caches shrink", "steps", "memory is taken, caches are small"
        ),
    }
)
"""Every kind, in the order in which people are offered it."""
