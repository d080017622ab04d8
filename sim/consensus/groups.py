"""Groups of voters that err together, so that a ring of accomplices counts as one witness.

Identities cost nothing to a controller of many, and where they stand in the grid or how their ids
run says nothing about who commands them. What gives a ring away is what it does: its members are
outvoted on the same signatures again and again, while honest agents err each in its own way. (The
idea is that of FoolsGold: Fung, Yoon, Beschastnikh: The Limitations of Federated Learning in Sybil
Settings, RAID 2020, which compares histories of gradients; here it is histories of votes.)

A *dissent* is a vote against the side that had more weight when the poll ended. Two agents belong
together if they dissented in at least `COMMON` of the latest polls together, and these are at
least the share `ALIKE` of all polls in which either of them did (the Jaccard index). An agent that
never dissents is a group of its own. All of it follows from the votes in the ledger.

What this cannot do: it knows nothing before a ring has lost a few polls, it takes honest agents
that err together (whose models learned the same attack) for a group, and a ring that takes turns
in its lies stays below the index.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.expect import within
from sim.checkpoint.memory import Memory
from sim.consensus.ballot_box import Poll
from sim.ledger.ballots import Vote

Ints = NDArray[np.int64]
HISTORY = 64
"""Polls with dissent that are remembered."""
COMMON = 3
ALIKE = 0.5


class VoterGroups:
    """Who has dissented with whom in a population of `agents`."""

    memory: ClassVar = Memory()

    def __init__(self, agents: int) -> None:
        self.dissent: NDArray[np.bool_] = np.zeros((HISTORY, agents), dtype=np.bool_)
        """(HISTORY, A) who dissented in the latest polls in which anybody did."""
        self.head = 0
        """Line for the next poll."""

    def check_memory(self) -> None:
        """Refuse what is no ring.

        Raises:
            CheckpointError: the head is outside of the ring.
        """
        within("the head of the dissent", np.array([self.head]), 0, HISTORY - 1)

    def note(self, poll: Poll) -> None:
        """Remember who dissented in a poll that is over."""
        confirm, refute = poll.tally.units
        if confirm == refute:
            return
        lost = Vote.REFUTE if confirm > refute else Vote.CONFIRM
        voters = poll.voters
        against = voters[poll.cast[voters] == lost]
        if len(against):
            self.dissent[self.head] = False
            self.dissent[self.head, against] = True
            self.head = (self.head + 1) % HISTORY

    def akin(self, agent: int, others: Ints) -> NDArray[np.bool_]:
        """(k,) which of the `others` belong to the same group as the agent."""
        mine, theirs = self.dissent[:, agent], self.dissent[:, others]
        both = (mine[:, None] & theirs).sum(axis=0)
        either = (mine[:, None] | theirs).sum(axis=0)
        found: NDArray[np.bool_] = (both >= COMMON) & (both >= ALIKE * either)
        return found

    def count(self, agents: Ints, publisher: int, enough: int) -> int:
        """Groups among these agents other than the publisher's, counted up to `enough`.

        Agents are taken in the order of their ids; each takes along all who are akin to it.
        """
        left = agents[~self.akin(publisher, agents)]
        found = 0
        while len(left) and found < enough:
            left = left[1:][~self.akin(int(left[0]), left[1:])]
            found += 1
        return found
