"""The frozen picture of a run that crosses the thread boundary; panes draw nothing else.

A snapshot is built on the simulation's side between two steps. Parts that did not change are the
same objects as in the snapshot before, so a pane can skip by identity. Nothing here is compared by
value (`eq=False`): fields hold arrays.
"""

from sim.snapshot.machine import ErrorCount, HealthView, Performance, share_of
from sim.snapshot.population import AgentDetail, AgentState, Grid
from sim.snapshot.quality import AttackOutcome, Confusion, FirstContact, Protection, Quality
from sim.snapshot.record import LedgerEntry
from sim.snapshot.snapshot import EMPTY, Snapshot
from sim.snapshot.state import TRAFFIC_ENDED, RunState, Value
from sim.snapshot.steering import AttackView, Fate, FaultView, JournalEntry, UndoStep
from sim.snapshot.view import PREVIEWED, Focus, Preview, View
from sim.snapshot.votes import (
    BallotView,
    Consensus,
    Margin,
    RuleView,
    SignatureDetail,
    SignatureView,
)

__all__ = [
    "EMPTY",
    "PREVIEWED",
    "TRAFFIC_ENDED",
    "AgentDetail",
    "AgentState",
    "AttackOutcome",
    "AttackView",
    "BallotView",
    "Confusion",
    "Consensus",
    "ErrorCount",
    "Fate",
    "FaultView",
    "FirstContact",
    "Focus",
    "Grid",
    "HealthView",
    "JournalEntry",
    "LedgerEntry",
    "Margin",
    "Performance",
    "Preview",
    "Protection",
    "Quality",
    "RuleView",
    "RunState",
    "SignatureDetail",
    "SignatureView",
    "Snapshot",
    "UndoStep",
    "Value",
    "View",
    "share_of",
]
