"""What sharing signatures protects from, on recorded attacks that come in waves.

`python tests/benchmarks/run.py protection`, or by itself with more to choose:
`python tests/benchmarks/protection.py [--quick] [--json] [--seeds N] [--folder DIR]
[--file NAME ...] [--adversary NAME@SHARE ...] [--natural] [--central]
[--votes real|coins|everything] [--no-last-word] [--set KEY=VALUE ...] [--plot FILE.svg]`

Every labelled file of a folder (by default the test data) is dealt in waves: 20 agents, batches of
16, skew .7. Five measures, with owner, second opinions, signatures and collective side by side:

* first contact: recall on the flows of the first step of a kind at agents that it reaches four or
  more steps after the first of all;
* cost: precision and false-positive rate of what accepted signatures flag;
* protection: steps from the first flow of a kind anywhere to its first accepted signature, share of
  the agents not reached by then, kinds protected;
* gain: F1 and false-positive rate of the collective less those of the owner;
* verdicts: accepted shares of attacks, false alarms and poison, and the areas under the ROC curves
  of the share that confirmed and of the verdict, attacks against everything else.

Intervals are 95 % intervals of the mean over the seeds by Student's t. `--natural` takes the files
in the order in which they were recorded, dealt evenly, instead of in waves; `--votes` and
`--no-last-word` are controls (see `controls.py`); `--central` has one model that sees all traffic
beside them (slow; always in `run.py`).
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, fields
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from consensus import areas, interval  # noqa: E402 - found beside this file
from controls import VOTES, Control, both  # noqa: E402
from detection_quality import DATA, Watch  # noqa: E402
from timing import Figure, machine  # noqa: E402

from sim.config.load import load_config  # noqa: E402
from sim.errors import DecsimError  # noqa: E402
from sim.run.run import Run, make_parts  # noqa: E402
from sim.snapshot import Confusion, FirstContact  # noqa: E402

WAVES = ("traffic.deal=waves",)
NATURAL = ("traffic.order=file",)
COMMON = (
    "simulation.executor=sequential",
    "traffic.batch_size=16",
    "traffic.skew=0.7",
    "monitoring.tuner=false",
    "monitoring.health=false",
)
ADVERSARIES = ("none", "poison@0.2", "collude@0.2", "spam@0.2", "flip_votes@0.2")
SEEDS = 5
LONGEST = 400
"""Steps of a file in its natural order, at most."""
NAN = math.nan


@dataclass(frozen=True)
class Outcome:
    """One run; NaN where something is not defined."""

    f1_owner: float
    f1_second_opinion: float
    f1_signatures: float
    f1_collective: float
    f1_central: float
    fpr_owner: float
    fpr_second_opinion: float
    fpr_signatures: float
    fpr_collective: float
    gain: float
    """F1 of the collective less the owner's."""
    rise: float
    """False-positive rate of the collective less the owner's."""
    precision_signatures: float
    recall_signatures: float
    contact_owner: float
    contact_collective: float
    contact_signatures: float
    kinds: float
    protected: float
    steps_to_protection: float
    not_reached: float
    accepted_attacks: float
    accepted_false_alarms: float
    accepted_poison: float
    area_confirming: float
    area_accepted: float


def run(file: Path, seed: int, settings: Sequence[str], central: bool) -> Outcome:
    """One file with one seed."""
    more = [f"traffic.path={file}", f"simulation.seed={seed}", *COMMON, *settings]
    loaded = load_config(settings=more, options={"traffic.path": ("--traffic", str(file))},
                         environment={})  # fmt: skip
    run = Run(loaded, make_parts(loaded), None)
    try:
        watch = Watch(run) if central else None
        while not run.simulation.finished and run.simulation.now < LONGEST:
            run.advance()
        middle = watch.outcome().rates["central"].f1 if watch else NAN
        return outcome_of(run, middle)
    finally:
        run.close()


