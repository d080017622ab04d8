"""What agents gain by deciding together: owner, mean agent, collective and central, side by side.

`python tests/benchmarks/detection_quality.py [--json] [--seeds N] [--case NAME ...]`

Every case is a whole streaming run with the default configuration, except where its settings say
otherwise. All four judge the same flows: those whose owner has a model when it observes them.

* owner: each flow is judged by the model of the agent that observed it (`detection.solo`).
* mean agent: every agent that has a model judges the traffic of all agents, each at its own scale;
  the figures are the mean over the agents.
* collective: what the owner flags with the help of the others (`detection.collective`).
* central: one model that sees all traffic. Its window holds `detection.window` flows for each
  agent, at most `CENTRAL_WINDOW`; it is fitted when its window has doubled and else every
  `detection.refit_interval` steps, like an agent's; same detector, scale and threshold.

Files are looked for in $DECSIM_TEST_DATA, else in ../shared/data; a case whose file is not there
is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from timing import Figure  # noqa: E402 - found beside this file

from sim.commands import InjectAttack, Targets  # noqa: E402
from sim.config.document import TimelineEntry  # noqa: E402
from sim.config.load import LoadedConfig  # noqa: E402
from sim.config.parameters import Value  # noqa: E402
from sim.config.schema import Config  # noqa: E402
from sim.detection import make_detector  # noqa: E402
from sim.numerics.rng import Purpose, keys  # noqa: E402
from sim.run.run import Run, make_parts  # noqa: E402
from sim.shard.shard import Shard  # noqa: E402
from sim.shard.windows import Windows  # noqa: E402

DATA = Path(
    os.environ.get("DECSIM_TEST_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data"
)
CENTRAL_WINDOW = 4096
WAYS = ("owner", "mean agent", "collective", "central")
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

BY_SERVICE: Mapping[str, Value] = {"traffic.deal": "column", "traffic.deal_column": "service"}
MIXED_SERVICES: Mapping[str, Value] = {
    "traffic.deal": "dirichlet",
    "traffic.deal_column": "service",
    "traffic.skew": 0.9,
}
BY_HOST: Mapping[str, Value] = {"traffic.deal": "host"}
BY_CLASS: Mapping[str, Value] = {"traffic.deal": "dirichlet", "traffic.skew": 0.9}
HIT = (
    TimelineEntry(12, InjectAttack("port_scan", 0.7, 40, Targets(fraction=0.25))),
    TimelineEntry(15, InjectAttack("brute_force", 0.9, 45, Targets(fraction=0.15))),
    TimelineEntry(20, InjectAttack("ddos", 0.8, 40, Targets(fraction=0.2))),
)


@dataclass(frozen=True)
class Case:
    """One run."""

    file: str = ""
    """Empty is synthetic traffic."""
    settings: Mapping[str, Value] = field(default_factory=dict)
    steps: int = 0
    """0 is until the traffic ends."""
    timeline: tuple[TimelineEntry, ...] = ()


_SYNTHETIC: Mapping[str, Value] = {"simulation.agents": 64}
CASES: dict[str, Case] = {
    "NetFlow by host": Case("nf_cse18.csv.gz", BY_HOST),
    "NetFlow by 100 hosts": Case("nf_cse18.csv.gz", {**BY_HOST, "simulation.agents": 100}),
    "NetFlow even": Case("nf_cse18.csv.gz"),
    "NSL-KDD 5 % by service": Case("nslkdd_stream_5pct.csv.gz", BY_SERVICE),
    "NSL-KDD 5 % services mixed": Case("nslkdd_stream_5pct.csv.gz", MIXED_SERVICES),
    "NSL-KDD 5 % by class": Case("nslkdd_stream_5pct.csv.gz", BY_CLASS),
    "NSL-KDD 5 % even": Case("nslkdd_stream_5pct.csv.gz"),
    "NSL-KDD clean by service": Case("nslkdd_train_normal.csv.gz", BY_SERVICE),
    "NSL-KDD clean services mixed": Case("nslkdd_train_normal.csv.gz", MIXED_SERVICES),
    "NSL-KDD clean even": Case("nslkdd_train_normal.csv.gz"),
    "NSL-KDD test half even": Case("nslkdd_test_known.csv.gz"),
    "NSL-KDD test half by service": Case("nslkdd_test_known.csv.gz", BY_SERVICE),
    "CIC-IDS2017 even": Case("cicids2017.csv.gz"),
    "CIC-IDS2017 by class": Case("cicids2017.csv.gz", BY_CLASS),
    "UNSW-NB15 even": Case("unsw_natural.csv.gz"),
    "UNSW-NB15 by service": Case("unsw_natural.csv.gz", BY_SERVICE),
    "Zeek 008 by host": Case("zeek_008_conn.log.labeled.gz", BY_HOST),
    "Zeek 010 by host": Case("zeek_010_conn.log.labeled.gz", BY_HOST),
    "SMTP even": Case("adbench_smtp_30k.csv.gz"),
    "synthetic, skew .3": Case("", _SYNTHETIC, 64, HIT),
    "synthetic, skew .9": Case("", {**_SYNTHETIC, "traffic.skew": 0.9}, 64, HIT),
    "synthetic clean, skew 1": Case("", {**_SYNTHETIC, "traffic.skew": 1.0}, 64),
}


@dataclass(frozen=True)
class Rates:
    """How well one way of judging did; NaN where it is not defined."""

    precision: float
    recall: float
    f1: float
    fpr: float
    """False-positive rate."""
    auc: float
    """Area under the ROC curve; NaN also where there is no score, only a flag."""


@dataclass(frozen=True)
class Outcome:
    """One case with one seed."""

    flows: int
    """Flows judged."""
    attack_share: float
    everything_f1: float
    """F1 of flagging everything."""
    rates: dict[str, Rates]


class Central:
    """One model that sees all traffic."""

    def __init__(self, experiment: Run) -> None:
        settings = experiment.config.detection
        source = experiment.simulation.source
        size = min(CENTRAL_WINDOW, settings.window * source.agents)
        self._settings = settings
        self._seed = experiment.config.simulation.seed
        self._windows = Windows(1, size, len(source.features))
        self._row = np.zeros(1, dtype=np.int64)
        self.model = make_detector(
            settings.detector, 1, len(source.features), size, trees=settings.trees
        )
        self._last, self._fitted_on = 0, 0

    def score(self, flows: NDArray[np.float32]) -> Floats:
        """(N,) scores of flows (N, D); NaN before the first fit."""
        return _scores(self.model, self._row, flows)[0]

    def learn(self, flows: NDArray[np.float32], observed: Flags, step: int) -> None:
        """Take in what (n, B, D) all agents observed in a step, in turns."""
        turns = np.ascontiguousarray(flows.transpose(1, 0, 2).reshape(1, -1, flows.shape[2]))
        self._windows.append(self._row, turns, observed.T.reshape(1, -1))
        count = int(self._windows.counts[0])
        due = step - self._last >= self._settings.refit_interval or count >= 2 * self._fitted_on
        if count >= self._settings.min_window and due:
            packed, counts = self._windows.packed(self._row)
            agent = np.array([1 << 40], dtype=np.int64)
            self.model.fit(self._row, packed, counts, keys(self._seed, Purpose.FIT, agent, step))
            self._last, self._fitted_on = step, count


class Watch:
    """Looks on while an experiment runs: scores and flags of everyone, right after `detect`."""

    def __init__(self, experiment: Run) -> None:
        self._simulation = experiment.simulation
        self._threshold = experiment.config.detection.threshold
        self._central = Central(experiment)
        self._each = experiment.simulation.calls.each
        self._found: list[dict[str, NDArray[Any]]] = []
        experiment.simulation.calls.each = self.each  # type: ignore[method-assign]

    def each(self, phase: str, *arguments: Any) -> list[Any]:
        """Stands in for `Population.each`."""
        results = self._each(phase, *arguments)
        if phase == "detect":
            self._look(self._simulation.shards)
        return results

    def _look(self, shards: Any) -> None:
        flows = np.concatenate([s.step.batch.flows for s in shards])
        observed = np.concatenate([s.step.batch.observed for s in shards])
        scores = np.concatenate([s.step.scores for s in shards])
        judged = observed & ~np.isnan(scores)
        if judged.any():
            chosen = flows[judged]
            self._found.append(
                {
                    "attack": np.concatenate([s.step.batch.truth for s in shards])[judged] > 0,
                    "owner": scores[judged].astype(np.float64),
                    "collective": np.concatenate([s.step.collective for s in shards])[judged],
                    "central": self._central.score(chosen),
                    "agents": np.concatenate([_everyone(s, chosen) for s in shards]),
                }
            )
        self._central.learn(flows, observed, self._simulation.now)

    def outcome(self) -> Outcome:
        """All steps together."""
        found = {
            name: np.concatenate([step[name] for step in self._found], axis=-1)
            for name in ("attack", "owner", "collective", "central", "agents")
        }
        attack = found["attack"]
        share = float(attack.mean())
        flags = found["collective"]
        rates = {
            "owner": self._rated(found["owner"], attack),
            "mean agent": self._mean(found["agents"], attack),
            "collective": rated(flags, attack, np.full(len(flags), np.nan)),
            "central": self._rated(found["central"], attack),
        }
        return Outcome(len(attack), share, 2 * share / (1 + share), rates)

    def _rated(self, scores: Floats, attack: Flags) -> Rates:
        there = ~np.isnan(scores)
        scores, attack = scores[there], attack[there]
        return rated(scores >= self._threshold, attack, scores)

    def _mean(self, agents: Floats, attack: Flags) -> Rates:
        able = agents[~np.isnan(agents).all(axis=1)]
        each = np.array([list(vars(self._rated(scores, attack)).values()) for scores in able])
        return Rates(*(float(np.nanmean(v)) if not np.isnan(v).all() else np.nan for v in each.T))


def _everyone(shard: Shard, flows: NDArray[np.float32]) -> Floats:
    """(n, N) scores of the flows (N, D) under every model of a shard."""
    return _scores(shard.models.detector, shard.everyone, flows)


def _scores(model: Any, rows: NDArray[np.int64], flows: NDArray[np.float32]) -> Floats:
    repeated = np.broadcast_to(flows, (len(rows), *flows.shape))
    lengths = np.full(len(rows), len(flows), dtype=np.int64)
    scores: Floats = model.score(rows, np.ascontiguousarray(repeated), lengths).astype(np.float64)
    return scores


def rated(flagged: Flags, attack: Flags, scores: Floats) -> Rates:
    """Rates of (N,) flags against (N,) truth; scores are for the ROC curve only."""
    hits, misses = int((flagged & attack).sum()), int((~flagged & attack).sum())
    alarms, benign = int((flagged & ~attack).sum()), int((~attack).sum())
    return Rates(
        precision=_ratio(hits, hits + alarms),
        recall=_ratio(hits, hits + misses),
        f1=_ratio(2 * hits, 2 * hits + alarms + misses),
        fpr=_ratio(alarms, benign),
        auc=_area(scores, attack),
    )


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def _area(scores: Floats, attack: Flags) -> float:
    """Probability that an attack scores higher than a benign flow, ties counting half."""
    positive = int(attack.sum())
    negative = len(attack) - positive
    if not positive or not negative or np.isnan(scores).any():
        return float("nan")
    values, place = np.unique(scores, return_inverse=True)
    counts = np.bincount(place, minlength=len(values))
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    above = ranks[attack].sum() - positive * (positive + 1) / 2
    return float(above / (positive * negative))


def run(case: Case, seed: int, settings: Mapping[str, Value] | None = None) -> Outcome:
    """One case with one seed, and perhaps other settings."""
    sections: dict[str, dict[str, Value]] = {
        "simulation": {"seed": seed, "executor": "sequential"},
        "traffic": {"path": str(DATA / case.file)} if case.file else {},
    }
    for key, value in {**case.settings, **(settings or {})}.items():
        section, name = key.split(".")
        sections.setdefault(section, {})[name] = value
    loaded = LoadedConfig(Config.model_validate(sections), sources={}, timeline=case.timeline)
    experiment = Run(loaded, make_parts(loaded), None)
    try:
        watch = Watch(experiment)
        last = case.steps or 1_000_000
        while not experiment.simulation.finished and experiment.simulation.now < last:
            experiment.advance()
        return watch.outcome()
    finally:
        experiment.close()


def available() -> dict[str, Case]:
    """The cases whose file is there."""
    return {n: c for n, c in CASES.items() if not c.file or (DATA / c.file).exists()}


def mean(outcomes: list[Outcome], way: str) -> Rates:
    """The mean rates of one way over several seeds; what is undefined does not count."""
    each = np.array([list(vars(outcome.rates[way]).values()) for outcome in outcomes])
    return Rates(*(float(np.nanmean(v)) if not np.isnan(v).all() else np.nan for v in each.T))


def lines(name: str, outcomes: list[Outcome]) -> Iterator[str]:
    """Lines of the Markdown table for one case."""
    for way in WAYS:
        rates = mean(outcomes, way)
        figures = " | ".join("" if np.isnan(v) else f"{v:.3f}" for v in vars(rates).values())
        yield f"| {name} | {way} | {figures} |"
    share = np.mean([outcome.everything_f1 for outcome in outcomes])
    yield f"| {name} | everything | | | {share:.3f} | | |"


def measure(quick: bool) -> list[Figure]:
    """F1 and false-positive rate of the collective beside the owner's, case by case."""
    seeds = range(1, 2 if quick else 6)
    chosen = {"synthetic, skew .3": CASES["synthetic, skew .3"]} if quick else available()
    figures: list[Figure] = []
    for name, case in chosen.items():
        outcomes = [run(case, seed) for seed in seeds]
        of = {way: mean(outcomes, way) for way in WAYS}
        beside = ", ".join(f"{w} {of[w].f1:.3f}" for w in WAYS if w != "collective")
        if not np.isnan(of["collective"].f1) and outcomes[0].attack_share:
            figures.append(Figure(f"{name}: F1 collective", of["collective"].f1, "", beside))
        beside = ", ".join(f"{w} {of[w].fpr:.3f}" for w in WAYS if w != "collective")
        figures.append(
            Figure(f"{name}: false-positive rate collective", of["collective"].fpr, "", beside)
        )
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--case", action="append", choices=list(CASES), help="all by default")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=NUMBER")
    given = parser.parse_args()
    settings = {k: _value(v) for k, v in (pair.split("=", 1) for pair in given.set)}
    report: dict[str, Any] = {}
    if not given.json:
        print("| case | way | precision | recall | F1 | false-positive rate | ROC-AUC |")
        print("|---|---|---:|---:|---:|---:|---:|")
    for name, case in available().items():
        if given.case and name not in given.case:
            continue
        outcomes = [run(case, seed, settings) for seed in range(1, given.seeds + 1)]
        report[name] = {way: _plain(mean(outcomes, way)) for way in WAYS}
        report[name]["everything_f1"] = float(np.mean([o.everything_f1 for o in outcomes]))
        if not given.json:
            print("\n".join(lines(name, outcomes)), flush=True)
    if given.json:
        print(json.dumps({"seeds": given.seeds, "cases": report}))


def _plain(rates: Rates) -> dict[str, float | None]:
    return {name: None if np.isnan(v) else float(v) for name, v in vars(rates).items()}


def _value(text: str) -> Value:
    if text in ("true", "false"):
        return text == "true"
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() and "." not in text else number


if __name__ == "__main__":
    main()
