"""What is new everywhere at once and still benign: how many false alarms, and whether time tells.

`python tests/benchmarks/run.py drift`, or by itself with more to choose:
`python tests/benchmarks/drift.py [--quick] [--json] [--seeds N] [--folder DIR] [--set KEY=VALUE]`

Two kinds of traffic in which benign flows come in bursts: the scenario `fair-test`, whose backups
and updates reach a third to four fifths of the agents within three steps, and labelled files in
the order in which they were recorded, dealt evenly (400 steps at most). For each, what owner,
collective and accepted signatures flag of the benign flows, and what becomes of the signatures
that are false alarms; for `fair-test` also the same rates in bursts and out of them.

Could a rule tell such drift from an attack by its being everywhere at once? The rule that is tried
on paper holds back what is accepted within three steps of its publication by two fifths or more of
the agents that were asked and have a model. It is tried on attacks that arrive one after the other,
as they do in `fair-test`, on the same attacks arriving at half of the agents at once, and on the
`quickstart`, whose attacks come to a fifth or a quarter of the agents at once.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from unittest import mock

import numpy as np

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from consensus import interval  # noqa: E402 - found beside this file
from detection_quality import DATA  # noqa: E402
from protection import COMMON, LONGEST, NATURAL  # noqa: E402
from timing import Figure, machine  # noqa: E402

from sim.config.load import LoadedConfig, load_config  # noqa: E402
from sim.consensus.assembly import Outcome  # noqa: E402
from sim.errors import DecsimError  # noqa: E402
from sim.ledger.ballots import Vote  # noqa: E402
from sim.run.run import Run, make_parts  # noqa: E402
from sim.shard.shard import Shard  # noqa: E402
from sim.traffic.fair.source import STAGGER, FairTraffic  # noqa: E402

STEPS, SEEDS = 150, 5
AT_ONCE, MANY = 3, 0.4
"""The rule: verdicts within so many steps, confirmed by this share of those who could."""
NAN = math.nan


@dataclass
class Rates:
    """Benign flows, and those of them that were flagged."""

    flows: int = 0
    owner: int = 0
    collective: int = 0
    signatures: int = 0

    def add(self, shard: Shard, rows: np.ndarray) -> None:
        """Count the benign flows of these rows in the step just done."""
        step = shard.step
        benign = (step.batch.truth == 0) & ~np.isnan(step.scores) & rows[:, None]
        self.flows += int(benign.sum())
        self.owner += int((benign & step.solo).sum())
        self.collective += int((benign & step.collective).sum())
        self.signatures += int((benign & step.blocked).sum())

    def share(self, name: str) -> float:
        """A count as a share of the benign flows."""
        return getattr(self, name) / self.flows if self.flows else NAN


@dataclass(frozen=True)
class Seen:
    """A signature whose vote is over."""

    attack: bool
    verdict: str
    confirming: float
    """Share of the agents asked that have a model."""
    steps: int
    """From the publication to the verdict."""

    @property
    def held_back(self) -> bool:
        """Whether the rule would take it for drift."""
        return self.steps <= AT_ONCE and self.confirming >= MANY


@dataclass
class Look:
    """What was seen of one run."""

    burst: Rates = field(default_factory=Rates)
    calm: Rates = field(default_factory=Rates)
    seen: list[Seen] = field(default_factory=list)

    def rates(self) -> Iterator[tuple[str, float]]:
        """Name → rate or share; NaN where undefined."""
        whole = Rates(*(a + b for a, b in zip(vars(self.burst).values(),
                                              vars(self.calm).values(), strict=True)))  # fmt: skip
        for name in ("owner", "collective", "signatures"):
            yield f"false-positive rate {name}", whole.share(name)
            if self.burst.flows:
                yield f"in bursts {name}", self.burst.share(name)
                yield f"out of bursts {name}", self.calm.share(name)
        for attack, plural in ((True, "attacks"), (False, "false alarms")):
            some = [s for s in self.seen if s.attack == attack]
            yield f"{plural} decided", float(len(some))
            yield f"{plural} accepted", _mean(s.verdict == "ACCEPTED" for s in some)
            accepted = [s for s in some if s.verdict == "ACCEPTED"]
            yield f"accepted {plural} held back", _mean(s.held_back for s in accepted)

    def area(self) -> float:
        """Probability that more confirm an accepted false alarm than an accepted attack."""
        found = {
            attack: np.array([s.confirming for s in self.seen
                              if s.attack == attack and s.verdict == "ACCEPTED"])
            for attack in (True, False)
        }  # fmt: skip
        attacks, alarms = found[True], found[False]
        if not len(attacks) or not len(alarms):
            return NAN
        more = (alarms[:, None] > attacks[None, :]).mean()
        return float(more + 0.5 * (alarms[:, None] == attacks[None, :]).mean())


def _mean(values: Iterator[bool]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else NAN


def watch(loaded: LoadedConfig, steps: int) -> Look:
    """One run of so many steps, or until its traffic ends."""
    run = Run(loaded, make_parts(loaded), None)
    look, model = Look(), run.simulation
    source = model.source
    try:
        while model.now < steps and not model.finished:
            run.advance()
            for shard in model.shards:
                there = np.zeros(len(shard.ids), dtype=np.bool_)
                if isinstance(source, FairTraffic):
                    there = source.bursts.reached(shard.ids, model.now)
                look.burst.add(shard, there)
                look.calm.add(shard, ~there)
            look.seen += [_seen(outcome) for outcome in model.over]
    finally:
        run.close()
    return look


def _seen(outcome: Outcome) -> Seen:
    poll = outcome.poll
    able = len(poll.members) - poll.unable
    confirming = int((poll.cast == Vote.CONFIRM).sum()) / able if able else NAN
    return Seen(outcome.truth == "attack", outcome.verdict, confirming, outcome.step - poll.step)


def scenario(name: str, seed: int, more: Sequence[str]) -> LoadedConfig:
    """A scenario with one seed."""
    settings = [f"simulation.seed={seed}", "simulation.executor=sequential", *more]
    return load_config(scenario=name, settings=settings, environment={})


def natural(file: Path, seed: int, more: Sequence[str]) -> LoadedConfig:
    """A file in the order in which it was recorded."""
    settings = [f"traffic.path={file}", f"simulation.seed={seed}", *COMMON, *NATURAL, *more]
    options = {"traffic.path": ("--traffic", str(file))}
    return load_config(settings=settings, options=options, environment={})


def figures_of(name: str, looks: Sequence[Look]) -> Iterator[Figure]:
    """The means over the seeds with 95 % intervals; what is undefined in all is left out."""
    columns: dict[str, list[float]] = {}
    for look in looks:
        for what, value in look.rates():
            columns.setdefault(what, []).append(value)
    columns["ROC-AUC of the confirming share"] = [
        Look(seen=[s for x in looks for s in x.seen]).area()
    ]
    for what, values in columns.items():
        mean, half = interval(values)
        if not math.isnan(mean):
            yield Figure(f"{name}: {what}", mean, "" if half is None else f"± {half:.4f}")


def labelled(folder: Path) -> Iterator[Path]:
    """The files of a folder that have labels."""
    for file in sorted(p for p in folder.iterdir() if p.is_file()):
        try:
            source = make_parts(natural(file, 1, ())).source
        except DecsimError as error:
            print(f"left out: {error}", file=sys.stderr)
            continue
        if source.labelled and source.attack_kinds:
            yield file


def measure(
    quick: bool, seeds: int = SEEDS, folder: Path = DATA, more: Sequence[str] = ()
) -> list[Figure]:
    """Fair bursts, with attacks one after the other and at once, then files in their own order."""
    chosen = range(1, 2 if quick else seeds + 1)
    steps = 40 if quick else STEPS
    figures: list[Figure] = []
    for name, of, stagger in (
        ("fair, attacks in turn", "fair-test", STAGGER),
        ("fair, attacks at once", "fair-test", 0),
        ("quickstart", "quickstart", 0),
    ):
        with mock.patch("sim.traffic.fair.source.STAGGER", stagger):
            looks = [watch(scenario(of, seed, more), steps) for seed in chosen]
        figures += figures_of(name, looks)
        print(name, file=sys.stderr, flush=True)
    for file in labelled(folder) if folder.is_dir() and not quick else ():
        looks = [watch(natural(file, seed, more), LONGEST) for seed in chosen]
        figures += figures_of(f"{file.name.split('.')[0]}, natural order", looks)
        print(file.name, file=sys.stderr, flush=True)
    return figures


def table(figures: Sequence[Figure]) -> str:
    """A line for each measure, a column for each kind of traffic."""
    cells: dict[str, dict[str, str]] = {}
    for figure in figures:
        name, _, what = figure.what.rpartition(": ")
        digits = 1 if what.endswith("decided") else 4 if "rate" in what or "bursts" in what else 2
        cells.setdefault(what, {})[name] = f"{figure.value:.{digits}f} {figure.unit}".strip()
    names = list(dict.fromkeys(figure.what.rpartition(": ")[0] for figure in figures))
    lines = [f"| | {' | '.join(names)} |", "|---|" + "---:|" * len(names)]
    for what, row in cells.items():
        lines.append(f"| {what} | {' | '.join(row.get(name, '') for name in names)} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one short run, no files")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--folder", type=Path, default=DATA, help="with labelled files")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    given = parser.parse_args()
    figures = measure(given.quick, given.seeds, given.folder, given.set)
    if given.json:
        print(json.dumps({"machine": machine(), "figures": [asdict(f) for f in figures]}))
    else:
        print(table(figures))


if __name__ == "__main__":
    main()