def outcome_of(run: Run, central: float) -> Outcome:
    """The measures of a run that is over."""
    quality = run.simulation.quality.view()
    owner, second = quality.solo, quality.second_opinion
    signatures, collective = quality.by_signatures, quality.collective
    contact, protection = quality.first_contact, quality.protection
    accepted = {t: a / n if n else NAN for t, (a, n) in quality.acceptance.items()}
    values = [
        *(_number(c.f1) for c in (owner, second, signatures, collective)),
        central,
        *(_rate(c) for c in (owner, second, signatures, collective)),
        _number(collective.f1) - _number(owner.f1),
        _rate(collective) - _rate(owner),
        _number(signatures.precision),
        _number(signatures.recall),
        *_recalls(contact),
        protection.kinds,
        protection.protected,
        _number(protection.steps),
        _number(protection.not_reached),
        *(accepted[truth] for truth in ("attack", "false_alarm", "poison")),
        *areas(run),
    ]
    return Outcome(*values)


def _recalls(contact: FirstContact) -> Iterator[float]:
    for caught in (contact.solo, contact.collective, contact.by_signatures):
        yield _number(contact.recall(caught))


def _rate(confusion: Confusion) -> float:
    return _number(confusion.false_positive_rate)


def _number(value: float | None) -> float:
    return NAN if value is None else float(value)


def usable(folder: Path, names: Sequence[str] = ()) -> Iterator[Path]:
    """The files of a folder that waves can be made of."""
    for file in sorted(p for p in folder.iterdir() if p.is_file()):
        if names and not any(name in file.name for name in names):
            continue
        settings = [f"traffic.path={file}", *COMMON, *WAVES]
        try:
            options = {"traffic.path": ("--traffic", str(file))}
            make_parts(load_config(settings=settings, options=options, environment={}))
        except DecsimError as error:
            print(f"left out: {error}", file=sys.stderr)
            continue
        yield file


def cell(adversary: str) -> tuple[str, ...]:
    """The settings of `none` or `NAME@SHARE`."""
    if adversary == "none":
        return ()
    name, _, share = adversary.partition("@")
    return f"adversary.behaviour={name}", f"adversary.fraction={share or '0.2'}"


def figures_of(name: str, outcomes: Sequence[Outcome]) -> Iterator[Figure]:
    """The means of some runs; what is undefined in all of them is left out."""
    for field in fields(Outcome):
        mean, half = interval(getattr(outcome, field.name) for outcome in outcomes)
        if not math.isnan(mean):
            yield Figure(f"{name}: {field.name}", mean, "" if half is None else f"± {half:.3f}")


def measure(
    quick: bool,
    seeds: int = SEEDS,
    folder: Path = DATA,
    names: Sequence[str] = (),
    adversaries: Sequence[str] = ADVERSARIES,
    settings: Sequence[str] = (),
    natural: bool = False,
    votes: Control = nullcontext,
    central: bool = True,
) -> list[Figure]:
    """All files without and with adversaries, then all of them together."""
    files = list(usable(folder, names)) if folder.is_dir() else []
    chosen = range(1, 2 if quick else seeds + 1)
    figures: list[Figure] = []
    for adversary in adversaries[:1] if quick else adversaries:
        together: list[Outcome] = []
        for file in files[:1] if quick else files:
            more = (*(NATURAL if natural else WAVES), *cell(adversary), *settings)
            with votes():
                # The central model does not know who lies: once is enough.
                beside = central and not quick and adversary == "none"
                outcomes = [run(file, seed, more, beside) for seed in chosen]
            figures += figures_of(f"{file.name.split('.')[0]}, {adversary}", outcomes)
            together += outcomes
            print(f"{file.name}, {adversary}: {len(outcomes)} runs", file=sys.stderr, flush=True)
        figures += figures_of(f"all files, {adversary}", together)
        figures += worst(adversary, together, len(chosen))
    return figures


