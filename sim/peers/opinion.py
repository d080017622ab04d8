"""Second opinions: how the traffic of an agent looks to a few of its peers.

An agent that is under attack from the beginning takes the attack for normal, and nothing in its own
traffic can tell it. Other agents' models can: each agent asks a small committee, drawn by keyed
hash among agents that have lent some of their trees to all. What a committee says is the *median*
of its members' deviations, each on the member's own scale, so that fewer than half of them can lie
as they like (Rousseeuw and Leroy, Robust Regression and Outlier Detection, 1987, ch. 4).

Peers find foreign traffic odd, too, where agents differ. How odd is usual is a property of the
population, and is measured: every agent scores its own window by its committee; with M and S the
median and the robust deviation of the agents' medians and U the median of their spreads, a
deviation p of the peers counts as

    q = GAIN · (p - M) / √(U² + (1.645 S)²)

which 1 separates about the most anomalous twentieth of all traffic, like an own deviation o of 1.
The joint deviation is the mean of o and q, or q / ALONE if that is more: what nobody has ever seen
is an attack though its owner has learned it. It is turned into a score like an own one.

An agent whose *whole* window is far more anomalous to its peers than is usual in this population
is taken for one that was under attack when it learned: its own scores do not count, q / SUSPECT
does. Where all agents differ, M and S are large and hardly any agent is suspected.

What only the peers find anomalous is flagged beyond a limit: that above which the agent's own
window promises at most the share `detection.peer_excess` of its traffic to lie. What the owner
finds anomalous stays so unless the joint score is clearly below (`OVERRULED`). By
`detection.peer_bound`:

* `usual`: or the limit that nine tenths of the population stay below, if that is less, as a window
  may hold an attack. Where the whole window is foreign no limit can be told. If it is clearly so
  (`CLEARLY`), the peers may flag as many flows more as they take back, for `SETTLING` steps in a
  row at most: an attack ends, other traffic stays. After that, and otherwise, the owner decides.
* `counted`: the same, and what only the peers find anomalous is paid for: each flow that an
  agent judges gives its peers credit for the share `peer_excess` of a flow, one that they take
  back for a whole one, and each that they add costs one. So in no traffic, whoever the
  peers are, an agent flags more than that share above what it would flag alone. The most anomalous
  flows come first; and less is taken back (`CLEARED`, also where the window is foreign), as what an
  owner finds is more often an attack than what only its peers find.
* `owner`: nothing else counts; where the whole window is foreign the owner decides alone. False
  positives hardly rise whoever the peers are, but who has learned an attack is not told.

With evidence of one step it is as it was before there was a choice: the median of the limits, what
the joint score takes back, and peers who decide alone where a window is clearly foreign.

Subtracting each agent's own median from p instead was tried, and is worse: it forgives an agent's
own contamination (ROC-AUC on NSL-KDD by service .75 instead of .94).
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.expect import within
from sim.checkpoint.memory import Memory
from sim.config.schema import DetectionSection
from sim.detection.detector import TreeLender
from sim.numerics.arrays import Flags, Floats
from sim.numerics.compilation import kernels_of
from sim.numerics.rng import Keys, uniforms
from sim.peers.pool import SLOTS, Loan

Ints = NDArray[np.int64]
Floats64 = NDArray[np.float64]

LEAST_PEERS = 3
"""Members without which a committee says nothing: the median of two is no defence."""
LEAST_FLOWS = 16
"""Flows of a window whose quantiles mean something."""
GAIN = 1.2
ALONE = 1.5
SUSPECT = 0.75
TO_95TH = 1.2835
"""From the 90th to the 95th percentile of a normal distribution, as distances from its median. The
90th is taken because a few attacks in most windows move it less."""
OVERRULED = 0.45
"""Joint score below which the peers take back what an owner finds anomalous."""
CLEARED = 0.25
"""The same where flows that peers add are counted. At .35 peers of other services took many an
attack back (NSL-KDD's test half by service, batches of 16: F1 .02 below the owner's)."""
UNSEEN = 0.3
"""Share of `peer_excess` that is measured in a window for that share of new traffic: a window looks
about three times as usual to the models that have learned it."""
CLEARLY = 0.6
"""Distance of a foreign window's median from the usual one, in usual reaches, from which its owner
is taken for one that was under attack when it learned, and not just for one with other traffic."""
LEAST_UNIT = 0.3
"""Least unit of the peers' deviations, in their own units."""
FOREIGN_SHARE, FOREIGN_DEVIATIONS, LEAST_DEVIATION = 1.5, 2.0, 0.1
"""A window is foreign from a median of 1.5 M + 2 S on, and until a fit on one of M + S; S is at
least the last of these."""
KERNELS = "sim.peers.kernels"


