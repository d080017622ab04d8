"""A health check: processes that wait for a processor of this machine."""

from __future__ import annotations

import os

from sim.resources.checks import Check


def _waiting() -> float | None:
    try:
        return os.getloadavg()[0]
    except OSError:  # this machine does not tell
        return None


LOAD = Check("load", "", least=False, measure=_waiting, limit=10_000.0)
