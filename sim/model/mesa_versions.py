"""What differs between the versions of Mesa 3 that a simulation runs on."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import mesa


class Numbers(WeakKeyDictionary[mesa.Model, Iterator[int]]):
    """Model → numbers of its agents, in place of `mesa.Agent._ids`.

    Mesa 3.3 numbers agents by that table, which keeps every model alive as long as the process;
    later versions number them in the model, and have no table.
    """

    def __getitem__(self, model: mesa.Model) -> Iterator[int]:
        """The numbers that are not given away yet, from 1."""
        return self.setdefault(model, count(1))


def per_step(collector: mesa.DataCollector) -> list[list[Any]]:
    """What a collector has a value more of with every step: its figures and, from Mesa 3.4, times.

    Args:
        collector: of a model that does without the figures of long ago.
    """
    return [*collector.model_vars.values(), getattr(collector, "_collection_steps", [])]


def plan_next_step(model: mesa.Model, done: int) -> None:
    """Let a model whose step has raised be stepped again.

    Mesa 3.5 plans a step when the one before has ended: after one that raised, `step` would do
    nothing any more, and its clock would be one ahead.

    Args:
        model: whose step has raised.
        done: steps that the model has done.
    """
    schedule = getattr(model, "_default_schedule", None)
    if schedule is not None:
        model.time = float(done)
        schedule._schedule_next(model.time + 1.0)
