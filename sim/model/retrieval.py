"""Accepted signatures as the ledger has them."""

from __future__ import annotations

from sim.consensus.ballot_box import Poll
from sim.errors import LedgerError, RunDirectoryError
from sim.ledger.reader import LedgerReader
from sim.ledger.rows import SignatureRow


class Retrieval:
    """Reads the signatures of polls by their ids.

    What the agents go on with is the copy that they have voted on, whatever has become of the row:
    the verdict stands in the chain, and a replay must come to the same.

    Args:
        reader: reads the ledger.
    """

    def __init__(self, reader: LedgerReader) -> None:
        self._reader = reader
        self._missed: set[int] = set()
        """Ids of signatures that the ledger did not give when they were asked for."""

    def signature(self, poll: Poll) -> tuple[SignatureRow | None, str]:
        """The signature of a poll, or None and what is wrong, which is told once for each."""
        try:
            row = self._reader.signature(poll.id)
            problem = "is missing" if row is None else ""
        except (LedgerError, RunDirectoryError) as error:
            row, problem = None, f"cannot be read: {error}"
        if row is not None and row.fingerprint != poll.fingerprint:
            row, problem = None, "is another one"
        if not problem or poll.id in self._missed:
            return row, ""
        self._missed.add(poll.id)
        return row, f"signature {poll.id} {problem}; it is skipped"
