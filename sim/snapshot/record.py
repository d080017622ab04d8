"""Rows of the ledger in short."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class LedgerEntry:
    """One row of the ledger in short."""

    seq: int
    step: int
    kind: str
    """`signature`, `tally`, `verdict`, `command`, `truth`, `step` or `genesis`."""
    text: str
    signature: int | None = None
    """The signature that it is about."""
    agent: int | None = None
    """The agent that published, for a signature."""
    verdict: str = ""
    """`ACCEPTED`, `REJECTED` or `EXPIRED`, for a verdict."""
