"""How many liars the consensus rule tolerates, by counting; for the screen, against ground truth.

The worst case of a vote among the `asked`: all liars confirm a lie, and of the honest only those
refute it who can judge it (the turnout). The lie is accepted as soon as the liars are the share
that the rule asks for. For a truth it is the other way round. Quarantine counts as out of the vote;
under `weighted` trust moves the margin further, which is not counted here.
"""

from __future__ import annotations

from bisect import bisect_left
from math import exp, lgamma
from typing import TYPE_CHECKING

from sim.consensus.rules import rule_named
from sim.snapshot import Margin

if TYPE_CHECKING:
    from sim.config.schema import ConsensusSection


def margin_of(
    settings: ConsensusSection,
    *,
    agents: int,
    adversaries: int,
    quarantined: int,
    honest_quarantined: int,
    turnout: float | None,
) -> Margin:
    """The margin of a rule.

    Args:
        settings: the rule in force.
        agents: size of the population.
        adversaries: those who misbehave now.
        quarantined: how many of these are in quarantine.
        honest_quarantined: how many of the others are.
        turnout: share of the honest asked that gave a definite vote lately.
    """
    heavy = max(0, agents - quarantined - honest_quarantined)
    liars = adversaries - quarantined
    asked = min(settings.committee, heavy) if settings.committee else heavy
    most = _most(settings, asked, 1.0)
    return Margin(
        adversaries=adversaries,
        quarantined=quarantined,
        asked=asked,
        tolerates_liars=most,
        turnout=turnout,
        tolerates_at_turnout=None if turnout is None else _most(settings, asked, turnout),
        tolerates_deniers=_most_against_truth(settings, asked),
        risk=_more_than(most, heavy, liars, asked),
    )


def _most(settings: ConsensusSection, asked: int, turnout: float) -> int:
    """Most liars among the asked that cannot get a lie accepted."""

    def succeed(liars: int) -> bool:
        whole = liars + turnout * (asked - liars)
        return rule_named(settings.rule).carries(liars, whole, liars, settings)

    # Another liar never makes it harder, so the first that succeeds is found by halving.
    return bisect_left(range(1, asked + 1), True, key=succeed)


def _most_against_truth(settings: ConsensusSection, asked: int) -> int:
    """Most liars among the asked that cannot stop a truth; 0 also where nothing can be accepted."""

    def carry(honest: int) -> bool:
        return rule_named(settings.rule).carries(honest, asked, honest, settings)

    return max(0, asked - 1 - bisect_left(range(1, asked + 1), True, key=carry))


def _more_than(bound: int, heavy: int, liars: int, asked: int) -> float:
    """Probability of more than `bound` liars among `asked` drawn of `heavy` (hypergeometric)."""
    if asked >= heavy or not liars:
        return float(min(liars, asked) > bound)
    most = min(liars, asked)
    least = max(bound + 1, asked - (heavy - liars))
    whole = _log_choose(heavy, asked)
    return min(
        1.0,
        sum(
            exp(_log_choose(liars, k) + _log_choose(heavy - liars, asked - k) - whole)
            for k in range(least, most + 1)
        ),
    )


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
