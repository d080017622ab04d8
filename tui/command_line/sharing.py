"""`--share-group`: who else may watch and steer a run that is begun."""

from __future__ import annotations

import click

from tui.command_line.help import GroupedOption

share_option = click.option(
    "--share-group",
    metavar="GROUP",
    cls=GroupedOption,
    section="The run",
    help="Let the members of a group of yours watch and steer it, too.",
)
"""Gives a command `share_group`: the name, or None for nobody else."""


def group_of(name: str | None, host: str = "process") -> int | None:
    """The number of the group that was named, if any was.

    Args:
        name: of the group.
        host: where the engine lives.

    Raises:
        InputError: there is none of that name, it is of others, or nobody could come in.
    """
    if name is None:
        return None
    from sim.errors import InputError
    from sim.machine.user import own_group

    if host == "thread":
        raise InputError("--share-group: an engine in a thread (--host thread) has no visitors")
    return own_group(name)
