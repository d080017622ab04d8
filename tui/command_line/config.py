"""`config`: what is in force and why, whether a file is right, and what there is to set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.text import one_line
from tui.command_line.help import Helpful, SuggestingGroup
from tui.command_line.options import RunOptions, check_traffic, run_options
from tui.command_line.output import print_json, print_rows

if TYPE_CHECKING:
    from sim.config.load import LoadedConfig


@click.group(cls=SuggestingGroup)
def config() -> None:
    """Show, check or describe the configuration."""


@config.command(cls=Helpful)
@run_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(options: RunOptions, as_json: bool) -> None:
    """The effective configuration, and where each value came from."""
    loaded = options.load()
    content = _described(loaded)
    if as_json:
        print_json(content)
        return
    if loaded.scenario:
        title = f"{loaded.scenario}: {loaded.description}".removesuffix(": ")
        click.echo(f"# {one_line(title)}")
    print_rows(
        (f"{key} ", f"= {_written(entry['value'])} ", entry["source"])
        for key, entry in content["parameters"].items()
    )
    for entry in content["timeline"]:
        kind, payload = next(i for i in entry.items() if i[0] not in ("at", "by"))
        click.echo(one_line(f"# at {entry['at']}: {kind} {json.dumps(payload)}"))


@config.command()
@click.argument("path", metavar="[PATH]", required=False)
def check(path: str | None) -> None:
    """Validate a configuration file or a scenario; without PATH, what is in force by default."""
    from sim.config.load import load_config

    if path is None:
        loaded = load_config()
    elif "\0" not in path and Path(path).exists():
        loaded = load_config(config=Path(path), environment={})
    else:
        loaded = load_config(scenario=path, environment={})
    check_traffic(loaded)
    if loaded.config.ui.keys:
        from tui.actions import keymap_in

        keymap_in(loaded.config.ui.keys)
    click.echo(one_line(f"{'configuration' if path is None else path}: ok"))


@config.command()
def schema() -> None:
    """The JSON schema of a configuration, with unit and effect of each key."""
    from sim.config.schema import Config

    click.echo(json.dumps(Config.model_json_schema(), indent=2))


def _described(loaded: LoadedConfig) -> dict[str, Any]:
    from sim.config.document import entry_data
    from sim.config.parameters import parameters

    values = loaded.config.model_dump(mode="json")
    found = {}
    for parameter in parameters():
        section, name = parameter.key.split(".")
        found[parameter.key] = {
            "value": values[section][name],
            "source": loaded.sources[parameter.key],
        }
    timeline = [entry_data(entry) for entry in loaded.timeline]
    return {
        "scenario": loaded.scenario,
        "description": loaded.description,
        "parameters": found,
        "timeline": timeline,
    }


def _written(value: object) -> str:
    """A value as a configuration file writes it."""
    if isinstance(value, str):
        return value if value and value.strip() == value else repr(value)
    return json.dumps(value)
