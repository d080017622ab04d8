"""Tracebacks for a log: short, and without what only the search for an agent has added."""

from __future__ import annotations

import traceback
from typing import Final

_SEARCH: Final = ("sim/shard/attempt.py", "sim/shard/attempts.py")
"""Files whose frames say no more than that many agents were tried by halves."""


def trace_of(error: BaseException) -> list[str]:
    """The lines of a traceback.

    An error that came up while another one was handled is shown without that one, unless it says
    that it was caused by it: what is tried again by halves raises in every half.
    """
    told = traceback.TracebackException.from_exception(error, compact=True)
    part: traceback.TracebackException | None = told
    while part is not None:
        part.__context__ = None
        kept = [f for f in part.stack if not f.filename.replace("\\", "/").endswith(_SEARCH)]
        part.stack[:] = kept or part.stack
        part = part.__cause__
    return "".join(told.format()).rstrip("\n").split("\n")
