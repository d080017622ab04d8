"""Who misbehaves how: behaviours as codes in arrays of the population.

What a behaviour does is in `sim.steering.behaviours`; here it is applied to those that have it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.consensus.votes import Codes
from sim.numerics.arrays import Flags
from sim.plugins.catalogue import BEHAVIOURS
from sim.steering.behaviours import Behaviour, Desk, Draft, Floats64, Ints, behaviour_named

HONEST = 0
"""Code of who behaves."""


def code_of(name: str) -> int:
    """The code of a behaviour: its place among all names; `honest` is 0."""
    return BEHAVIOURS.names.index(name)


def name_of(code: int) -> str:
    """The behaviour that a code stands for."""
    return BEHAVIOURS.names[code]


def present(behaviour: Codes) -> Iterator[tuple[int, Behaviour]]:
    """Code and behaviour of everything but honesty that occurs in an array of codes."""
    for code in np.flatnonzero(np.bincount(behaviour.reshape(-1))).tolist():
        if code != HONEST:
            yield code, behaviour_named(name_of(code))


def effective(behaviour: Codes, since: Ints, step: int, betray_after: int) -> Codes:
    """(n,) behaviour in this step: a traitor counts as honest until it turns."""
    turning = [code for code, kind in present(behaviour) if kind.turns]
    if not turning:
        return behaviour
    waiting = np.isin(behaviour, turning) & (step - since < betray_after)
    return np.where(waiting, np.uint8(HONEST), behaviour)


def silent(behaviour: Codes) -> Flags:
    """(n,) who never votes."""
    mute = [code for code, kind in present(behaviour) if not kind.votes]
    return np.isin(behaviour, mute)


def secretive(behaviour: Codes) -> Flags:
    """(n,) who does not publish what it finds."""
    mute = [code for code, kind in present(behaviour) if not kind.publishes_findings]
    return np.isin(behaviour, mute)


def misbehaviour(desk: Desk[Draft], rows: Ints, behaviour: Codes, everyone: Codes) -> list[Draft]:
    """What the agents in `rows` publish besides what they find.

    Args:
        desk: of their shard.
        rows: (k,).
        behaviour: (k,) codes of these.
        everyone: (A,) codes of the population.
    """
    drafts: list[Draft] = []
    for code, kind in present(behaviour):
        alike = np.flatnonzero(everyone == code).astype(np.int64)
        drafts += kind.publish(desk, rows[behaviour == code], alike)
    return drafts


def bend_votes(
    votes: Codes, reasons: Codes, behaviour: Codes, publishers: Codes
) -> tuple[Codes, Codes]:
    """What the voters say instead of what they think.

    Args:
        votes: (n, S) honest votes.
        reasons: (n, S) honest reasons.
        behaviour: (n,) codes in this step.
        publishers: (S,) codes of those who published the signatures.
    """
    votes, reasons = votes.copy(), reasons.copy()
    for code, kind in present(behaviour):
        some = behaviour == code
        votes[some], reasons[some] = kind.bend(votes[some], reasons[some], publishers == code)
    return votes, reasons


def told(behaviour: Codes, median: Floats64, spread: Floats64) -> tuple[Floats64, Floats64]:
    """The (n,) scales of lenders as these tell them."""
    median, spread = median.copy(), spread.copy()
    for code, kind in present(behaviour):
        some: NDArray[np.bool_] = behaviour == code
        median[some], spread[some] = kind.tell(median[some], spread[some])
    return median, spread
