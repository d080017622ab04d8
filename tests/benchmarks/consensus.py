"""What is accepted, by what it really was, while a share of the agents misbehaves.

`python tests/benchmarks/run.py consensus`, or by itself with more to choose:
`python tests/benchmarks/consensus.py [--quick] [--json] [--seeds N] [--share S ...]
[--difficulty clear|fair] [--set KEY=VALUE ...] [--plot FILE.svg] [--files]`

A cell is a scenario (64 agents, 150 steps) with one behaviour at one share: `quickstart`, whose
three attacks on clear traffic nobody overlooks, and `fair-test`, whose five on fair traffic are as
hard to tell as recorded ones and come among benign bursts. The adversaries are there from the first
step on. Five seeds, each with other traffic, other targets and other adversaries. Acceptance is the
share of the signatures that have a verdict (an expiry is none of acceptance), by their content:
what adversaries publish is in it. F1 is that of all flows of all agents, the adversaries' included.

The intervals are 95 % intervals of the mean over the seeds by Student's t: signatures of one run
depend on each other, so an interval for independent ones (Wilson's) would be too narrow. Where all
seeds agree, or only one has such a signature, there is none.

Two controls say whether the benchmark can tell anything: the area under the ROC curve of the share
that confirmed, attacks against everything else, with poisoners at 20 %; once with real votes and
once with votes that are coins, which must give one half.

With `--files`, the same at 0 and 20 % poison on every labelled file, and detection quality as
`detection_quality.py` measures it.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import statistics
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from consensus_plot import plot  # noqa: E402 - found beside this file
from controls import coins  # noqa: E402
from timing import Figure, machine  # noqa: E402

from sim.config.load import LoadedConfig, load_config  # noqa: E402
from sim.config.parameters import Value  # noqa: E402
from sim.config.schema import Config  # noqa: E402
from sim.ledger.rows import TruthRow, VerdictRow  # noqa: E402
from sim.run.run import Run, make_parts  # noqa: E402

BEHAVIOURS = ("flip_votes", "spam", "poison", "collude", "silent", "betray", "sybil")
SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
STEPS, SEEDS = 150, 5
SCENARIOS = {"clear": "quickstart", "fair": "fair-test"}
"""By `traffic.difficulty`."""
TRUTHS = {"attack": "attacks", "false_alarm": "false alarms", "poison": "poison"}
T_95 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}
"""Two-sided 95 % quantiles of Student's t by degrees of freedom."""


@dataclass(frozen=True)
class Outcome:
    """One run."""

    accepted: Mapping[str, float]
    """Truth class → share accepted, where there is any."""
    solo: float
    """F1."""
    collective: float
    liars_held: float
    """Share of the adversaries that is in quarantine at the end; NaN without adversaries."""
    honest_held: float
    area: float
    """Area under the ROC curve of the confirming share; NaN where it is not defined."""


def run(loaded: LoadedConfig, steps: int) -> Outcome:
    """One run of so many steps, or until its traffic ends."""
    experiment = Run(loaded, make_parts(loaded), None)
    try:
        simulation = experiment.simulation
        while simulation.now < steps and not simulation.finished:
            experiment.advance()
        quality = simulation.quality.view()
        held = simulation.assembly.reputation.quarantined(experiment.config.trust)
        liars = simulation.steered.behaviour > 0
        return Outcome(
            accepted={t: a / n for t, (a, n) in quality.acceptance.items() if n},
            solo=_number(quality.solo.f1),
            collective=_number(quality.collective.f1),
            liars_held=_mean_of(held[liars]),
            honest_held=_mean_of(held[~liars]),
            area=areas(experiment)[0],
        )
    finally:
        experiment.close()


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _mean_of(flags: Any) -> float:
    return float(flags.mean()) if len(flags) else math.nan


def area(attacks: Sequence[float], others: Sequence[float]) -> float:
    """Probability that an attack has more than anything else, ties counting half; NaN if none."""
    ours, theirs = np.array(attacks, dtype=np.float64), np.array(others, dtype=np.float64)
    if not len(ours) or not len(theirs):
        return math.nan
    above = (ours[:, None] > theirs[None, :]).mean()
    return float(above + 0.5 * (ours[:, None] == theirs[None, :]).mean())


def areas(experiment: Run) -> tuple[float, float]:
    """What tells attacks from everything else: the share that confirmed, and the verdict."""
    truth = {row.signature: row.truth for _, row in experiment.reader.rows(TruthRow)}
    shares: dict[bool, list[float]] = {True: [], False: []}
    accepted: dict[bool, list[float]] = {True: [], False: []}
    for _, row in experiment.reader.rows(VerdictRow):
        if row.signature in truth:
            attack = truth[row.signature] == "attack"
            accepted[attack].append(float(row.verdict == "ACCEPTED"))
            if row.confirm + row.refute > 0:
                shares[attack].append(row.confirm / (row.confirm + row.refute))
    return area(shares[True], shares[False]), area(accepted[True], accepted[False])


def configured(
    seed: int,
    behaviour: str,
    share: float,
    more: Sequence[str] = (),
    difficulty: str = "clear",
) -> LoadedConfig:
    """The scenario of a cell, perhaps with more settings, each `key=value`."""
    settings = [f"simulation.seed={seed}", "simulation.executor=sequential", *more]
    if share:
        settings += [f"adversary.behaviour={behaviour}", f"adversary.fraction={share}"]
    return load_config(scenario=SCENARIOS[difficulty], settings=settings, environment={})


