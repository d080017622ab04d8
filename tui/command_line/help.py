"""Help in sections, and groups that know what a mistyped name was meant to be."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

_MOST_WORDS = 1000
"""Characters of a short help: more than fit in a line are wrapped, never cut."""


class GroupedOption(click.Option):
    """An option that the help lists under a heading of its own.

    Args:
        section: the heading.
    """

    def __init__(self, *arguments: Any, section: str, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.section = section


class Helpful(click.Command):
    """A command whose help has its options in sections and examples at the end."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, those of the command itself first."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                heading = getattr(parameter, "section", "Options")
                sections.setdefault(heading, []).append(record)
        for heading in sorted(sections, key="Options".__ne__):
            with formatter.section(_styled(heading)):
                formatter.write_dl(sections[heading])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, a line each, as they are typed."""
        if self.epilog:
            with formatter.section(_styled("Examples")):
                for line in self.epilog.splitlines():
                    formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


class SuggestingGroup(Helpful, click.Group):
    """A group whose error for an unknown command names the nearest one."""

    sections: Mapping[str, Sequence[click.Command]] = {}
    """Heading → commands of it, in the order of the help; without any there is one list."""
    understood: Mapping[str, str] = {}
    """Other names that are typed for commands → the names that these are listed by."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, also of one that is understood without being listed."""
        return super().get_command(ctx, self.understood.get(cmd_name, cmd_name))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, then the options."""
        self.format_commands(ctx, formatter)
        Helpful.format_options(self, ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each command does, wrapped to the width."""
        for heading, commands in self._listed(ctx):
            with formatter.section(_styled(heading)):
                formatter.write_dl(_rows(commands))

    def _listed(self, ctx: click.Context) -> Iterator[tuple[str, Sequence[click.Command]]]:
        if self.sections:
            yield from self.sections.items()
            return
        found = (self.get_command(ctx, name) for name in self.list_commands(ctx))
        yield "Commands", [command for command in found if command is not None]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that `args` begin with.

        Raises:
            click.UsageError: there is no such command.
        """
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            from sim.text import nearest, quoted

            known = self.list_commands(ctx)
            close = nearest(name, known) or f"; expected one of {', '.join(known)}"
            raise click.UsageError(f"unknown command {quoted(name)}{close}", ctx)
        return super().resolve_command(ctx, args)


def wants_colour() -> bool | None:
    """For `click.Context.color`: False where nobody wants any; None lets the terminal decide."""
    return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None


def _rows(commands: Sequence[click.Command]) -> list[tuple[str, str]]:
    return [(command.name or "", command.get_short_help_str(_MOST_WORDS)) for command in commands]


def _styled(heading: str) -> str:
    return click.style(heading, bold=True)
