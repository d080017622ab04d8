"""`replay` and `verify`: is a recorded run what it claims to be?"""

from __future__ import annotations

import re

import click

from sim.text import quantity
from tui.command_line.output import complain, notify, print_json
from tui.command_line.progress import progress
from tui.command_line.run_name import run_argument
from tui.command_line.session import Session, pass_session


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
    """Compute a run again from configuration, seed and journal, and compare every step."""
    from sim.archive.consent import check_traffic
    from sim.archive.kept import find_run
    from sim.archive.overview import recorded_steps
    from sim.config.parameters import parameter_named, parse_value

    if executor is not None:
        executor = str(parse_value(parameter_named("simulation.executor"), executor))
    directory = find_run(name)
    if head:
        directory.check(head)
    if not allow_traffic:
        check_traffic(directory)
    from sim.run.replay import replay_run

    with progress("replay", recorded_steps(directory)) as advance:
        report = replay_run(directory.path, executor, advance)
    if as_json:
        print_json(report.as_dict())
    elif report.ok:
        click.echo(f"identical: {quantity(report.steps, 'step')}, head {report.head}")
    if not report.ok:
        notes = "".join(f"; {note}" for note in report.notes)
        complain(f"{directory.path}: the replay differs: {report.first_difference}{notes}")
    return 0 if report.ok else NOT_VERIFIED


@click.command()
@run_argument
@expect_head
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(name: str | None, head: str, as_json: bool) -> int:
    """Check the hash chain and the schema of a ledger."""
    from sim.archive.kept import find_run

    directory = find_run(name)
    found = directory.verify(head)
    for note in found.notes:
        notify(f"{directory.ledger_file}: {note}")
    if as_json:
        print_json(
            {
                "ok": found.ok,
                "rows": found.rows,
                "head": found.head,
                "first_bad": found.first_bad and found.first_bad._asdict(),
                "problems": [problem._asdict() for problem in found.problems],
            }
        )
    elif found.ok:
        click.echo(f"intact: {_entries(found.rows)}, head {found.head}")
    if found.ok:
        return 0
    more = f" (and {len(found.problems) - 1} more)" if len(found.problems) > 1 else ""
    complain(f"{directory.ledger_file}: {found.first_bad}{more}")
    return NOT_VERIFIED
