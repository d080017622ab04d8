"""Dealing the rows of a traffic file to agents, evenly or skewed."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from sim.errors import TrafficError
from sim.numerics.rng import generator
from sim.traffic.files.table import FlowTable

How = Literal["even", "column", "host", "dirichlet"]

_PURPOSE = 0x6465616C
"""Keeps the draws made here apart from all others of the same seed ('deal' in ASCII)."""

_CLUSTERS = 10
"""Quantile groups of unlabelled rows."""

_LEAST_CONCENTRATION = 0.05
"""Dirichlet concentration at skew 1: nearly all rows of a class go to one or two agents."""

_MOST_CONCENTRATION = 1e6
"""From here on the shares are equal for any number of rows; far beyond, the draw overflows."""

Rows = tuple[NDArray[np.int64], ...]


def deal_rows(table: FlowTable, agents: int, *, how: str, skew: float, seed: int) -> Rows:
    """Deal the rows of a table to agents; no row is dealt twice.

    `even`: row i goes to agent i modulo `agents`.

    `column` and `host`: each of the `agents` most frequent values of `table.groups` is an agent
    (ties by value). Rows with other values are left out; with fewer values there are fewer agents.

    `dirichlet`: the rows of each group are shared out in proportions drawn from a symmetric
    Dirichlet distribution, the usual way to make the data of agents differ (Hsu, Qi, Brown:
    Measuring the effects of non-identical data distribution, 2019). Without groups, the classes
    stand in for them (the dealer sees them for that; the agents do not), or else ten quantile
    ranges of the feature with the largest variance. An agent may get no rows.

    Args:
        table: The flows.
        agents: How many agents, at least 1.
        how: `even`, `column`, `host` or `dirichlet`.
        skew: 0 to 1, for `dirichlet`: 0 deals evenly, 1 gives a class to very few agents. The
            concentration is (1 - skew) / skew + 0.05.
        seed: Seed of the run.

    Returns:
        For each agent the row numbers in file order.

    Raises:
        TrafficError: An argument is out of range, or the table has no groups to deal by.
    """
    if how not in get_args(How):
        raise TrafficError(f"dealing {how!a}: expected {', '.join(get_args(How))}")
    if agents < 1:
        raise TrafficError(f"dealing to {agents} agents: expected at least 1")
    if not 0 <= skew <= 1:
        raise TrafficError(f"dealing with skew {skew}: expected 0 to 1")
    if how in ("column", "host"):
        return _by_group(table, agents)
    rows = np.arange(len(table.labels), dtype=np.int64)
    if how == "even" or skew == 0:
        return _by_owner(rows % agents, agents)
    return _by_owner(_dirichlet_owners(_clusters(table), agents, skew, seed), agents)


def _by_group(table: FlowTable, agents: int) -> Rows:
    if table.groups is None:
        raise TrafficError("dealing by column or host: expected a table read with a deal_column")
    values, inverse, counts = np.unique(
        table.groups.astype(np.str_), return_inverse=True, return_counts=True
    )
    chosen = sorted(range(len(values)), key=lambda i: (-int(counts[i]), str(values[i])))[:agents]
    owner = np.full(len(values), -1, dtype=np.int64)
    owner[chosen] = np.arange(len(chosen))
    return _by_owner(owner[inverse.reshape(-1)], len(chosen))


def _by_owner(owners: NDArray[np.int64], agents: int) -> Rows:
    """Return the row numbers of each agent from (N,) owners; -1 owns nothing."""
    order = np.argsort(owners, kind="stable").astype(np.int64)
    bounds = np.searchsorted(owners[order], np.arange(agents + 1))
    return tuple(order[bounds[a] : bounds[a + 1]] for a in range(agents))


def _clusters(table: FlowTable) -> NDArray[np.int64]:
    """Return (N,) what `dirichlet` shares out separately: group, else class, else quantile."""
    if table.groups is not None:
        return np.unique(table.groups.astype(np.str_), return_inverse=True)[1].reshape(-1)
    if len(np.unique(table.labels)) > 1:
        return table.labels.astype(np.int64)
    variances = table.flows.astype(np.float64).var(axis=0)
    column = table.flows[:, int(variances.argmax())]
    places = np.arange(1, _CLUSTERS) * len(column) // _CLUSTERS
    return np.searchsorted(np.sort(column)[places], column, side="right").astype(np.int64)


def concentration_of(skew: float) -> float:
    """Return the concentration of the Dirichlet distribution for a skew of 0 to 1."""
    odds = (1 - skew) / skew if skew else _MOST_CONCENTRATION
    return min(odds, _MOST_CONCENTRATION) + _LEAST_CONCENTRATION


def _dirichlet_owners(
    clusters: NDArray[np.int64], agents: int, skew: float, seed: int
) -> NDArray[np.int64]:
    owners = np.empty(len(clusters), dtype=np.int64)
    concentration = concentration_of(skew)
    for turn, cluster in enumerate(np.unique(clusters)):
        rows = np.flatnonzero(clusters == cluster)
        rng = generator(seed, (_PURPOSE << 32) | turn)
        shares = rng.dirichlet(np.full(agents, concentration))
        dealt = np.repeat(np.arange(agents), _apportioned(shares, len(rows)))
        owners[rows] = rng.permutation(dealt)
    return owners


def _apportioned(shares: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Return whole counts that sum to `total`, by largest remainder, ties to the first agent."""
    exact = shares * total
    counts = np.floor(exact).astype(np.int64)
    order = np.argsort(counts - exact, kind="stable")
    counts[order[: total - int(counts.sum())]] += 1
    return counts
