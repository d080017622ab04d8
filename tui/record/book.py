"""What a viewer keeps of the record of the run: small, complete, built as it is followed."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sim.snapshot import AgentState, Snapshot
from tui.record.follower import CHUNK, Follower, Record, open_record
from tui.record.journal import Journal
from tui.record.past import Past
from tui.record.series import Series
from tui.record.signatures import SignatureRecord, Signatures
from tui.record.story import Story

if TYPE_CHECKING:
    from sim.archive.facts import Fact

_TAKEN = 4 * CHUNK
"""Rows that are taken in with one picture: about 10 ms, so that a long record is soon complete."""
_NAMED = 4
"""Most agents that a sentence names."""


class Book:
    """Journal, signatures, numbers by step and story of the whole run; lives in the app's thread.

    Args:
        opener: opens the record of a run directory.
    """

    def __init__(self, opener: Callable[[Path], Record] = open_record) -> None:
        self.follower = Follower(opener)
        self.journal = Journal()
        self.signatures = Signatures()
        self.series = Series()
        self.story = Story()
        self.past = Past()
        self.kinds = array("B")
        """Kind of each row of the ledger, as a place in `KINDS`."""
        self.version = 0
        """Counts the changes."""
        self._verdicts: list[SignatureRecord] = []
        self._published: list[tuple[int, int]] = []
        """Step and id of what was published since an attack began."""
        self._states: dict[AgentState, frozenset[int]] = {}
        self._errors: dict[str, int] = {}
        self._told: set[int] = set()
        """Attacks whose end has been told."""

    @property
    def behind(self) -> int:
        """Rows that have not been read yet; 0 when all is here."""
        return max(self.follower.length - len(self.kinds), 0)

    def follow(self, snapshot: Snapshot) -> bool:
        """Take in what is new.

        Returns:
            Whether anything changed.
        """
        self.follower.hear(snapshot.run_dir, snapshot.performance.ledger_entries)
        self.past.add(snapshot.step, snapshot.grid)
        facts = self.follower.take(_TAKEN)
        for fact in facts:
            self.add(fact)
        told = len(self.story.lines)
        self._notice(snapshot)
        changed = bool(facts) or told != len(self.story.lines)
        self.version += changed
        return changed

    # -- the ledger ----------------------------------------------------------------------------

    def add(self, fact: Fact) -> None:
        """Take in the next row of the ledger."""
        from sim.archive import facts as kinds

        match content := fact.content:
            case kinds.Published():
                self.signatures.publish(fact.seq, fact.step, content)
                self._published.append((fact.step, fact.seq))
            case kinds.Voted():
                self.signatures.vote(content)
            case kinds.Decided():
                record = self.signatures.decide(fact.step, content)
                if record is not None:
                    self._verdicts.append(record)
            case kinds.Revealed():
                self.signatures.reveal(content)
            case kinds.Commanded():
                self.story.commanded(self.journal.add(fact.seq, fact.step, content))
            case kinds.Stepped():
                self._close_step(fact.step, content)
        self.kinds.append(0 if content is None else 1 + _ORDER.index(type(content).__name__))

    def _close_step(self, step: int, row: object) -> None:
        from sim.archive.facts import Stepped

        assert isinstance(row, Stepped)
        counts = (row.active, row.flows, row.anomalies)
        self.series.add(step, counts, row.solo, row.collective)
        if self._verdicts:
            self.story.decided(step, self._verdicts, self.journal.attacks)
            self._verdicts = []
        for gone in row.withdrawn:
            record = self.signatures.withdraw(step, gone.signature)
            if record is not None:
                self.story.withdrawn(step, record, gone.share)
        self._tell_endings(step)

    def _tell_endings(self, step: int) -> None:
        over = [a for a in self.journal.attacks if a.end <= step + 1 and a.attack not in self._told]
        for interval in over:
            self._told.add(interval.attack)
            ours = [
                seq
                for published, seq in self._published
                if published >= interval.first
                and self.signatures.by_id[seq].attack == interval.kind
            ]
            self.story.ended(interval, len(ours), step)
        if over and len(self._told) == len(self.journal.attacks):
            self._published.clear()

    # -- the pictures --------------------------------------------------------------------------

    def _notice(self, snapshot: Snapshot) -> None:
        """What the ledger does not say: who is in quarantine or has stopped, and errors."""
        states = snapshot.grid.states
        for state, words in _EVENTS.items():
            now = frozenset((states == state).nonzero()[0].tolist())
            new = sorted(now - self._states.get(state, frozenset()))
            self._states[state] = now
            if new and state is AgentState.STOPPED:
                self.story.tell(snapshot.step, _named(new, words), "fault", agent=new[0])
            elif new:
                self._judge_quarantine(snapshot, new, words)
        for error in snapshot.errors:
            if error.count > self._errors.get(error.kind, 0):
                new_ones = error.count - self._errors.get(error.kind, 0)
                self._errors[error.kind] = error.count
                self.story.failed(error.last_step, error.kind, error.message, new_ones)

    def _judge_quarantine(self, snapshot: Snapshot, new: list[int], words: tuple[str, str]) -> None:
        """Liars belong in quarantine; an honest agent there is a mistake of the others."""
        lying = snapshot.grid.adversary
        liars = [agent for agent in new if lying[agent]]
        honest = [agent for agent in new if not lying[agent]]
        if liars:
            noun = "a liar" if len(liars) == 1 else "liars"
            text = f"{_named(liars, words)}, {noun}"
            self.story.tell(snapshot.step, text, "plain", agent=liars[0])
        if honest:
            text = f"{_named(honest, words)}, though honest"
            self.story.tell(snapshot.step, text, "wrong", agent=honest[0])


def _named(agents: list[int], words: tuple[str, str]) -> str:
    """`agents 3, 7 and 2 more are in quarantine`."""
    who = ", ".join(map(str, agents[:_NAMED]))
    more = f" and {len(agents) - _NAMED} more" if len(agents) > _NAMED else ""
    noun, verb = ("agent", words[0]) if len(agents) == 1 else ("agents", words[1])
    return f"{noun} {who}{more} {verb}"


_EVENTS = {
    AgentState.QUARANTINED: ("is in quarantine", "are in quarantine"),
    AgentState.STOPPED: ("has stopped", "have stopped"),
}
_ORDER = ("Published", "Voted", "Decided", "Revealed", "Commanded", "Stepped")
KINDS = ("genesis", "signature", "tally", "verdict", "truth", "command", "step")
"""Kinds of rows, as `LedgerEntry.kind` names them."""
