"""Agents that really raise, in a phase of a step, before or after its work is done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from sim.detection.mahalanobis import MahalanobisBank
from sim.shard.shard import Shard

PHASES = ("observe", "detect", "publish", "vote", "learn")


class StubbornError(Exception):
    """Cannot be pickled."""

    def __init__(self, text: str, other: object) -> None:
        super().__init__(text)
        self.hidden = lambda: other


KINDS: tuple[BaseException, ...] = (
    ValueError("a"),
    TypeError("b"),
    KeyError("c"),
    IndexError("d"),
    LookupError("e"),
    AttributeError("f"),
    NameError("g"),
    AssertionError("h"),
    RuntimeError("i"),
    RecursionError("j"),
    NotImplementedError("k"),
    ZeroDivisionError("l"),
    FloatingPointError("m"),
    OverflowError("n"),
    StopIteration("o"),
    BufferError("p"),
    TimeoutError("q"),
    ConnectionResetError("r"),
    EOFError("s"),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "t"),
    np.linalg.LinAlgError("u"),
    StubbornError("v", object()),
    SystemExit("w"),
)


@dataclass(frozen=True)
class Trouble:
    """One agent raises in one phase from a step on."""

    agent: int
    step: int
    phase: str
    error: BaseException
    late: bool = False
    """Whether the work of the phase has been done before."""


def make(patch: pytest.MonkeyPatch, troubles: Iterable[Trouble]) -> None:
    """Let it happen in every shard that is made from now on."""
    for phase in PHASES:
        _break(patch, phase, [t for t in troubles if t.phase == phase])


def _break(patch: pytest.MonkeyPatch, phase: str, troubles: list[Trouble]) -> None:
    whole = getattr(Shard, phase)

    def broken(self: Shard, rows: Any, *arguments: Any) -> Any:
        due = [
            t for t in troubles if self.orders.step >= t.step and (self.ids[rows] == t.agent).any()
        ]
        for trouble in due:
            if not trouble.late:
                raise trouble.error
        result = whole(self, rows, *arguments)
        for trouble in due:
            raise trouble.error
        return result

    patch.setattr(Shard, phase, broken)


def break_fits(patch: pytest.MonkeyPatch, row: int, first: int) -> list[int]:
    """From its `first`-th call on, `fit` raises for a row of every shard; returns rows asked."""
    whole, calls = MahalanobisBank.fit, list[int]()

    def broken(self: MahalanobisBank, rows: Any, *arguments: Any) -> Any:
        calls.append(len(rows))
        if len(calls) >= first and (rows == row).any():
            raise np.linalg.LinAlgError("singular")
        return whole(self, rows, *arguments)

    patch.setattr(MahalanobisBank, "fit", broken)
    return calls
