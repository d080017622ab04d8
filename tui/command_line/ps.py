"""`ps`: the engines that are alive."""

from __future__ import annotations

import click

from tui.command_line.output import print_json, print_rows


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def ps(as_json: bool) -> None:
    """List the engines that are alive, whoever watches them: yours, and those shared with you."""
    from tui.command_line.engines import alive, cells, figures, latest_first

    engines = latest_first(alive())
    if as_json:
        print_json({"engines": [figures(*engine) for engine in engines]})
    else:
        print_rows(cells(*engine) for engine in engines)
