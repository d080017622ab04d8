"""The report of a sweep: the mean and its 95 % interval for each variation, over the seeds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from statistics import NormalDist, mean, stdev
from typing import Any, Final

from sim.report import page
from sim.report.figure import Mean, mean_figure
from sim.report.run_report import Figures
from sim.sweep.folder import PLAN, points_in
from sim.sweep.table import Row, read_rows
from sim.text import command_line, quantity, typed

_COLUMNS: Final = (
    ("detection.collective.f1", "F1 together"),
    ("detection.solo.f1", "F1 alone"),
    ("detection.collective.precision", "precision"),
    ("detection.collective.recall", "recall"),
    ("acceptance.attack", "accepted, attack"),
    ("acceptance.false_alarm", "accepted, false alarm"),
    ("protection.steps", "steps to protection"),
)
_SMALL: Final = dict(enumerate((12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646), 1))
"""Quantiles of Student's t at 97.5 %, where the expansion is not near enough."""


def sweep_report(folder: Path) -> tuple[str, Figures]:
    """The section of a sweep, and its figures.

    Raises:
        InputError: the folder has no usable plan or table.
    """
    points = points_in(folder)
    keys, rows = read_rows(folder)
    groups = _groups(keys, rows)
    labels = [_label(keys, values) for values in groups]
    figures = _figures(labels, list(groups.values())) if groups else {}
    done = [row for row in rows if not row.get("error")]
    parts = [
        page.heading(folder.name, 2),
        page.paragraph(
            f"{quantity(len(groups), 'variation')}, {len(done):,} of"
            f" {quantity(len(points), 'run')} done."
        ),
        *map(page.figure, figures.values()),
        page.heading("Mean and 95 % interval over the seeds"),
        page.table(
            ("variation", "runs", *(title for _, title in _COLUMNS)),
            [
                (label, len(group), *(_words(_mean(group, key)) for key, _ in _COLUMNS))
                for label, group in zip(labels, groups.values(), strict=True)
            ],
        ),
        *_failures(rows),
        *_again(folder, done),
    ]
    return "\n".join(parts), figures


def _groups(keys: Sequence[str], rows: Iterable[Row]) -> dict[tuple[Any, ...], list[Row]]:
    """The rows of each variation, in the order of the plan; of runs that came to their end."""
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        if not row.get("error"):
            groups.setdefault(tuple(row.get(key) for key in keys), []).append(row)
    return groups


def _label(keys: Sequence[str], values: Iterable[Any]) -> str:
    pairs = zip(keys, values, strict=True)
    return ", ".join(f"{key.partition('.')[2] or key}={typed(v)}" for key, v in pairs) or "all"


def _figures(labels: Sequence[str], groups: Sequence[Sequence[Row]]) -> Figures:
    def means(key: str) -> list[Mean]:
        return [_mean(group, key) for group in groups]

    return {
        "f1": mean_figure(
            "F1, mean and 95 % interval",
            labels,
            [
                ("together", means("detection.collective.f1")),
                ("alone", means("detection.solo.f1")),
            ],
        ),
        "acceptance": mean_figure(
            "Share of signatures accepted",
            labels,
            [
                ("attacks", means("acceptance.attack")),
                ("false alarms", means("acceptance.false_alarm")),
            ],
        ),
    }


def _mean(rows: Iterable[Row], key: str) -> Mean:
    """Mean and half interval of what is defined, by Student's t."""
    found = [row.get(key) for row in rows]
    values = [float(v) for v in found if isinstance(v, (int, float)) and math.isfinite(v)]
    if not values:
        return Mean(None, None, 0)
    if len(values) == 1:
        return Mean(values[0], None, 1)
    half = quantile(len(values) - 1) * stdev(values) / math.sqrt(len(values))
    return Mean(mean(values), half, len(values))


def quantile(freedom: int) -> float:
    """The 97.5 % quantile of Student's t (expansion of Abramowitz and Stegun, 26.7.5)."""
    if freedom in _SMALL:
        return _SMALL[freedom]
    z = NormalDist().inv_cdf(0.975)
    g1 = (z**3 + z) / 4
    g2 = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    g3 = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + g1 / freedom + g2 / freedom**2 + g3 / freedom**3


def _words(value: Mean) -> str:
    if value.mean is None:
        return "–"
    return f"{value.mean:.3f}" + ("" if value.half is None else f" ± {value.half:.3f}")


def _failures(rows: Iterable[Row]) -> Iterator[str]:
    failed = [(row.get("run"), row.get("error")) for row in rows if row.get("error")]
    if failed:
        yield page.heading("Runs that failed")
        yield page.table(("run", "error"), failed)


def _again(folder: Path, rows: Sequence[Row]) -> Iterator[str]:
    yield page.heading("How to reproduce it")
    yield page.code(command_line("sweep", PLAN, "--out", "again"))
    yield page.folded(PLAN, page.code((folder / PLAN).read_text("utf-8", "replace")))
    heads = [(row.get("run"), row.get("seed"), row.get("head")) for row in rows]
    yield page.folded("Heads", page.table(("run", "seed", "head"), heads))
