"""What can be exported, and into which formats; it imports little, so that menus can list it."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Final

_COUNTS: Final = ("tp", "fp", "fn", "tn")
_STEP: Final = (
    "step",
    "active",
    "flows",
    "anomalies",
    *(f"solo_{c}" for c in _COUNTS),
    *(f"collective_{c}" for c in _COUNTS),
)
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "signatures": (
        "id",
        "step",
        "publisher",
        "flows",
        "confidence",
        "features",
        "fingerprint",
        "verdict",
        "decided",
        "truth",
        "attack",
        "withdrawn",
    ),
    "votes": ("step", "signature", "voter", "vote", "reason", "weight", "radius"),
    "verdicts": (
        "step",
        "signature",
        "verdict",
        "confirm",
        "refute",
        "voters",
        "rule",
        "truth",
        "attack",
        "withdrawn",
    ),
    "metrics": _STEP,
    "journal": (
        "seq",
        "step",
        "kind",
        "payload",
        "old",
        "new",
        "source",
        "status",
        "reason",
        "giver",
    ),
    "attacks": (
        "kind",
        "began",
        "reached",
        "first_flag",
        "first_signature",
        "accepted",
        "known_by_all",
        "missed_flows",
        "false_alarms",
    ),
    "errors": ("step", "kind", "agent", "count", "text"),
    "tuning": ("step", "knob", "old", "new", "why", "effect", "helped"),
}
"""What can be exported, with its columns; `metrics` has those of the metrics recorded besides."""
TABLES: Final = ("csv", "json", "parquet")
"""Formats of any record."""
SCENARIO: Final = "yaml"
"""A format of the journal only: a scenario that repeats the run."""
FORMATS: Final = (*TABLES, SCENARIO)


def lacking(file_format: str) -> str:
    """What has to be installed before this format can be written, or nothing."""
    if file_format == "parquet" and importlib.util.find_spec("pyarrow") is None:
        return "pyarrow"
    return ""
