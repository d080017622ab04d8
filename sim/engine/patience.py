"""Which errors are worth another try, and when the next one is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sim.errors import (
    LedgerBusyError,
    LedgerError,
    LedgerFullError,
    PoolTimeoutError,
)
from sim.ledger.retry import Backoff

PASSING: Final = (LedgerBusyError, LedgerFullError, PoolTimeoutError)
"""Errors that may be over by themselves: a lock is given back, room is made."""
PATIENCE: Final = Backoff(attempts=None, base_s=0.5, growth=1.3, longest_s=5.0)
"""Between one try and the next, as long as somebody may be there to look at the fault."""
TRIES: Final = 12
"""New tries of a run without a screen, about half a minute: nobody is there to look at it."""


def passes(error: LedgerError) -> bool:
    """Whether it is worth trying again without anybody having done anything."""
    return isinstance(error, PASSING)


def pauses() -> Iterator[float]:
    """Seconds between one try and the next, without end."""
    return PATIENCE.pauses()
