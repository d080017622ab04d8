"""What can be asked of a running simulation: frozen, plain, serialisable requests.

Steering commands change the outcome: they are applied between steps and journaled in the ledger.
Control commands only decide when the next step happens or what the snapshot shows; they are never
journaled, because (config, seed, journal) decides everything without them. A command travels as an
`Order`, from whoever gives it until it is journaled.
"""

from sim.commands.commands import (
    PACE,
    Behaviour,
    Command,
    Condition,
    Control,
    Figure,
    InjectAttack,
    InjectFault,
    Inspect,
    Pause,
    PauseWhen,
    Redo,
    Relation,
    Resume,
    SetAdversaries,
    SetPace,
    SetParameter,
    Steering,
    Step,
    Stop,
    StopAttack,
    Targets,
    Undo,
    Withdraw,
)
from sim.commands.faults import FAULTS, AgentFault, EnvironmentFault, FaultKind, FaultTraits
from sim.commands.order import VIEWER_BITS, Order
from sim.commands.payload import (
    CONTROL_KINDS,
    STEERING_KINDS,
    command_of,
    from_payload,
    kind_of,
    to_payload,
)
from sim.commands.words import describe

__all__ = [
    "CONTROL_KINDS",
    "FAULTS",
    "PACE",
    "STEERING_KINDS",
    "VIEWER_BITS",
    "AgentFault",
    "Behaviour",
    "Command",
    "Condition",
    "Control",
    "EnvironmentFault",
    "FaultKind",
    "FaultTraits",
    "Figure",
    "InjectAttack",
    "InjectFault",
    "Inspect",
    "Order",
    "Pause",
    "PauseWhen",
    "Redo",
    "Relation",
    "Resume",
    "SetAdversaries",
    "SetPace",
    "SetParameter",
    "Steering",
    "Step",
    "Stop",
    "StopAttack",
    "Targets",
    "Undo",
    "Withdraw",
    "command_of",
    "describe",
    "from_payload",
    "kind_of",
    "to_payload",
]
