"""`scenarios`, `themes` and `plugins`: what there is to choose from."""

from __future__ import annotations

from dataclasses import asdict

import click

from tui.command_line.output import notify, print_json, print_rows


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def scenarios(as_json: bool) -> None:
    """List the scenarios, shipped and your own."""
    from sim.config.scenario import find_scenario, scenario_files
    from sim.errors import ConfigError

    found = []
    for name, path in sorted(scenario_files().items()):
        try:
            text, usable = find_scenario(name).description, True
        except ConfigError as error:
            text, usable = f"unusable: {error}", False
        found.append({"name": name, "description": text, "path": str(path), "usable": usable})
    if as_json:
        print_json({"scenarios": found})
    else:
        print_rows((str(s["name"]), str(s["description"])) for s in found)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def themes(as_json: bool) -> None:
    """List the themes, shipped and your own."""
    from tui.theme.themes import load_themes

    shelf = load_themes()
    if as_json:
        found = [{"name": theme.name, "dark": theme.dark} for theme in shelf.themes]
        print_json({"themes": found, "warnings": shelf.warnings})
        return
    print_rows((theme.name, "dark" if theme.dark else "light") for theme in shelf.themes)
    for warning in shelf.warnings:
        notify(warning)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--check", is_flag=True, help="Import each, and say which cannot be used.")
def plugins(as_json: bool, check: bool) -> int:
    """List the plug-ins that are installed, without importing them."""
    from sim.plugins.listing import listed_plugins

    listed = listed_plugins(check=check)
    if as_json:
        print_json({"plugins": [asdict(entry) for entry in listed]})
    else:
        print_rows((e.name, e.group, e.distribution, e.version, e.path) for e in listed)
        for entry in listed:
            if entry.problem:
                notify(entry.problem)
    return 1 if any(entry.problem for entry in listed) and check else 0
