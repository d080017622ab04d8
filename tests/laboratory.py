"""Small whole experiments with a real ledger, for tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sim.commands import InjectAttack, Order, SetAdversaries, Steering, Targets
from sim.config.document import TimelineEntry
from sim.config.load import LoadedConfig
from sim.config.parameters import Value
from sim.config.schema import Config
from sim.engine.engine import Engine
from sim.ledger.ballots import Ballots, unpack_ballots
from sim.ledger.reader import LedgerReader
from sim.run.run import Run, make_parts
from sim.snapshot import Confusion

SMALL: Mapping[str, Value] = {
    "simulation.agents": 16,
    "simulation.executor": "sequential",
    "traffic.batch_size": 24,
    "detection.detector": "mahalanobis",
    "detection.window": 96,
    "detection.threshold": 0.6,
    "detection.min_window": 48,
    "detection.refit_interval": 8,
    "detection.refit_share": 1.0,
    "signature.min_flows": 3,
    "consensus.expiry_steps": 6,
}
"""Sixteen agents that have models after two steps."""

Given = Mapping[int, Sequence[Steering]]
"""Step → the commands given live before it."""

SCAN = InjectAttack("port_scan", intensity=0.8, duration=8, targets=Targets(fraction=0.5))
FLOOD = InjectAttack("ddos", intensity=0.9, duration=6, targets=Targets(fraction=0.4))
EVENTFUL: Given = {
    6: (SCAN,),
    7: (SetAdversaries("poison", Targets(fraction=0.2)),),
    11: (FLOOD,),
}
"""Attacks and poison: gives accepted, rejected and expired signatures."""


def loaded(
    settings: Mapping[str, Value] | None = None,
    timeline: Iterable[tuple[int, Steering]] = (),
) -> LoadedConfig:
    """The small configuration with some other settings (`section.key` → value)."""
    sections: dict[str, dict[str, Value]] = {}
    for key, value in {**SMALL, **(settings or {})}.items():
        section, name = key.split(".")
        sections.setdefault(section, {})[name] = value
    entries = tuple(TimelineEntry(at, command) for at, command in timeline)
    return LoadedConfig(Config.model_validate(sections), sources={}, timeline=entries)


def opened_engine(config: LoadedConfig, folder: Path | None = None) -> Engine:
    """An engine with everything built, ready for `run`."""
    engine = Engine(config, folder)
    engine.open()
    return engine


@contextmanager
def opened(
    settings: Mapping[str, Value] | None = None,
    timeline: Iterable[tuple[int, Steering]] = (),
    file: Path | None = None,
) -> Iterator[Run]:
    """An experiment, closed at the end."""
    configuration = loaded(settings, timeline)
    experiment = Run(configuration, make_parts(configuration), file)
    try:
        yield experiment
    finally:
        experiment.close()


def advance(experiment: Run, steps: int, given: Given | None = None) -> None:
    """Do some steps with what is given live."""
    for _ in range(steps):
        commands = (given or {}).get(experiment.simulation.now + 1, ())
        experiment.advance([Order(command) for command in commands])


def head_of(
    settings: Mapping[str, Value] | None = None,
    steps: int = 16,
    given: Given | None = None,
    timeline: Iterable[tuple[int, Steering]] = (),
) -> str:
    """The chain head after some steps of an eventful run."""
    with opened(settings, timeline) as experiment:
        advance(experiment, steps, EVENTFUL if given is None else given)
        return experiment.ledger.head_hex


def figures(confusion: Confusion) -> tuple[int, int, int, int]:
    """The four counts."""
    return confusion.tp, confusion.fp, confusion.fn, confusion.tn


def ballots_of(reader: LedgerReader, signature: int) -> Ballots:
    """All ballots on one signature, in the order of its tallies."""
    return unpack_ballots(b"".join(row.ballots for _, row in reader.tallies(signature)))
