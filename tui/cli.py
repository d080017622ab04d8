"""The entry point `decsim-tui`: commands put together, failures turned into one line and a code.

Commands import what they need when they are called, so that `--help` costs nothing but click and
the app's first picture does not wait for the simulation's libraries.
"""

from __future__ import annotations

import atexit
import errno
import gc
import os
import resource
import sys
from collections.abc import Sequence
from contextlib import suppress

import click

from sim.config.paths import keeps_runs
from tui.command_line.attach import attach
from tui.command_line.compare import compare
from tui.command_line.completion import VARIABLE, answer
from tui.command_line.config import config
from tui.command_line.doctor import doctor
from tui.command_line.export import export
from tui.command_line.fork import fork
from tui.command_line.help import GroupedOption, SuggestingGroup, wants_colour
from tui.command_line.lists import plugins, scenarios, themes
from tui.command_line.options import RunOptions, run_options
from tui.command_line.outcome import summary
from tui.command_line.output import accept_any_text, complain, give_up, notify, open_streams
from tui.command_line.pack import pack
from tui.command_line.proof import NOT_VERIFIED, replay, verify
from tui.command_line.ps import ps
from tui.command_line.render import render
from tui.command_line.report import report
from tui.command_line.run import resume, run
from tui.command_line.runs import runs
from tui.command_line.session import Session
from tui.command_line.sharing import share_option
from tui.command_line.signals import INTERRUPTED, handled, interrupt
from tui.command_line.start import start
from tui.command_line.stop import stop
from tui.command_line.sweep import sweep
from tui.command_line.view_options import ViewOptions, view_options
from tui.command_line.web import web
from tui.terminal.garbage import put_off

FAILED = 1
BAD_INPUT = 2
_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
_SCARCE = (*_UNWRITABLE, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EROFS, errno.EAGAIN)
"""What the machine has none of now: no mistake of the program."""
PRIVATE = 0o077
"""What is written is nobody else's, whatever library writes it."""


def _print_version(ctx: click.Context, _option: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"decsim-tui {version('decsim-tui')}")
        ctx.exit()


@click.group(
    cls=SuggestingGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="decsim-tui\n"
    "decsim-tui --scenario worm --agents 400 --paused\n"
    "decsim-tui run --steps 200 --set consensus.quorum=0.7\n"
    "decsim-tui runs; decsim-tui resume",
)
@run_options
@view_options
@share_option
@click.option(
    "--paused", is_flag=True, cls=GroupedOption, section="The screen", help="Begin paused."
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_version,
    help="Print the version.",
)
@click.pass_context
def command(
    ctx: click.Context,
    options: RunOptions,
    view: ViewOptions,
    share_group: str | None,
    paused: bool,
) -> int | None:
    """A live laboratory for decentralised anomaly detection, in a terminal.

    Without a command, open the app on a new run. RUN is a run directory, a run id or its
    unique beginning; left out, it is the last run.
    """
    further = (*(["--share-group"] if share_group else []), *(["--paused"] if paused else []))
    given = (*options.given, *view.given, *further)
    if ctx.invoked_subcommand is not None:
        if given:
            raise click.UsageError(
                f"{given[0]} stands before {ctx.invoked_subcommand!r}, expected after it"
            )
        return None
    if not given and keeps_runs():
        from tui.command_line.arriving import arrive

        return arrive(ctx, ctx.ensure_object(Session))
    with put_off():
        from tui.command_line.curtain import Curtain

        with Curtain(ascii_only=view.ascii) as curtain:
            from tui.command_line.opening import open_new

            return open_new(options, view, paused=paused, curtain=curtain, share_group=share_group)


command.sections = {
    "Runs": (run, resume, fork, sweep, start, ps, attach, web, stop),
    "Records": (runs, summary, compare, verify, replay, pack, report, export, render),
    "Set-up": (config, scenarios, themes, plugins, doctor),
}
command.understood = {"show": "summary"}
for _section in command.sections.values():
    for _command in _section:
        command.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit code: 0 done, 1 failed, 2 bad input, 3 verification failed, 130 interrupted.
    """
    open_streams()
    os.umask(PRIVATE)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # more gain nothing here, and may be refused
    accept_any_text()
    # Going over all objects of the big libraries once more at exit would take half a second.
    atexit.register(gc.freeze)
    session = Session()
    try:
        with handled(interrupt):
            code = _invoke(sys.argv[1:] if arguments is None else list(arguments), session)
            sys.stdout.flush()
    except KeyboardInterrupt:
        kept = f", the run is kept in {session.log_file.parent}" if session.log_file else ""
        notify(f"interrupted{kept}")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader left, as in `| head`. Nothing more can be said, not even at exit.
        give_up(sys.stdout)
        return FAILED
    except Exception as error:
        return _explain(error, session)
    return code


def _invoke(arguments: list[str], session: Session) -> int:
    # Not `command.main`: that prints an empty line of its own when it is interrupted.
    instruction = os.environ.get(VARIABLE)
    if instruction:
        return answer(command, instruction)
    try:
        with command.make_context(
            "decsim-tui", arguments, obj=session, color=wants_colour()
        ) as context:
            code = command.invoke(context)
    except click.exceptions.Exit as ending:
        code = ending.exit_code
    return code if isinstance(code, int) else 0


def _explain(error: Exception, session: Session) -> int:
    """Say in one line what went wrong, and give the exit code for it."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return BAD_INPUT
    if isinstance(error, click.ClickException):
        complain(error.format_message())
        return BAD_INPUT
    from sim.errors import (
        DecsimError,
        InputError,
        LedgerCorruptError,
        VerificationError,
        scarcity,
    )
    from sim.text import shown

    if isinstance(error, DecsimError):
        complain(str(error))
        if isinstance(error, InputError):
            return BAD_INPUT
        damaged = isinstance(error, VerificationError | LedgerCorruptError)
        return NOT_VERIFIED if damaged else FAILED
    if isinstance(error, OSError) and error.filename is None and error.errno in _UNWRITABLE:
        give_up(sys.stdout)
        complain(f"stdout cannot be written ({error.strerror})")
        return FAILED
    if isinstance(error, OSError) and error.filename is not None and error.errno in _SCARCE:
        complain(f"{shown(os.fspath(error.filename))}: {error.strerror}")
        return FAILED
    if short := scarcity(error):
        complain(short)
        return _without_clearing_up()
    log = session.record(error)
    where = f" (traceback in {log})" if log else ""
    complain(f"unexpected {type(error).__name__}: {error}{where}")
    return FAILED


def _without_clearing_up() -> int:
    """Leave at once where memory is limited: libraries that got none crash when unloaded."""
    if resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY:
        with suppress(OSError):
            sys.stdout.flush()
        os._exit(FAILED)
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
