"""The rule that was in force when a verdict was given, as ledger and people have it.

Every number of the rule is live, so a verdict is understood only with those of its day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from sim.config.schema import ConsensusSection
from sim.consensus.rules import Tally, rule_named
from sim.errors import PluginError
from sim.signatures.radii import HARMFUL, radius_of
from sim.text import quantity

HELD = "publisher=quarantined"
_OF_QUARANTINED = (
    "; its publisher is in quarantine: nobody may refute it, and one like it must have been"
    " accepted from another agent"
)
_RECORDED = re.compile(
    r"(?P<rule>\S+) quorum=(?P<quorum>\S+) agents=(?P<agents>\d+) groups=(?P<groups>\d+)"
    rf"(?P<held> {HELD})?(?: reach=(?P<reach>\d+))?"
)


@dataclass(frozen=True, slots=True)
class Ruling:
    """A consensus rule with its numbers."""

    rule: str
    quorum: float
    agents: int
    """Distinct agents that a verdict needs."""
    groups: int
    """Distinct groups of confirming agents that an acceptance needs."""
    held: bool = False
    """Whether the publisher was in quarantine, so that an acceptance needed unanimity and the like
    of it accepted from somebody else before."""
    reach: int | None = None
    """Code of the radius that the ballots agreed on; None where they carry none."""

    def recorded(self) -> str:
        """As a verdict in the ledger names its rule."""
        numbers = f"{self.rule} quorum={self.quorum:g} agents={self.agents} groups={self.groups}"
        numbers = f"{numbers} {HELD}" if self.held else numbers
        return numbers if self.reach is None else f"{numbers} reach={self.reach}"

    @property
    def _needed(self) -> str:
        try:
            return rule_named(self.rule).describe(self.quorum)
        except PluginError:
            return f"quorum {self.quorum:.0%}; its rule is not installed here:"

    @property
    def _reaching(self) -> str:
        """How far an accepted signature reaches by the ballots, in words."""
        if not self.reach:
            return ""
        if self.reach == HARMFUL:
            return "; harmful within any radius to a quarter of those who measured"
        radius = float(radius_of(np.array(self.reach, dtype=np.uint8), 0.0))
        return f"; harmless within {radius:.2g} to three quarters of those who measured"

    def describe(self, tally: Tally) -> str:
        """How the votes stand against this rule, in words."""
        total = tally.confirm + tally.refute
        share = f"{tally.confirm / total:.0%}" if total else "none"
        needed = "100%" if self.held else self._needed
        words = (
            f"{self.rule}: {share} of the non-abstaining weight confirms ({needed} needed), "
            f"{tally.confirmations} confirm and {tally.refutations} refute (needed: "
            f"{quantity(self.agents, 'agent')} from {quantity(self.groups, 'group')})"
            f"{self._reaching}"
        )
        return words + (_OF_QUARANTINED if self.held else "")


def in_force(settings: ConsensusSection, *, held: bool = False, reach: int | None = None) -> Ruling:
    """The rule of this moment."""
    numbers = settings.quorum, settings.min_confirmations, settings.min_groups
    return Ruling(settings.rule, *numbers, held, reach)


def ruling_of(recorded: str) -> Ruling | None:
    """The rule that a verdict names; None where it names no numbers."""
    found = _RECORDED.fullmatch(recorded)
    if found is None:
        return None
    try:
        quorum = float(found["quorum"])
    except ValueError:
        return None
    return Ruling(
        found["rule"],
        quorum,
        int(found["agents"]),
        int(found["groups"]),
        bool(found["held"]),
        int(found["reach"]) if found["reach"] else None,
    )
