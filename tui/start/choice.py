"""What somebody chose on the start screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Choice:
    """What to do, and with which."""

    deed: Literal["new", "resume", "replay"]
    name: str
    """A scenario, or a run directory."""