class SecondOpinion:
    """The committees of `n` agents, and what these make of the agents' windows."""

    memory: ClassVar = Memory(without=("_bank", "_bound"))

    def __init__(
        self, agents: int, bank: TreeLender, settings: DetectionSection, *, bound: str = ""
    ) -> None:
        nodes = (SLOTS, min(settings.peer_trees, bank.feature.shape[1]), bank.feature.shape[2])
        self._bank = bank
        self._bound = bound
        self.lender: Ints = np.full(SLOTS, -1, dtype=np.int64)
        self._feature: NDArray[np.uint8] = np.zeros(nodes, dtype=np.uint8)
        self._threshold: NDArray[np.float32] = np.zeros(nodes, dtype=np.float32)
        self._leaf: NDArray[np.uint16] = np.zeros(nodes, dtype=np.uint16)
        self._scales: Floats64 = np.ones((3, SLOTS))
        """(3, SLOTS) expected path length, median and spread of the lenders."""
        self.committee: Ints = np.zeros((agents, min(settings.peers, SLOTS)), dtype=np.int64)
        """(n, M) slots of the lenders that each agent asks."""
        self.size: Ints = np.zeros(agents, dtype=np.int64)
        """(n,) how many these are; 0 is no committee."""
        self.median: Floats64 = np.full(agents, np.nan)
        """(n,) of the peers' deviations in the agent's window; NaN is unknown."""
        self.reach: Floats64 = np.full(agents, np.nan)
        """(n,) their spread, as the distance from the median to the 95th percentile."""
        self.revision: Ints = np.zeros(1, dtype=np.int64)
        """How often the committees have changed."""
        self.usual: Floats64 = np.full(3, np.nan)
        """M, S and U of the population."""
        self.foreign: Flags = np.zeros(agents, dtype=np.bool_)
        """(n,) whose whole window looks anomalous to their peers."""
        self.limit: Floats = np.zeros(agents, dtype=np.float32)
        """(n,) joint score above which a flow is flagged that its owner does not find anomalous."""
        self.exchanged: Floats = np.ones(agents, dtype=np.float32)
        """(n,) the same limit, if as many more are flagged as the peers take back."""
        self.credit: Floats64 = np.zeros(agents)
        """(n,) flows that the peers may still add where these are counted."""
        self.usual_limit: Floats = np.full(1, np.nan, dtype=np.float32)
        """(1,) its median in the population; NaN is unknown."""

    def check_memory(self) -> None:
        """Refuse committees and trees that lead outside of the arrays.

        Raises:
            CheckpointError: an index is out of its range.
        """
        within("the size of a committee", self.size, 0, self.committee.shape[1])
        within("a committee", self.committee, 0, SLOTS - 1)
        within("a lender", self.lender, -1, 1 << 40)
        within("a feature of a tree", self._feature, 0, self._bank.features - 1)
        within("a leaf of a tree", self._leaf, 0, len(self._bank.path_length) - 1)

    def place(self) -> Floats64:
        """(n,) what the peers have in credit."""
        return self.credit.copy()

    def go_back(self, rows: Ints, place: Floats64) -> None:
        """Let the credit of these rows be what it was."""
        self.credit[rows] = place[rows]

    @property
    def trees(self) -> int:
        """Trees that each lender lends."""
        trees: int = self._feature.shape[1]
        return trees

    def consult(self, loan: Loan, ids: Ints, key: Keys) -> None:
        """Draw a committee for every agent from those who have lent trees.

        Args:
            loan: of at most `SLOTS` lenders.
            ids: (n,) ids of the agents; nobody asks itself.
            key: (n,) keys of the draws.
        """
        count = len(loan)
        for mine, lent in (
            (self.lender, loan.lender),
            (self._feature, loan.feature),
            (self._threshold, loan.threshold),
            (self._leaf, loan.leaf),
        ):
            mine[:count] = lent
        self.lender[count:] = -1
        self._scales[:, :count] = loan.expected, loan.median, loan.spread
        draw = uniforms(key, SLOTS)[:, :count]
        draw[ids[:, None] == loan.lender[None, :]] = 2.0
        drawn = np.argsort(draw, axis=1, kind="stable")[:, : self.committee.shape[1]]
        self.committee[:, : drawn.shape[1]] = drawn
        others = count - (ids[:, None] == loan.lender[None, :]).sum(axis=1)
        size = np.minimum(others, self.committee.shape[1])
        self.size[:] = np.where(size >= LEAST_PEERS, size, 0)
        self.median[:] = self.reach[:] = np.nan
        self.revision += 1

    def look(self, rows: Ints, windows: Floats, counts: Ints) -> None:
        """Let the committees of `rows` judge their windows (k, W, D) of (k,) flows."""
        some = (self.size[rows] > 0) & (counts >= LEAST_FLOWS)
        rows, windows, counts = rows[some], windows[some], counts[some]
        for row, deviations, count in zip(
            rows.tolist(), self._ask(rows, windows, counts), counts.tolist(), strict=True
        ):
            middle, high = np.quantile(deviations[:count], [0.5, 0.9])
            self.median[row], self.reach[row] = middle, TO_95TH * (high - middle)

    def joint(self, rows: Ints, flows: Floats, lengths: Ints, own: Floats) -> Floats:
        """(k, B) own scores and second opinions together; own scores where there is no opinion."""
        peers = np.full(own.shape, np.nan)
        if not np.isnan(self.usual).any():
            known = np.flatnonzero(~np.isnan(self.median[rows]))
            peers[known] = self._ask(rows[known], flows[known], lengths[known])
        out = np.empty(own.shape, dtype=np.float32)
        kernels_of(KERNELS).join(
            np.ascontiguousarray(own),
            peers,
            self.foreign[rows],
            float(self.usual[0]),
            self._unit,
            ALONE,
            SUSPECT,
            out,
        )
        return out

    def compare(self, rows: Ints, fitted: bool) -> None:
        """Find out whose windows are foreign.

        Who was foreign stays so until it is fitted on a window that is near the usual: half an
        attack in a window still spoils the model, and a clean window helps nothing before a fit.

        Args:
            rows: whose.
            fitted: whether they have just been fitted on these windows.
        """
        usual, deviation, _ = self.usual
        deviation = max(deviation, LEAST_DEVIATION)
        far = self.median[rows] > FOREIGN_SHARE * usual + FOREIGN_DEVIATIONS * deviation
        near = fitted & (self.median[rows] <= usual + deviation)
        known = ~np.isnan(self.median[rows])
        self.foreign[rows] = np.where(known, far | (self.foreign[rows] & ~near), self.foreign[rows])

    def bound(self, rows: Ints, own: Floats, joint: Floats, threshold: float, share: float) -> None:
        """Find how much more than their owners the peers may flag.

        Args:
            rows: (k,) agents.
            own: (k, W) own scores of their windows; NaN where there is no flow.
            joint: (k, W) joint scores of these.
            threshold: score from which a flow is anomalous.
            share: of a window that only the peers may flag.
        """
        known = ~np.isnan(own)
        unsuspected = known & (own < np.float32(threshold))
        ordered = -np.sort(-np.where(unsuspected, joint, np.float32(0.0)), axis=1)
        share *= UNSEEN if self._bound else 1.0
        allowed = np.floor(share * known.sum(axis=1)).astype(np.int64)
        place = np.minimum(allowed, ordered.shape[1] - 1)
        self.limit[rows] = np.take_along_axis(ordered, place[:, None], axis=1)[:, 0]
        spared = known & ~unsuspected & (joint < np.float32(threshold))
        place = np.minimum(allowed + spared.sum(axis=1), ordered.shape[1] - 1)
        self.exchanged[rows] = np.take_along_axis(ordered, place[:, None], axis=1)[:, 0]

    def flagged(
        self,
        rows: Ints,
        own: Floats,
        joint: Floats,
        lately: Flags,
        threshold: float,
        share: float,
    ) -> Flags:
        """(k, B) the flows that these agents flag; see `bound`. To be asked once in a step.

        Args:
            rows: (k,) agents.
            own: (k, B) own scores.
            joint: (k, B) joint scores.
            lately: (k,) who has not been at odds with its peers for long.
            threshold: score from which a flow is anomalous.
            share: of a window that only the peers may flag.
        """
        flagged: Flags = joint >= np.float32(threshold)
        if share < 1.0 and self._bound:
            flagged = self._bounded(rows, own, joint, lately, threshold)
            if self._bound == "counted":
                owned = own >= np.float32(threshold)
                return self._paid_for(rows, owned, joint, flagged, share)
            return flagged
        if share < 1.0:
            usual, _, reach = self.usual
            clearly = self.median[rows] > usual + CLEARLY * reach
            foreign = np.where(lately & clearly, np.float32(0.0), np.float32(1.0))
            limit = np.fmin(self.limit[rows], self.usual_limit)
            limit = np.where(self.foreign[rows], foreign, limit)[:, None]
            flagged &= (own >= np.float32(threshold)) | (joint > limit)
        return flagged

    def _bounded(
        self, rows: Ints, own: Floats, joint: Floats, lately: Flags, threshold: float
    ) -> Flags:
        """(k, B) the flows that these agents flag where somebody bounds the peers."""
        owned, found = own >= np.float32(threshold), joint >= np.float32(threshold)
        limit = self.limit[rows]
        if self._bound != "owner":
            limit = np.fmin(limit, self.usual_limit)
        counted = self._bound == "counted"
        kept = owned & (joint >= np.float32(CLEARED if counted else OVERRULED))
        both = kept | (found & (joint > limit[:, None]))
        alone = found & (owned | (joint > self.exchanged[rows][:, None]))
        alone |= kept & counted
        usual, _, reach = self.usual
        clearly = self.median[rows] > usual + CLEARLY * reach
        heard = lately & clearly & (self._bound != "owner")
        foreign = np.where(heard[:, None], alone, owned)
        flagged: Flags = np.where(self.foreign[rows][:, None], foreign, both)
        return flagged

    def _paid_for(
        self, rows: Ints, owned: Flags, joint: Floats, flagged: Flags, share: float
    ) -> Flags:
        """(k, B) of the `flagged` flows those that are `owned` and those that credit pays for."""
        added = flagged & ~owned
        earned = share * (~np.isnan(joint)).sum(axis=1) + (owned & ~flagged).sum(axis=1)
        credit = self.credit[rows] + earned
        order = np.argsort(-np.where(added, joint, np.float32(-1.0)), axis=1, kind="stable")
        place = np.argsort(order, axis=1, kind="stable")
        paid = added & (place < np.floor(credit)[:, None])
        self.credit[rows] = credit - paid.sum(axis=1)
        kept: Flags = (flagged & owned) | paid
        return kept

    @property
    def _unit(self) -> float:
        _, deviation, reach = self.usual.tolist()
        unit: float = np.sqrt(reach * reach + (1.645 * deviation) ** 2)
        return max(unit, LEAST_UNIT) / GAIN

    def _ask(self, rows: Ints, flows: Floats, lengths: Ints) -> Floats64:
        """(k, B) median deviations under the trees of the committees of `rows`."""
        said = np.full(flows.shape[:2], np.nan)
        kernels_of(KERNELS).ask(
            rows,
            np.ascontiguousarray(flows),
            lengths,
            self.committee,
            self.size,
            self._feature,
            self._threshold,
            self._leaf,
            *(np.ascontiguousarray(scale) for scale in self._scales),
            self._bank.path_length,
            self._bank.depth,
            said,
        )
        return said
