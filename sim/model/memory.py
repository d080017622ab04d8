"""The whole memory of a simulation between two steps, taken and given back.

Left out, because it is known otherwise: what was steered (a pure function of configuration and
journal; see `sim.steering.repeat`), the caches (they never change a result), and what is
measured with clocks.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from sim.checkpoint.tree import Decoder, Encoder, Plan, State
from sim.consensus.assembly import Assembly, Outcome
from sim.consensus.ballot_box import BallotBox, Poll
from sim.consensus.groups import VoterGroups
from sim.consensus.lifetimes import Lifetimes
from sim.consensus.rules import Tally
from sim.consensus.trust import Reputation
from sim.detection.attack_record import AttackRecord
from sim.detection.quality import QualityRecord, StepQuality
from sim.errors import CheckpointError, DecsimError
from sim.model.error_log import ErrorLog
from sim.peers.exchange import Exchange
from sim.shard.judgements import CacheCounts
from sim.shard.report import Report
from sim.signatures.signature_set import SignatureSet
from sim.snapshot import ErrorCount

if TYPE_CHECKING:
    from sim.model.model import Simulation

MEMORY = (
    "now",
    "assembly",
    "quality",
    "errors",
    "blocklist",
    "exchange",
    "stopped",
    "flows_scored",
    "report",
    "_mute",
    "_polled",
)
"""Attributes of a simulation that are memory; a test knows why each of the others is none."""
_TREE = "tree"
_COLLECTED = "collected"


def _plan(simulation: Simulation) -> Plan:
    return Plan(
        memory={type(simulation): MEMORY},
        wiring={
            # The votes of a step are counted before it ends.
            Assembly: frozenset({"_population", "_features", "_config", "_votes", "_reasons"}),
            BallotBox: frozenset({"_agents", "_seed"}),
            Reputation: frozenset(),
            VoterGroups: frozenset(),
            Lifetimes: frozenset({"_agents"}),
            QualityRecord: frozenset({"_labelled"}),
            AttackRecord: frozenset({"_kinds"}),
            ErrorLog: frozenset(),
            Exchange: frozenset({"_blocks", "_seed"}),
        },
        values=(CacheCounts, Outcome, ErrorCount, SignatureSet, Poll, Report, StepQuality, Tally),
        derived={Poll: frozenset({"members"})},
    )


def memory_of(simulation: Simulation) -> State:
    """Everything that a simulation remembers after a step, as arrays that nobody else changes.

    Raises:
        CheckpointError: it holds something that nobody has declared.
        ExecutorError: its shards cannot be reached.
    """
    shards = simulation.executor.call("state", [()] * len(simulation.blocks))
    state = {f"{i}/{name}": array for i, some in enumerate(shards) for name, array in some.items()}
    encoder = Encoder(_plan(simulation))
    trees = {
        _TREE: encoder.encode(simulation, "simulation"),
        _COLLECTED: dict(simulation.datacollector.model_vars),
    }
    state |= {name: array.copy() for name, array in encoder.arrays.items()}
    return state | {name: _text(tree) for name, tree in trees.items()}


def remember(simulation: Simulation, state: State) -> None:
    """Give a newborn simulation the memory of another one; what was steered is given before.

    Raises:
        CheckpointError: the state is not that of such a simulation.
    """
    born = simulation.errors.view()
    shards: list[tuple[State]] = [({},) for _ in simulation.blocks]
    try:
        for name, array in state.items():
            number, slash, rest = name.partition("/")
            if slash:
                shards[int(number)][0][rest] = array
        Decoder(_plan(simulation), state).restore(simulation, json.loads(state[_TREE].tobytes()))
        collected = json.loads(state[_COLLECTED].tobytes())
        simulation.executor.call("restore", shards)
    except (DecsimError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as e:
        raise CheckpointError(f"does not fit this simulation ({ascii(str(e))[1:-1][:200]})") from e
    for name, values in simulation.datacollector.model_vars.items():
        values[:] = collected.get(name, ())
    simulation.steps = simulation.now
    simulation.source.loop = simulation.config.traffic.loop
    if simulation.report is not None:
        everyone = np.arange(simulation.population, dtype=np.int64)
        simulation.source.seek(everyone, simulation.report.positions)
    for error in reversed(born):  # e.g. an executor that is not available any more
        simulation.errors.record(error.kind, simulation.now, error.message, error.count)


def _text(tree: object) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    return np.frombuffer(json.dumps(tree).encode(), dtype=np.uint8)
