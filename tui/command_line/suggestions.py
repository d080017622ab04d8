"""Command groups that know what a mistyped name was meant to be."""

from __future__ import annotations

import click


class SuggestingGroup(click.Group):
    """A group whose error for an unknown command names the nearest one."""

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