def interval(values: Iterable[float]) -> tuple[float, float | None]:
    """Mean and half the width of its 95 % interval; None where there is no spread to go by."""
    found = [v for v in values if not math.isnan(v)]
    if not found:
        return math.nan, None
    mean, degrees = statistics.fmean(found), len(found) - 1
    spread = statistics.stdev(found) if degrees else 0.0
    if not spread:
        return mean, None
    t = T_95.get(degrees, 1.96)
    return mean, t * spread / math.sqrt(len(found))


def figures_of(name: str, outcomes: list[Outcome]) -> Iterator[Figure]:
    """The figures of one cell; what is undefined in all runs is left out."""
    columns = {
        f"{plural} accepted": [o.accepted.get(t, math.nan) for o in outcomes]
        for t, plural in TRUTHS.items()
    } | {
        "F1 solo": [o.solo for o in outcomes],
        "F1 collective": [o.collective for o in outcomes],
        "adversaries in quarantine": [o.liars_held for o in outcomes],
        "honest in quarantine": [o.honest_held for o in outcomes],
    }
    for what, values in columns.items():
        mean, half = interval(values)
        if not math.isnan(mean):
            yield Figure(f"{name}: {what}", mean, "" if half is None else f"± {half:.3f}")


def measure(
    quick: bool,
    seeds: int = SEEDS,
    shares: Sequence[float] = SHARES,
    more: Sequence[str] = (),
    difficulties: Sequence[str] = tuple(SCENARIOS),
) -> list[Figure]:
    """All cells and both controls, on clear and on fair traffic."""
    steps = 30 if quick else STEPS
    chosen = range(1, 2 if quick else seeds + 1)
    cells = [("none", 0.0)] + [(b, s) for b in BEHAVIOURS for s in shares if s]
    figures: list[Figure] = []
    for difficulty in difficulties:
        of = "fair, " if difficulty == "fair" and len(difficulties) > 1 else ""
        for behaviour, share in [("none", 0.0), ("poison", 0.2)] if quick else cells:
            name = f"{of}{behaviour} {share:.0%}".replace("%", " %")
            outcomes = [
                run(configured(seed, behaviour, share, more, difficulty), steps) for seed in chosen
            ]
            figures += figures_of(name, outcomes)
            print(f"{name}: {len(outcomes)} runs", file=sys.stderr)
        figures += controls(chosen, steps, more, difficulty, of)
    return figures


def controls(
    seeds: Sequence[int], steps: int, more: Sequence[str], difficulty: str, of: str
) -> Iterator[Figure]:
    """The area under the ROC curve with real votes and with coins."""
    for name, votes in (("real votes", nullcontext), ("coins for votes", coins)):
        areas = []
        for seed in seeds:
            with votes():
                areas.append(run(configured(seed, "poison", 0.2, more, difficulty), steps).area)
        mean, half = interval(areas)
        if not math.isnan(mean):
            yield Figure(f"{of}{name}: ROC-AUC", mean, "" if half is None else f"± {half:.3f}")


def files(seeds: int) -> list[Figure]:
    """Acceptance without and with poisoners on every labelled file, and detection quality."""
    quality = importlib.import_module("detection_quality")
    figures: list[Figure] = []
    for name, case in quality.available().items():
        if not case.file:
            continue
        for share in (0.0, 0.2):
            cell = f"{name}, poison {share:.0%}".replace("%", " %")
            loaded = [_of_file(quality, case, seed, share) for seed in range(1, seeds + 1)]
            figures += figures_of(cell, [run(one, 10**6) for one in loaded])
            print(cell, file=sys.stderr)
        outcomes = [quality.run(case, seed) for seed in range(1, seeds + 1)]
        for way in quality.WAYS:
            for what, value in vars(quality.mean(outcomes, way)).items():
                if not math.isnan(value):
                    figures.append(Figure(f"{name}, {way}: {what}", value, ""))
    return figures


def _of_file(quality: Any, case: Any, seed: int, share: float) -> LoadedConfig:
    sections: dict[str, dict[str, Value]] = {
        "simulation": {"seed": seed, "executor": "sequential"},
        "traffic": {"path": str(quality.DATA / case.file)},
        "adversary": {"fraction": share, "behaviour": "poison"},
    }
    for key, value in case.settings.items():
        section, name = key.split(".")
        sections.setdefault(section, {})[name] = value
    return LoadedConfig(Config.model_validate(sections), sources={}, timeline=case.timeline)


def table(figures: list[Figure]) -> str:
    """A line for each cell, a column for each measure."""
    rows: dict[str, dict[str, str]] = {}
    for figure in figures:
        row, _, column = figure.what.rpartition(": ")
        rows.setdefault(row, {})[column] = f"{figure.value:.3f} {figure.unit}".strip()
    columns = list(dict.fromkeys(c for row in rows.values() for c in row))
    lines = [f"| | {' | '.join(columns)} |", "|---|" + "---:|" * len(columns)]
    for name, row in rows.items():
        lines.append(f"| {name} | {' | '.join(row.get(c, '') for c in columns)} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="smoke run: small, meaningless")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--share", type=float, action="append", help="all by default")
    parser.add_argument("--difficulty", choices=list(SCENARIOS), help="both by default")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the cells as SVG")
    parser.add_argument("--files", action="store_true", help="labelled files, not synthetic")
    given = parser.parse_args()
    if given.files:
        figures = files(given.seeds)
    else:
        chosen = [given.difficulty] if given.difficulty else list(SCENARIOS)
        figures = measure(given.quick, given.seeds, given.share or SHARES, given.set, chosen)
    if given.plot:
        given.plot.write_text(plot(figures), encoding="utf-8")
    if given.json:
        print(json.dumps({"machine": machine(), "figures": [asdict(f) for f in figures]}))
    else:
        print(table(figures))


if __name__ == "__main__":
    main()
