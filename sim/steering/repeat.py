"""What was steered, brought back from the journal: it is a pure function of it and the start."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sim.commands import from_payload
from sim.errors import CheckpointError, CommandRejectedError
from sim.ledger.rows import CommandRow
from sim.steering.state import Change, SteeringState, as_json


def steer_again(
    steered: SteeringState, journal: Iterable[tuple[int, CommandRow]], step: int
) -> None:
    """Give newborn steering the commands of the steps up to and with `step`.

    Args:
        steered: as it was before the first step.
        journal: seq and row of all commands, in order.
        step: the last step that is made up for.

    Raises:
        CheckpointError: a command did not do again what is recorded of it.
    """
    now = 0
    for seq, row in journal:
        if row.step > step:
            break
        if row.step > now:
            now = row.step
            steered.begin(now)
        if _outcome(steered, row) != (row.status, row.old, row.new):
            raise CheckpointError(f"ledger row {seq}: the command now has another outcome")
    if now < step:
        steered.begin(step)


def _outcome(steered: SteeringState, row: CommandRow) -> tuple[str, str, str]:
    """Apply a recorded command again; returns status, old and new."""
    change: Change | None = None
    try:
        command = from_payload(row.kind, json.loads(row.payload))
        change = steered.apply(command, row.step, undoable=row.source != "scenario")
    except (CommandRejectedError, ValueError):
        pass  # as it was rejected then; if it was not, the outcome differs
    old, new = (change.old, change.new) if change else (None, None)
    return "applied" if change else "rejected", as_json(old), as_json(new)