def worst(adversary: str, outcomes: Sequence[Outcome], seeds: int) -> Iterator[Figure]:
    """The worst file, by the means over its seeds."""
    files = [outcomes[i : i + seeds] for i in range(0, len(outcomes), seeds)]
    if files:
        gains = [interval(o.gain for o in some)[0] for some in files]
        rises = [interval(o.rise for o in some)[0] for some in files]
        yield Figure(f"worst file, {adversary}: gain", min(gains), "")
        yield Figure(f"worst file, {adversary}: rise", max(rises), "")


def table(figures: Sequence[Figure]) -> str:
    """A line for each cell, a column for each measure."""
    rows: dict[str, dict[str, str]] = {}
    for figure in figures:
        row, _, column = figure.what.rpartition(": ")
        rows.setdefault(row, {})[column] = f"{figure.value:.3f} {figure.unit}".strip()
    columns = [field.name for field in fields(Outcome)]
    lines = [f"| | {' | '.join(c.replace('_', ' ') for c in columns)} |"]
    lines.append("|---|" + "---:|" * len(columns))
    for name, cells in rows.items():
        lines.append(f"| {name} | {' | '.join(cells.get(c, '') for c in columns)} |")
    return "\n".join(lines)


def plot(figures: Sequence[Figure]) -> str:
    """Bars of first-contact recall by file: owner, collective, signatures alone; as SVG."""
    ways = (("contact_owner", "#8a8f98"), ("contact_collective", "#3b7dd8"),
            ("contact_signatures", "#e08a2e"))  # fmt: skip
    found = {tuple(f.what.split(": ")): f.value for f in figures if ", none: contact" in f.what}
    names = list(dict.fromkeys(row for row, _ in found))
    width, step = 860, 780 / max(1, len(names))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 250" font-family='
        '"sans-serif" font-size="11"><rect width="100%" height="100%" fill="white"/>'
    ]
    for tick in (0.0, 0.5, 1.0):
        y = 210 - 170 * tick
        parts.append(f'<path d="M40 {y:.1f}H840" stroke="#ccc"/>')
        parts.append(f'<text x="34" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for place, name in enumerate(names):
        left = 44 + place * step
        for way, (column, colour) in enumerate(ways):
            height = 170 * found.get((name, column), 0.0)
            parts.append(
                f'<rect x="{left + way * step * 0.27:.1f}" y="{210 - height:.1f}" fill="{colour}"'
                f' width="{step * 0.25:.1f}" height="{height:.1f}"/>'
            )
        first, _, rest = name.removesuffix(", none").partition("_")
        for line, title in enumerate((first, rest[:15])):
            parts.append(f'<text x="{left:.1f}" y="{225 + 14 * line}">{title}</text>')
    for way, (column, colour) in enumerate(ways):
        text, x = column.removeprefix("contact_"), 560 + 95 * way
        parts.append(f'<rect x="{x}" y="10" width="10" height="10" fill="{colour}"/>')
        parts.append(f'<text x="{x + 16}" y="19">{text}</text>')
    parts.append('<text x="40" y="19">Recall at first contact, attacks in waves</text></svg>')
    return "\n".join(parts)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one file, one seed")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--folder", type=Path, default=DATA, help="with labelled files")
    parser.add_argument("--file", action="append", default=[], help="part of a name")
    parser.add_argument("--adversary", action="append", help="none or NAME@SHARE")
    parser.add_argument("--natural", action="store_true", help="in the order of the file")
    parser.add_argument("--votes", choices=list(VOTES), default="real", help="or chance, or none")
    parser.add_argument("--no-last-word", action="store_true", help="of the owner of the traffic")
    parser.add_argument("--central", action="store_true", help="a central model beside them")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw first contacts as SVG")
    given = parser.parse_args()
    figures = measure(
        given.quick,
        given.seeds,
        given.folder,
        given.file,
        given.adversary or ADVERSARIES,
        given.set,
        given.natural,
        both(given.votes, not given.no_last_word),
        given.central,
    )
    if given.plot:
        given.plot.write_text(plot(figures), encoding="utf-8")
    if given.json:
        print(json.dumps({"machine": machine(), "figures": [asdict(f) for f in figures]}))
    else:
        print(table(figures))


if __name__ == "__main__":
    main()
