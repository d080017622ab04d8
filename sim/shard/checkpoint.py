"""The memory of a shard as plain arrays, from which a lost one is built again bit for bit.

The cache of judgements is left out, except its counts: it never changes a result. What belongs to
one step only (batch, scores, flags) is left out, too: a checkpoint is taken between two steps.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.consensus.judgements import CacheCounts
from sim.errors import ExecutorError
from sim.signatures.known import Known

if TYPE_CHECKING:
    from sim.shard.shard import Shard

State = dict[str, NDArray[np.generic]]
_PARTS = ("windows", "models", "evidence", "doubts", "second")
"""All arrays of these are memory; a part that a shard has not is None."""
_DETECTOR = "detector."


def state_of(shard: Shard) -> State:
    """Everything that the agents of a shard have learned, as copies."""
    state: State = {
        f"{part}.{name}": array.copy()
        for part in _PARTS
        for name, array in _arrays(getattr(shard, part)).items()
    }
    state |= {_DETECTOR + name: array for name, array in shard.models.detector.state().items()}
    accepted = shard.accepted
    state["accepted.ids"] = np.array(accepted.ids, dtype=np.int64)
    state["accepted.contents"] = _packed(accepted.contents)
    state["accepted.centres"] = accepted.centres.copy()
    counts = dataclasses.astuple(shard.judging.cache.counts)
    state["cache.counts"] = np.array(counts, dtype=np.int64)
    state["source.positions"] = shard.source.positions(shard.ids)
    return state


def restore(shard: Shard, state: State) -> None:
    """Make a fresh shard remember what `state_of` told of another one.

    Raises:
        ExecutorError: the state is that of another shard.
    """
    for part in _PARTS:
        for name, array in _arrays(getattr(shard, part)).items():
            saved = state.get(f"{part}.{name}")
            if saved is None or saved.shape != array.shape:
                raise ExecutorError(f"the state of a shard has no {part}.{name} of {array.shape}")
            array[...] = saved
    shard.models.detector.restore(
        {n.removeprefix(_DETECTOR): a for n, a in state.items() if n.startswith(_DETECTOR)}
    )
    contents = state["accepted.contents"]
    shard.accepted = Known(
        ids=tuple(state["accepted.ids"].tolist()),
        contents=tuple(row.tobytes() for row in contents),
        centres=state["accepted.centres"].astype(np.float32),
    )
    shard.judging.cache.counts = CacheCounts(*state["cache.counts"].tolist())
    shard.source.seek(shard.ids, state["source.positions"].astype(np.int64))


def _arrays(part: object) -> dict[str, NDArray[np.generic]]:
    inside = vars(part) if part is not None else {}
    return {name: value for name, value in inside.items() if isinstance(value, np.ndarray)}


def _packed(contents: tuple[bytes, ...]) -> NDArray[np.uint8]:
    """(S, length) fingerprints; all have the same length."""
    packed = np.frombuffer(b"".join(contents), dtype=np.uint8)
    return packed.reshape(len(contents), -1) if contents else packed.reshape(0, 0)
