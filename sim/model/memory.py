"""The whole memory of a simulation between two steps, taken and given back.

Left out, because it is known otherwise: what was steered (a pure function of configuration and
journal; see `sim.steering.repeat`), the caches (they never change a result), and what is
measured with clocks.
"""

from __future__ import annotations

import numpy as np

from sim.checkpoint.expect import typed
from sim.checkpoint.tree import UNFIT, State, as_array, from_array, restore, state_of
from sim.errors import CheckpointError, DecsimError
from sim.model.model import Population
from sim.text import shown

_COLLECTED = "collected"


def memory_of(simulation: Population) -> State:
    """Everything that a simulation remembers after a step, as arrays that nobody else changes.

    Raises:
        CheckpointError: it holds something that nobody has declared.
        ExecutorError: its shards cannot be reached.
    """
    shards = simulation.executor.call("state", [()] * len(simulation.blocks))
    state = {f"{i}/{name}": array for i, some in enumerate(shards) for name, array in some.items()}
    collected = as_array(dict(simulation.datacollector.model_vars))
    return state | state_of(simulation, "simulation") | {_COLLECTED: collected}


def remember(simulation: Population, state: State) -> None:
    """Give a newborn simulation the memory of another one; what was steered is given before.

    Raises:
        CheckpointError: the state is not that of such a simulation.
    """
    born = simulation.errors.view()
    shards: list[tuple[State]] = [({},) for _ in simulation.blocks]
    try:
        own = {}
        for name, array in state.items():
            number, slash, rest = name.partition("/")
            if not slash:
                own[name] = array
            elif number.isdecimal() and int(number) < len(shards):
                shards[int(number)][0][rest] = array
            else:
                raise CheckpointError("has a shard that is not there")
        collected = from_array(own.pop(_COLLECTED))
        typed("what was collected", collected, dict[str, list[float | None]])
        restore(simulation, own)
        simulation.executor.call("restore", shards)
    except (DecsimError, *UNFIT) as e:
        raise CheckpointError(f"does not fit this simulation ({shown(e, 200)})") from e
    # All columns are as long as the longest: a figure that was not kept then is unknown.
    length = max(map(len, collected.values()), default=0)
    for name, values in simulation.datacollector.model_vars.items():
        known = list(collected.get(name, ()))
        values[:] = [None] * (length - len(known)) + known
    simulation.steps = simulation.now
    simulation.source.follow(simulation.config.traffic)
    if simulation.report is not None:
        everyone = np.arange(simulation.population, dtype=np.int64)
        simulation.source.seek(everyone, simulation.report.positions)
    for error in reversed(born):  # e.g. an executor that is not available any more
        simulation.errors.record(error.kind, simulation.now, error.message, error.count)
