"""`fork`: a new run that shares the past of another, and goes its own way from there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from tui.command_line.help import Helpful
from tui.command_line.options import RunOptions, run_options
from tui.command_line.output import notify
from tui.command_line.progress import progress
from tui.command_line.proof import allow_traffic_option
from tui.command_line.run import Reporting, drive, opened, steps_type
from tui.command_line.run_name import run_argument
from tui.command_line.session import Session, pass_session

if TYPE_CHECKING:
    from pathlib import Path

    from sim.archive.directory import RunDirectory
    from sim.commands import SetParameter
    from sim.config.parameters import Value
    from sim.engine.engine import Engine

_OF_THE_PAST = ("--config", "--scenario", "--traffic", "--agents", "--seed")
_ELSEWHERE = ("executor", "workers", "host")
_DIGITS = 12


class _Step(click.ParamType[int]):
    """A step that is recorded, 0 for the beginning."""

    name = "step"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        text = str(value).strip()
        if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
            raise click.UsageError(f"--at: {value!a} is not a step, expected a whole number ≥ 0")
        return int(text)


@click.command(
    cls=Helpful,
    epilog="decsim-tui fork --at 40 --set consensus.quorum=0.8\n"
    "decsim-tui fork worm-2026 --at 100 --steps 200 --json\n"
    "decsim-tui fork RUN --at 0 --executor threads --run-dir again",
)
@run_argument
@click.option("--at", type=_Step(), metavar="STEP", required=True, help="The last shared step.")
@click.option("--steps", type=steps_type, metavar="N", help="Steps to do beyond STEP.")
@run_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--quiet", is_flag=True, help="No progress bar, no summary.")
@click.option("--verbose", is_flag=True, help="The log on stderr instead of a progress bar.")
@allow_traffic_option
@pass_session
def fork(
    session: Session,
    name: str | None,
    at: int,
    steps: int | None,
    options: RunOptions,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    allow_traffic: bool,
) -> int:
    """Do a new run that shares the past of RUN up to STEP.

    What --set changes is a command of the next step, so only live keys can be set. The timeline of
    the scenario goes on. Without --steps, the fork goes as far as RUN was asked to go, or has gone.
    """
    how = Reporting(as_json, quiet, verbose)
    commands, settings = _changes(options)
    path = options.run_path
    from sim.archive.consent import check_traffic
    from sim.archive.kept import find_run

    source = find_run(name)
    if not allow_traffic:
        check_traffic(source)
    more = _steps_beyond(source, at, steps)
    made = _fork(source, at, commands, settings, path)
    session.log_file = made.log_file
    engine = _engine(made, at, how)
    code = drive(session, engine, opened, more, how)
    from sim.archive.fork import refusals

    for refusal in refusals(made, at + 1):
        notify(refusal)
    return code


def _changes(options: RunOptions) -> tuple[list[SetParameter], dict[str, Value]]:
    """What the fork does otherwise: commands, and settings that decide no result.

    Raises:
        click.UsageError: something that began before the fork would have to be another.
        ConfigError: a key or a value is none.
    """
    for option in options.given:
        if option in _OF_THE_PAST:
            raise click.UsageError(
                f"{option}: a fork shares the past of its run, which began with another value;"
                " expected only --set of live keys, --executor, --workers, --host, --run-dir"
            )
    from sim.config.load import parse_settings

    said = [f"simulation.{name}={value}" for name in _ELSEWHERE if (value := _said(options, name))]
    settings = parse_settings(options.settings)
    return _commands(settings), _neutral(settings) | parse_settings(said)


def _said(options: RunOptions, name: str) -> str:
    return (getattr(options, name) or "").strip()


def _commands(settings: dict[str, Value]) -> list[SetParameter]:
    """The live ones among the settings, as commands."""
    from sim.commands import SetParameter
    from sim.config.digest import is_neutral
    from sim.config.document import check_parameter
    from sim.config.parameters import parameter_named
    from sim.errors import ConfigError

    commands = []
    for key, value in settings.items():
        if not parameter_named(key).live and is_neutral(key):
            continue
        command = SetParameter(key, value)
        try:
            check_parameter(command)
        except ConfigError as error:
            raise ConfigError(f"--set: {error}; a fork shares the past of its run") from None
        commands.append(command)
    return commands


def _neutral(settings: dict[str, Value]) -> dict[str, Value]:
    from sim.config.parameters import parameter_named

    return {key: value for key, value in settings.items() if not parameter_named(key).live}


def _steps_beyond(source: RunDirectory, at: int, steps: int | None) -> int:
    """How many steps the fork does after the one that it begins at."""
    if steps is not None:
        return steps
    from sim.archive.overview import recorded_steps

    goal = source.goal if source.goal is not None else recorded_steps(source) or 0
    return max(goal - at, 0)


def _fork(
    source: RunDirectory,
    at: int,
    commands: Iterable[SetParameter],
    settings: dict[str, Value],
    path: Path | None,
) -> RunDirectory:
    from sim.archive.fork import fork_run

    return fork_run(source, at, list(commands), settings, path)


def _engine(made: RunDirectory, at: int, how: Reporting) -> Engine:
    """The engine of the fork, where it begins; without it the fork is not kept."""
    import shutil

    from sim.engine.resuming import resume_run

    try:
        with progress("replay", at, quiet=how.no_bar) as advance:
            return resume_run(made.path, advance)
    except BaseException:
        shutil.rmtree(made.path, ignore_errors=True)
        raise
