"""`run` and `resume`: a run without a screen, and the continuation of one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import click

from sim.text import command_line
from tui.command_line.help import Helpful
from tui.command_line.options import RunOptions, run_options
from tui.command_line.output import notify, print_json
from tui.command_line.progress import progress
from tui.command_line.proof import allow_traffic_option, expect_head
from tui.command_line.run_name import run_argument
from tui.command_line.session import Session, pass_session
from tui.command_line.sharing import share_option
from tui.command_line.signals import INTERRUPTED, StopRequest, handled
from tui.command_line.view_options import ViewOptions, view_options

if TYPE_CHECKING:
    from sim.engine.engine import Engine


class _Steps(click.ParamType[int]):
    """A number of steps."""

    name = "steps"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        text = str(value).strip()
        if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS and int(text) > 0):
            raise click.UsageError(f"--steps: {value!a} is not a whole number ≥ 1", ctx)
        return int(text)


_DIGITS = 12
steps_type = _Steps()


@dataclass(frozen=True, slots=True)
class Reporting:
    """What a run without a screen says while it runs and at its end."""

    as_json: bool
    quiet: bool
    verbose: bool

    def __post_init__(self) -> None:
        if self.quiet and self.verbose:
            raise click.UsageError("--quiet and --verbose say the opposite, expected one of them")

    @property
    def no_bar(self) -> bool:
        """Whether stderr is not for a progress bar."""
        return self.quiet or self.verbose


@click.command(
    cls=Helpful,
    epilog="decsim-tui run --steps 200\n"
    "decsim-tui run --steps 200 --scenario worm --json > worm.json\n"
    "decsim-tui run --steps 500 --traffic flows.csv --set consensus.quorum=0.7",
)
@click.option("--steps", type=steps_type, metavar="N", required=True, help="Steps to do.")
@run_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--quiet", is_flag=True, help="No progress bar, no summary.")
@click.option("--verbose", is_flag=True, help="The log on stderr instead of a progress bar.")
@pass_session
def run(
    session: Session, steps: int, options: RunOptions, as_json: bool, quiet: bool, verbose: bool
) -> int:
    """Do a new run without a screen."""
    loaded = options.load()
    path = options.run_path
    from sim.engine.engine import Engine

    engine = Engine(loaded, path)
    how = Reporting(as_json, quiet, verbose)
    return drive(session, engine, partial(engine.open, steps), steps, how)


@click.command(
    cls=Helpful,
    epilog="decsim-tui resume\ndecsim-tui resume quickstart-2026 --headless --steps 100",
)
@run_argument
@click.option("--steps", type=steps_type, metavar="N", help="Steps to do beyond those recorded.")
@click.option("--headless", is_flag=True, help="Without a screen.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; implies --headless.")
@click.option("--quiet", is_flag=True, help="No progress bar, no summary; implies --headless.")
@click.option("--verbose", is_flag=True, help="The log on stderr; implies --headless.")
@expect_head
@allow_traffic_option
@view_options
@share_option
@pass_session
def resume(
    session: Session,
    name: str | None,
    steps: int | None,
    headless: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    head: str,
    allow_traffic: bool,
    view: ViewOptions,
    share_group: str | None,
) -> int:
    """Continue an interrupted run.

    Without --steps, a run without a screen goes on to the number of steps that was asked for when
    it began.
    """
    from sim.archive.consent import check_traffic
    from sim.archive.kept import find_run

    how = Reporting(as_json, quiet, verbose)
    directory = find_run(name)
    if head:
        directory.check(head)
    if not allow_traffic:
        check_traffic(directory)
    session.log_file = directory.log_file
    if not (headless or as_json or quiet or verbose):
        from tui.command_line.opening import open_resumed

        return open_resumed(session, directory, view, share_group)
    if given := (*view.given, *(["--share-group"] if share_group else [])):
        raise click.UsageError(f"{given[0]} is for the app, expected without --headless")
    if steps is None and directory.goal is None:
        raise click.UsageError(
            f"{directory.path}: has no number of steps to go on to, give --steps"
        )
    from sim.archive.overview import recorded_steps
    from sim.engine.resuming import resume_run

    with progress("replay", recorded_steps(directory), quiet=how.no_bar) as advance:
        engine = resume_run(directory.path, advance)
    if steps is None:
        steps = max((directory.goal or 0) - engine.snapshot.step, 0)
    return drive(session, engine, opened, steps, how)


def opened() -> None:
    """What has been resumed is open already."""


def drive(
    session: Session,
    engine: Engine,
    begin: Callable[[], None],
    steps: int,
    how: Reporting,
) -> int:
    """Open, run in the foreground, report, and give the exit code."""
    if how.verbose:
        engine.log.echo(sys.stderr)
    request = StopRequest(lambda: _ask_to_stop(engine))
    with handled(request):
        try:
            begin()
            directory, done = engine.run_directory, engine.snapshot.step
            session.log_file = directory.log_file
            directory.set_goal(done + steps)
            # Only who insists interrupts a step; the steps recorded before it stay.
            with (
                suppress(KeyboardInterrupt),
                progress("run", done + steps, done=done, quiet=how.no_bar) as advance,
            ):
                engine.run(steps, advance)
            summary = engine.summary()
        finally:
            engine.close()
    if how.as_json:
        print_json(summary)
    if request.made:
        again = command_line("resume", directory.path, "--headless")
        notify(
            f"interrupted at step {summary['steps']}, kept in {directory.path}, continue: {again}"
        )
        return INTERRUPTED
    if not how.as_json and not how.quiet:
        from tui.command_line.summary import print_summary

        print_summary(summary)
    return 0


def _ask_to_stop(engine: Engine) -> None:
    """Let a run that has begun end by itself; drop one of which nothing is recorded yet."""
    from sim.errors import RunDirectoryError

    try:
        _ = engine.run_directory
    except RunDirectoryError:
        raise KeyboardInterrupt from None
    engine.request_stop()
