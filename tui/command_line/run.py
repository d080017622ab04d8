"""`run` and `resume`: a run without a screen, and the continuation of one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.command_line.options import RunOptions, run_options
from tui.command_line.output import notify, print_json
from tui.command_line.progress import progress
from tui.command_line.session import Session, pass_session
from tui.command_line.signals import INTERRUPTED, StopRequest, handled

if TYPE_CHECKING:
    from sim.engine import Engine


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
_steps = _Steps()


@click.command()
@click.option("--steps", type=_steps, metavar="N", required=True, help="Steps to do.")
@run_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--quiet", is_flag=True, help="No progress bar, no summary.")
@pass_session
def run(session: Session, steps: int, options: RunOptions, as_json: bool, quiet: bool) -> int:
    """Do a new run without a screen."""
    loaded = options.load()
    path = options.run_path
    from sim.engine import open_run

    engine = open_run(loaded, path)
    return _drive(session, engine, steps, done=0, as_json=as_json, quiet=quiet)


@click.command()
@click.argument("run_dir", metavar="RUN_DIR")
@click.option("--steps", type=_steps, metavar="N", help="Steps to do beyond those recorded.")
@click.option("--headless", is_flag=True, help="Without a screen.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; implies --headless.")
@pass_session
def resume(session: Session, run_dir: str, steps: int | None, headless: bool, as_json: bool) -> int:
    """Continue an interrupted run.

    Without --steps, a run without a screen goes on to the number of steps that was asked for when
    it began.
    """
    from sim.runs import RunDirectory

    directory = RunDirectory.open(Path(run_dir))
    session.log_file = directory.log_file
    if not (headless or as_json):
        from tui.command_line.screen import open_resumed

        return open_resumed(session, directory)
    if steps is None and directory.goal is None:
        raise click.UsageError(
            f"{directory.path}: has no number of steps to go on to, give --steps"
        )
    from sim.resume import resume_run

    with progress("replay", None) as advance:
        engine = resume_run(directory.path, advance)
    done = engine.snapshot.step
    missing = steps if steps is not None else (directory.goal or 0) - done
    return _drive(session, engine, max(missing, 0), done=done, as_json=as_json, quiet=False)


def _drive(
    session: Session, engine: Engine, steps: int, *, done: int, as_json: bool, quiet: bool
) -> int:
    """Run in the foreground, report, and give the exit code."""
    directory = engine.run_directory
    session.log_file = directory.log_file
    request = StopRequest(engine.request_stop)
    try:
        directory.set_goal(done + steps)
        with handled(request), progress("run", done + steps, done=done, quiet=quiet) as advance:
            engine.run(steps, advance)
    except KeyboardInterrupt:
        request.made = True
    finally:
        engine.close()
    summary = engine.summary()
    if as_json:
        print_json(summary)
    if request.made:
        notify(
            f"interrupted at step {summary['steps']}, kept in {directory.path}, continue: "
            f"decsim-tui resume {directory.path} --headless"
        )
        return INTERRUPTED
    if not as_json and not quiet:
        from tui.command_line.summary import print_summary

        print_summary(summary)
    return 0
