"""What a command did, as data that can be turned round."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Behaving = tuple[NDArray[np.uint8], NDArray[np.int64]]
"""Code of each agent's behaviour, and the step since which."""
Part = Literal["parameter", "attack", "behaviour", "fault"]
"""What of the steering state a change is about."""


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What one command did."""

    title: str
    """For people, e.g. `detection.threshold 0.6 → 0.7`."""
    part: Part
    old: Any
    """JSON data for the journal."""
    new: Any
    before: Any
    """What `undo` puts back; its form depends on the part."""
    after: Any


def as_json(data: Any) -> str:
    """Canonical JSON for the journal."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
