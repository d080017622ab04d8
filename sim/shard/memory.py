"""The memory of a shard as plain arrays, from which a lost one is built again bit for bit.

The cache of judgements is left out, except its counts: it never changes a result.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.tree import Decoder, Encoder, Plan, State
from sim.errors import DecsimError, ExecutorError
from sim.peers.opinion import SecondOpinion
from sim.shard.doubts import Doubts
from sim.shard.evidence import Evidence
from sim.shard.judgements import CacheCounts, JudgementCache
from sim.shard.judging import Judging
from sim.shard.models import Models
from sim.shard.windows import Windows
from sim.signatures.signature_set import SignatureSet
from sim.traffic.source import Batch

if TYPE_CHECKING:
    from sim.shard.shard import Shard

__all__ = ["State", "restore", "state_of"]
_TREE = "tree"
_POSITIONS = "source.positions"
_SHARD_WIRING = frozenset({"ids", "source", "orders", "_seed"})
_CACHE_WIRING = frozenset(
    {"_voters", "_lines", "_free", "_scores", "_versions", "_steps", "_guards"}
)


def _plan(shard: Shard) -> Plan:
    return Plan(
        wiring={
            type(shard): _SHARD_WIRING,
            Windows: frozenset({"size"}),
            Models: frozenset(),
            # What was looked up, and what was damaged, is of one step.
            Judging: frozenset({"_models", "_share", "_second", "_heard", "look_ups", "damaged"}),
            JudgementCache: _CACHE_WIRING,
            Evidence: frozenset(),
            Doubts: frozenset(),
            SecondOpinion: frozenset({"_bank"}),
        },
        values=(Batch, CacheCounts, SignatureSet),
    )


def state_of(shard: Shard) -> State:
    """Everything that a shard remembers between two steps, as copies.

    Raises:
        CheckpointError: it holds something that nobody has declared.
    """
    encoder = Encoder(_plan(shard))
    tree = encoder.encode(shard, "shard")
    state = {name: array.copy() for name, array in encoder.arrays.items()}
    state[_POSITIONS] = shard.source.positions(shard.ids).copy()
    state[_TREE] = np.frombuffer(json.dumps(tree).encode(), dtype=np.uint8)
    return state


def restore(shard: Shard, state: State) -> None:
    """Make a fresh shard remember what `state_of` told of another one.

    Raises:
        ExecutorError: the state is that of another shard.
    """
    try:
        Decoder(_plan(shard), state).restore(shard, json.loads(state[_TREE].tobytes()))
        positions: NDArray[np.int64] = state[_POSITIONS].astype(np.int64)
    except (DecsimError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise ExecutorError(f"the state is not that of this shard: {error}") from error
    shard.source.seek(shard.ids, positions)
