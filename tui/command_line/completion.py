"""What a shell may complete: scenarios, keys, values, themes; and the script that asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import click
from click.shell_completion import CompletionItem, shell_complete

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]

VARIABLE = "_DECSIM_TUI_COMPLETE"
"""Set by a shell that asks; also asks for its script, as in `bash_source`."""


def answer(command: click.Command, instruction: str) -> int:
    """Print what a shell asked for.

    Returns:
        0, or 2 for a shell that is not known.
    """
    if shell_complete(command, {}, "decsim-tui", VARIABLE, instruction) == 0:
        return 0
    raise click.UsageError(
        f"{VARIABLE}: {instruction!a} is unknown, expected bash_source, zsh_source or fish_source"
    )


def choices(*names: str) -> Completer:
    """Complete one of these words."""
    return lambda _ctx, _parameter, incomplete: _items(names, incomplete)


def scenarios(_ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Complete the name of a scenario, or a path."""
    from sim.config.scenario import scenario_files

    return _items(scenario_files(), begun) or [CompletionItem(begun, type="file")]


def themes(_ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Complete the name of a theme."""
    from tui.theme.themes import load_themes

    return _items(load_themes().names, begun)


def settings(_ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Complete `section.key=`, and then the value where it is one of a few."""
    from sim.config.parameters import parameters

    key, equals, value = begun.partition("=")
    known = {parameter.key: parameter for parameter in parameters()}
    if not equals:
        begun_keys = (p for name, p in known.items() if name.startswith(key))
        return [CompletionItem(f"{p.key}=", help=p.help) for p in begun_keys]
    words = known[key].choices if key in known else ()
    return [CompletionItem(f"{key}={word}") for word in words if word.startswith(value)]


def files(_ctx: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Let the shell complete a path."""
    return [CompletionItem(begun, type="file")]


def _items(names: Iterable[Any], begun: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if str(name).startswith(begun)]
