"""One vote: evidence, never chance.

A voter confirms a signature that is anomalous under its own model and that it has seen itself, or
that its model is so sure about that nobody's normal traffic looks like this. It refutes one that
lies well inside its own normal traffic. Otherwise it abstains, and may still vote while the
signature is pending.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from sim.config.schema import Config
from sim.ledger.ballots import Vote
from sim.numerics.arrays import Flags, Floats
from sim.signatures.radii import FARTHEST

Codes = NDArray[np.uint8]
Ints = NDArray[np.int64]


NO_VOTE = 0
"""Code of an agent that says nothing at all; the other codes are those of `Vote`."""


class Reason(IntEnum):
    """Why a voter says so."""

    NONE = 0
    SEEN = 1
    CONFIDENT = 2
    NORMAL = 3
    NO_MODEL = 4
    NOT_SEEN = 5
    UNDECIDED = 6
    FAMILIAR = 7
    BURST = 8
    SETTLED = 9
    NOVEL = 10
    SUDDEN = 11


REASONS: tuple[str, ...] = (
    "",
    "anomalous for me, and I have seen it myself",
    "so anomalous that it is nobody's normal traffic",
    "lies well inside my normal traffic",
    "I have no model yet",
    "anomalous for me, but I have never seen anything near",
    "neither normal nor anomalous for me",
    "rare, but flows like this belong to my normal traffic",
    "flows like this come to me in a burst",
    "flows like this were part of my traffic before",
    "nothing in my traffic has ever been like this",
    "flows like this have just begun to come to me",
)
"""The reasons in words, by code."""

CONFIRMING = (Reason.SEEN, Reason.CONFIDENT, Reason.BURST, Reason.SUDDEN)
_VOTES = np.array(
    [
        Vote.CONFIRM if reason in CONFIRMING
        else Vote.REFUTE if reason in (Reason.NORMAL, Reason.FAMILIAR, Reason.SETTLED)
        else Vote.ABSTAIN
        for reason in Reason
    ],
    dtype=np.uint8,
)  # fmt: skip
"""The vote that each reason is one for."""
_REASONED = [
    np.uint8(reason)
    for reason in (
        Reason.NO_MODEL, Reason.SEEN, Reason.CONFIDENT, Reason.NORMAL, Reason.NOT_SEEN
    )
]  # fmt: skip
_UNDECIDED = np.uint8(Reason.UNDECIDED)


def judge(scores: Floats, sighted: Flags, config: Config) -> tuple[Codes, Codes]:
    """Votes and reasons of honest voters.

    Args:
        scores: (n, S) of each signature's centre under each voter's model; NaN without a model.
        sighted: (n, S) whether the voter has a sighting.
        config: read at the moment of the vote.

    Returns:
        (n, S) `Vote` and (n, S) `Reason`.
    """
    no_model = np.isnan(scores)
    score = np.where(no_model, np.float32(0.0), scores)
    anomalous = score >= np.float32(config.least_evidence)
    confident = score >= np.float32(config.consensus.confident_score)
    normal = ~no_model & (score <= np.float32(config.consensus.refute_score)) & ~sighted
    reasons: Codes = np.select(
        [no_model, anomalous & sighted, confident, normal, anomalous],
        _REASONED,
        default=_UNDECIDED,
    )
    return _VOTES[reasons], reasons


ODD = (*CONFIRMING, Reason.NOT_SEEN, Reason.NOVEL)
"""Reasons of those who find a signature anomalous themselves, whether or not they have seen it."""
WITNESSES = 2
"""Suspicious flows that are a sighting, and settled ones that refute: a single flow proves nothing
either way."""


def weigh(
    scores: Floats,
    reach: Codes,
    seen: Ints,
    burst: Flags,
    sudden: Flags,
    settled: Ints,
    age: Ints,
    config: Config,
) -> tuple[Codes, Codes]:
    """Votes and reasons of honest voters who go by their past; see `sim.shard.burst_grounds`.

    Settled traffic refutes at once. A model that finds the signature normal proves less, as attacks
    may be made of flows that are ordinary one by one: the voter waits for half of
    `consensus.expiry_steps` whether such flows begin to come to it, too.

    Args:
        scores: (n,) of the signature's centre under the voter's model; NaN without a model.
        reach: (n,) code of the radius within which it is harmless.
        seen: (n,) recent suspicious flows within it.
        burst: (n,) whether recent flows within it are a burst.
        sudden: (n,) whether nearly all flows within it are of the last few steps.
        settled: (n,) settled flows within the least of the radii.
        age: (n,) steps since its publication.
        config: read at the moment of the vote.

    Returns:
        (n,) `Vote` and (n,) `Reason`.
    """
    no_model = np.isnan(scores)
    score = np.where(no_model, np.float32(0.0), scores)
    able, harmless = reach > 0, reach > 1
    waited = 2 * age >= config.consensus.expiry_steps
    apart = reach == FARTHEST
    clear = score >= np.float32(config.least_evidence)
    met = (seen >= WITNESSES) & np.where(able, harmless | burst, clear)
    several = settled >= (WITNESSES if config.consensus.settled == "own" else 1)
    normal = waited & (score <= np.float32(config.consensus.refute_score)) & (seen == 0)
    cases = {
        Reason.NO_MODEL: no_model,
        Reason.SUDDEN: sudden & (met | (burst & harmless)),
        Reason.SEEN: met,
        Reason.BURST: burst & harmless,
        Reason.SETTLED: able & ~harmless & several & (seen < WITNESSES),
        Reason.CONFIDENT: score >= np.float32(config.consensus.confident_score),
        Reason.NORMAL: normal,
        Reason.NOT_SEEN: score >= np.float32(config.detection.threshold),
        Reason.NOVEL: apart,
    }
    reasons: Codes = np.full(score.shape, _UNDECIDED)
    for reason, holds in reversed(cases.items()):  # the first that holds is the reason
        reasons[holds] = reason
    return _VOTES[reasons], reasons


def contradict(votes: Codes, reasons: Codes, familiar: Flags) -> tuple[Codes, Codes]:
    """The votes, with refutations of those whose own traffic holds what they are asked about.

    Args:
        votes: (n, S) from `judge`.
        reasons: (n, S) from `judge`.
        familiar: (n, S) whether the voter's own normal traffic has several flows like it.
    """
    against = familiar & (votes != Vote.REFUTE)
    return (
        np.where(against, np.uint8(Vote.REFUTE), votes),
        np.where(against, np.uint8(Reason.FAMILIAR), reasons),
    )
