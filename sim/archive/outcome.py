"""The outcome of a run as it said itself when it ended, so that a reader need not compute it again.

It is a shortcut, like a checkpoint: believed only where this user wrote it on this machine and the
ledger ends where it ended then. In every other case the outcome is computed from the record.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol

from sim.errors import RunDirectoryError
from sim.machine import files
from sim.machine.secret import voucher, vouches
from sim.numerics.versions import versions
from sim.text import parse_json

_LARGEST: Final = 4 << 20
"""Bytes; an outcome that takes more is computed when it is asked for."""
_PROGRAM: Final = "decsim-tui"


class Kept(Protocol):
    """What is asked of a run directory here."""

    @property
    def outcome_file(self) -> Path:
        """Where the outcome is kept."""

    @property
    def goal(self) -> int | None:
        """Steps that the run was asked for in all, or None if nobody said."""


def keep_outcome(run: Kept, summary: Mapping[str, Any]) -> None:
    """Keep a summary with the run; nothing happens where that is not possible.

    Args:
        run: the run directory.
        summary: of all that the ledger holds.
    """
    with suppress(OSError, RunDirectoryError):
        ledger = summary["ledger"]
        stand = _stand(ledger["entries"], ledger["head"], run.goal)
        text = json.dumps({"summary": summary, **stand})
        if len(text) > _LARGEST // 2:
            return
        files.write_whole(run.outcome_file, f"{voucher(text.encode()).decode()}\n{text}\n")


def kept_outcome(run: Kept, entries: int, head: str) -> dict[str, Any] | None:
    """The summary that was kept, None where there is none of this record that can be believed.

    Args:
        run: the run directory; its files may be a stranger's.
        entries: how many rows its ledger has.
        head: of its chain, hex.
    """
    try:
        mine, _, text = files.read_text(run.outcome_file, largest=_LARGEST).partition("\n")
        text = text.removesuffix("\n")
        if not vouches(mine.encode(), text.encode()):
            return None
        content = parse_json(text, longest=_LARGEST)
        goal = run.goal
    except (OSError, RunDirectoryError, ValueError):
        return None
    summary: dict[str, Any] = content.pop("summary")
    return summary if content == _stand(entries, head, goal) else None


def times(seconds: Mapping[str, float], wall: float, steps: int) -> dict[str, Any]:
    """What a summary says of time.

    Args:
        seconds: what each phase took, s.
        wall: what all steps took, s.
        steps: how many.
    """
    return {
        "wall_s": round(wall, 6),
        "steps_per_s": round(steps / wall, 3) if wall > 0 else 0.0,
        "timings": {phase: round(s, 6) for phase, s in sorted(seconds.items())},
    }


def _stand(entries: int, head: str, goal: int | None) -> dict[str, Any]:
    """What an outcome is of, and by which program."""
    return {"entries": entries, "head": head, "goal": goal, "version": versions()[_PROGRAM]}
