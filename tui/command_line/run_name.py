"""RUN on the command line: a run directory, a run id or its unique beginning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., Any])


class _RunName(click.ParamType[str]):
    """The name of a run; what it stands for is looked up by `sim.archive.kept.find_run`."""

    name = "run"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The runs kept here, and folders."""
        from sim.archive.kept import kept_runs

        ids = [run.run_id for run in kept_runs() if run.run_id.isprintable()]
        runs = [CompletionItem(name) for name in ids if name.startswith(incomplete)]
        return runs or [CompletionItem(incomplete, type="dir")]


run_type = _RunName()
run_argument = click.argument("name", metavar="[RUN]", required=False, type=run_type)
"""Gives a command `name`: what was said, or None for the last run."""
