"""The checks of health for people who have no run yet."""

from __future__ import annotations

from pathlib import Path

from sim.config.schema import LedgerSection, MonitoringSection
from sim.resources.checks import CHECKS, limit_of, value_of, written
from sim.resources.readings import take


def describe_resources(folder: Path) -> dict[str, str]:
    """Check → what this process takes or has, and the limit that a run has by default.

    Args:
        folder: where runs are kept.
    """
    readings, settings = take(folder), MonitoringSection()
    report: dict[str, str] = {}
    for check in CHECKS:
        value = value_of(check, readings)
        if value is None:
            continue
        limit = limit_of(check, settings, workers=1, readers=LedgerSection().pool_size)
        relation = "of at least" if check.least else "of at most"
        report[check.name] = f"{written(check, value)} {relation} {written(check, limit)}"
    return report
