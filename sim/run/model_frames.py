"""The record of a run that is stepped from Python, as data frames."""

from __future__ import annotations

from typing import ClassVar

from sim.archive.events import EVENTS
from sim.archive.export import Table
from sim.archive.exports import COLUMNS as RECORDED
from sim.archive.frames import RunFrames
from sim.archive.records import Record
from sim.model.error_log import Occurrence
from sim.resources.tuner import TurnDone, turn_data
from sim.run.run import Run
from sim.run.standing import COLUMNS as STANDING
from sim.run.standing import standing


class ModelFrames(RunFrames):
    """All of it, as it stands now.

    What has no place in the ledger (errors, turns of the tuner) is kept here, from now on.

    Args:
        run: just built.
    """

    names: ClassVar = (*RECORDED, *STANDING)

    def __init__(self, run: Run) -> None:
        super().__init__(run.reader)
        self._run = run
        self._events: dict[str, list[Record]] = {what: [] for what in EVENTS}
        run.simulation.errors.tell(self._fail)
        run.tuner.told = self._turn

    def _fail(self, errors: Occurrence) -> None:
        self._events["errors"] += errors.each()

    def _turn(self, done: TurnDone) -> None:
        turn = turn_data(done)
        self._events["tuning"].append(tuple(turn[name] for name in RECORDED["tuning"]))  # type: ignore[misc]

    def _table(self, what: str) -> Table:
        if what in STANDING:
            return standing(self._run, what)
        if what in EVENTS:
            return RECORDED[what], iter(self._events[what])
        return super()._table(what)
