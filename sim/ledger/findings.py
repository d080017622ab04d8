"""What a verification found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

MAX_PROBLEMS: Final = 100
"""No more are listed: a damaged page spoils thousands of rows."""


class Problem(NamedTuple):
    """One thing that is not as it was written."""

    table: str
    """Table of the bad row; `ledger` for a missing row, `file` for the file as a whole."""
    key: int | str | None
    """seq of the row; `step name` in `metrics`; None if no single row is meant."""
    what: str
    """What is wrong with it."""

    def __str__(self) -> str:
        where = self.table if self.key is None else f"{self.table} {self.key}"
        return f"{where}: {self.what}"


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of verifying a ledger."""

    ok: bool
    rows: int
    """Chained rows read."""
    head: str
    """Hash of the last row as stored, hexadecimal; empty if there is none."""
    first_bad: Problem | None
    """The first bad row along the chain; else the first problem of any kind."""
    problems: tuple[Problem, ...]
    """At most `MAX_PROBLEMS`, in the order of discovery."""
    notes: tuple[str, ...] = ()
    """What is worth knowing though nothing is wrong."""


class Findings:
    """Collects problems."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []
        self._first: Problem | None = None

    def report(self, table: str, key: int | str | None, what: str) -> None:
        """Notes a problem."""
        problem = Problem(table, key, what)
        if isinstance(key, int) and (self._first is None or key < _seq(self._first)):
            self._first = problem
        if len(self._problems) < MAX_PROBLEMS and problem not in self._problems:
            self._problems.append(problem)

    def result(self, rows: int, head: bytes) -> Verification:
        """Sums up."""
        problems = tuple(self._problems)
        first = self._first or (problems[0] if problems else None)
        return Verification(not problems, rows, head.hex(), first, problems)


def _seq(problem: Problem) -> int:
    return problem.key if isinstance(problem.key, int) else 0
