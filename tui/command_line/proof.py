"""`replay` and `verify`: is a recorded run what it claims to be?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.text import quantity
from tui.command_line.output import complain, notify, print_json
from tui.command_line.progress import progress
from tui.command_line.run_name import run_argument
from tui.command_line.session import Session, pass_session

if TYPE_CHECKING:
    from sim.archive.directory import RunDirectory
    from sim.run.replay import ReplayReport


class _Head(click.ParamType[str]):
    """The head of a chain, hex, or enough of its beginning to tell it from others."""

    name = "head"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        text = str(value).strip().lower()
        if text and not re.fullmatch("[0-9a-f]{8,64}", text):
            raise click.UsageError(f"--expect-head: {value!a} is not a head, expected 8 to 64 hex")
        return text


expect_head = click.option(
    "--expect-head",
    "head",
    type=_Head(),
    default="",
    metavar="HEX",
    help="The head, or its beginning, as it was noted elsewhere.",
)
allow_traffic_option = click.option(
    "--allow-traffic",
    is_flag=True,
    help="Read the traffic file that config.yaml names, whatever it is.",
)
NOT_VERIFIED = 3
"""Exit code where a ledger or a replay differs."""


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count:,} entries"


@click.command()
@run_argument
@expect_head
@click.option("--executor", metavar="auto|sequential|threads|ray", help="Compute it elsewhere.")
@allow_traffic_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def replay(
    session: Session,
    name: str | None,
    head: str,
    executor: str | None,
    allow_traffic: bool,
    as_json: bool,
) -> int:
    """Compute a run again from configuration, seed and journal, and compare every step.

    In the place of RUN a pack will do (FILE.zip, see `pack`).
    """
    from sim.config.parameters import parameter_named, parse_value

    if executor is not None:
        executor = str(parse_value(parameter_named("simulation.executor"), executor))
    with _at_hand(name, head) as runs:
        reports = [
            (label, _replayed(run, expected, executor, allow_traffic))
            for label, run, expected in runs
        ]
    for label, report in reports:
        if report.ok and not as_json:
            click.echo(f"identical: {quantity(report.steps, 'step')}, head {report.head}")
        if not report.ok:
            notes = "".join(f"; {note}" for note in report.notes)
            complain(f"{label}: the replay differs: {report.first_difference}{notes}")
    if as_json:
        _print_all([(label, report.as_dict()) for label, report in reports])
    return 0 if all(report.ok for _, report in reports) else NOT_VERIFIED


def _replayed(
    run: RunDirectory, head: str, executor: str | None, allow_traffic: bool
) -> ReplayReport:
    from sim.archive.consent import check_traffic
    from sim.archive.overview import recorded_steps

    if head:
        run.check(head)
    if not allow_traffic:
        check_traffic(run)
    from sim.run.replay import replay_run

    with progress("replay", recorded_steps(run)) as advance:
        return replay_run(run.path, executor, advance)


@click.command()
@run_argument
@expect_head
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(name: str | None, head: str, as_json: bool) -> int:
    """Check the hash chain and the schema of a ledger.

    In the place of RUN a pack will do (FILE.zip, see `pack`).
    """
    with _at_hand(name, head) as runs:
        found = [(label, run.verify(expected)) for label, run, expected in runs]
    for label, each in found:
        for note in each.notes:
            notify(f"{label}/ledger.db: {note}")
    for label, each in found:
        if each.ok and not as_json:
            click.echo(f"intact: {_entries(each.rows)}, head {each.head}")
        if not each.ok:
            more = f" (and {len(each.problems) - 1} more)" if len(each.problems) > 1 else ""
            complain(f"{label}/ledger.db: {each.first_bad}{more}")
    if as_json:
        _print_all([(label, _as_dict(each)) for label, each in found])
    return 0 if all(each.ok for _, each in found) else NOT_VERIFIED


def _as_dict(found: Any) -> dict[str, object]:
    return {
        "ok": found.ok,
        "rows": found.rows,
        "head": found.head,
        "first_bad": found.first_bad and found.first_bad._asdict(),
        "problems": [problem._asdict() for problem in found.problems],
    }


def _print_all(results: list[tuple[str, dict[str, object]]]) -> None:
    """One object: that of the run, or what became of each run of a pack with several."""
    if len(results) == 1:
        print_json(results[0][1])
        return
    every = all(result["ok"] for _, result in results)
    print_json({"ok": every, "runs": [{"run": label} | result for label, result in results]})


@contextmanager
def _at_hand(name: str | None, head: str) -> Iterator[list[tuple[str, RunDirectory, str]]]:
    """The runs that are meant: what to call each, where it is, and the head that it must have."""
    from sim.archive.kept import find_run
    from sim.archive.unpack import is_pack, unpacked

    if name is None or not is_pack(name):
        run = find_run(name)
        yield [(str(run.path), run, head)]
        return
    with unpacked(Path(name)) as runs:
        if head and len(runs) > 1:
            raise click.UsageError(f"--expect-head: {name} has several runs, expected one")
        yield [
            (f"{name}: {each.directory.run_id}", each.directory, head or each.head) for each in runs
        ]
