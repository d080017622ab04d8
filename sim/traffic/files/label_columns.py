"""The columns of a file that tell the truth."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """Which columns tell the truth; None where there is none."""

    coarse: str | None = None
    fine: str | None = None
    guessed: bool = False
    """Whether nobody and no usual name said so."""
