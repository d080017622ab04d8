"""Errors that the run survives: each has a kind, a count, a first and a last step."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sim.checkpoint.memory import Memory
from sim.snapshot import ErrorCount

_LOG = logging.getLogger(__name__)
_GRAVE = ("step.failed", "ledger.corrupt", "ledger.write", "ledger.read")
"""Kinds that stop a run, for a while at least."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Errors of one kind that came at once."""

    kind: str
    step: int
    message: str
    count: int
    agents: Sequence[int] | None
    """Whose they are, one each; None where that is not known."""

    def each(self) -> Iterator[tuple[int, str, int | None, int, str]]:
        """Step, kind, agent, count and text: one for each agent, where it is known whose it is."""
        if self.agents is None:
            yield self.step, self.kind, None, self.count, self.message
        for agent in self.agents or ():
            yield self.step, self.kind, agent, 1, self.message


class ErrorLog:
    """Counts errors by kind. No error is swallowed: whoever survives one records it here."""

    memory: ClassVar = Memory(without=("_told", "_early"), values=(ErrorCount,))

    def __init__(self) -> None:
        self._told: Callable[[Occurrence], None] | None = None
        self._early: list[Occurrence] = []
        """Errors that came while the run was built, before anybody listened."""
        self._kinds: dict[str, ErrorCount] = {}
        self._view: tuple[ErrorCount, ...] = ()

    def tell(self, told: Callable[[Occurrence], None]) -> None:
        """Let this be told of each error from now on, and of those that came before the steps."""
        self._told = told
        early, self._early = self._early, []
        for occurrence in early:
            told(occurrence)

    def record(
        self,
        kind: str,
        step: int,
        message: str,
        count: int = 1,
        agents: Sequence[int] | None = None,
    ) -> None:
        """Count errors of a kind.

        Args:
            kind: `where.what`, e.g. `agent.refit`.
            step: when.
            message: one line for people.
            count: how many, where it is not known whose they are.
            agents: whose they are, one each.
        """
        count = count if agents is None else len(agents)
        if count <= 0:
            return
        occurrence = Occurrence(kind, step, message, count, agents)
        if self._told is not None:
            self._told(occurrence)
        elif not step:
            self._early.append(occurrence)
        before = self._kinds.pop(kind, None)
        self._kinds[kind] = ErrorCount(
            kind=kind,
            count=(before.count if before else 0) + count,
            first_step=before.first_step if before else step,
            last_step=step,
            message=message,
        )
        self._view = tuple(reversed(self._kinds.values()))
        level = logging.ERROR if kind in _GRAVE else logging.WARNING
        details = {"step": step, "kind": kind, "count": count}
        _LOG.log(level, "step %d: %s × %d: %s", step, kind, count, message, extra=details)

    def view(self) -> tuple[ErrorCount, ...]:
        """By kind, latest first; the same object as long as nothing happens."""
        return self._view

    def counts(self) -> dict[str, int]:
        """Kind → count, by kind."""
        return {kind: self._kinds[kind].count for kind in sorted(self._kinds)}
