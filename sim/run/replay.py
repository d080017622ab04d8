"""Replay: compute a run again from configuration, seed and journal, and compare every step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from sim.archive.directory import RunDirectory
from sim.config.load import LoadedConfig
from sim.config.parameters import parameter_named, parse_value
from sim.errors import VerificationError
from sim.ledger.reader import LedgerReader, open_read_only
from sim.numerics.versions import versions
from sim.plugins.usage import INVENTORY, other_versions
from sim.run.past_plugins import check_plugins
from sim.run.run import Parts, Run, make_parts
from sim.steering.journal import recorded_orders
from sim.text import shown
from sim.traffic.build import traffic_digest

OnStep = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What a replay found."""

    ok: bool
    steps: int
    """Steps that are identical."""
    head: str
    """Chain head after the last identical step, hex."""
    recorded_head: str
    """Chain head that the run recorded, hex."""
    first_difference: str
    """Where the replay differs first, or empty."""
    executor: str
    notes: tuple[str, ...] = ()
    """Circumstances that may explain a difference."""

    def as_dict(self) -> dict[str, object]:
        """Plain data for `--json`."""
        return {**asdict(self), "notes": list(self.notes)}


def replay_run(
    run_dir: Path, executor: str | None = None, on_step: OnStep | None = None
) -> ReplayReport:
    """Replay a run in a temporary ledger.

    Args:
        run_dir: the run directory; it is only read.
        executor: compute it on another executor than the run did.
        on_step: called with the number of steps compared so far.

    Raises:
        InputError: the run directory or its traffic is unusable.
        VerificationError: the journal is no journal.
    """
    directory = RunDirectory.open(run_dir)
    loaded = directory.load()
    if executor is not None:
        loaded = _on_executor(loaded, executor)
    reader = open_read_only(directory.ledger_file)
    try:
        run = newborn(loaded, reader)
        try:
            return _compare(run, reader, on_step)
        finally:
            run.close()
    finally:
        reader.close()


def newborn(loaded: LoadedConfig, reader: LedgerReader) -> Run:
    """A run that begins as the recorded one did, in a temporary ledger.

    Raises:
        InputError: its traffic is unusable.
        VerificationError: its traffic is not what it was.
    """
    # What the scenario gave is in the journal; giving it again would do it twice.
    return Run(replace(loaded, timeline=()), recorded_parts(loaded, reader), None)


def recorded_parts(loaded: LoadedConfig, reader: LedgerReader) -> Parts:
    """What the recorded run was built from.

    Raises:
        InputError: its traffic is unusable.
        VerificationError: its traffic is not what it was.
    """
    check_plugins(reader)
    # Before anything is read as traffic: a stranger's run may name any file.
    if reader.meta().get("traffic_digest", "") != traffic_digest(loaded.config):
        path = loaded.config.traffic.path
        where = shown(path) if path else "traffic.path: empty"
        raise VerificationError(f"{where}: is not the file that the run observed")
    return make_parts(loaded)


def repeat(run: Run, reader: LedgerReader, until: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Compute the recorded steps after the present one, one by one.

    Args:
        run: stands after one of them, or at the beginning.
        reader: of the record.
        until: the last step that is computed; None is the last one recorded.

    Yields:
        Step, and the head that was recorded for it.
    """
    journal = recorded_orders(reader)
    for step, head in reader.heads(run.simulation.now):
        if until is not None and step > until:
            break
        run.advance(journal.get(step, ()))
        yield step, head


def _compare(run: Run, reader: LedgerReader, on_step: OnStep | None) -> ReplayReport:
    difference, steps = "", 0
    head = run.ledger.head_hex
    for step, recorded in repeat(run, reader):
        if run.ledger.head != recorded:
            here, there = run.ledger.head_hex[:16], recorded.hex()[:16]
            difference = f"step {step}: head {here}…, recorded {there}…"
            break
        steps, head = step, run.ledger.head_hex
        if on_step is not None:
            on_step(step)
    if not difference and reader.head() != run.ledger.head:
        difference = "the ledger ends with other rows than its last step"
    return ReplayReport(
        ok=not difference,
        steps=steps,
        head=head,
        recorded_head=reader.head().hex(),
        first_difference=difference,
        executor=run.simulation.executor.name,
        notes=(*run.notices, *_other_versions(reader.meta())),
    )


def _on_executor(loaded: LoadedConfig, executor: str) -> LoadedConfig:
    config = loaded.config.model_copy(deep=True)
    name = parse_value(parameter_named("simulation.executor"), executor)
    config.simulation.executor = name  # type: ignore[assignment]
    return replace(loaded, config=config)


def _other_versions(meta: dict[str, str]) -> tuple[str, ...]:
    pairs = [(name, meta.get(f"version.{name}"), now) for name, now in versions().items()]
    pairs += other_versions(meta.get(INVENTORY, ""))
    return tuple(
        f"recorded with {n} {then}, this is {now}" for n, then, now in pairs if then and then != now
    )
