"""`ps`: the engines that are alive."""

from __future__ import annotations

import click

from tui.command_line.output import print_json, print_rows


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def ps(as_json: bool) -> None:
    """List the engines that are alive, whoever watches them."""
    from tui.command_line.engines import alive

    engines = [
        {
            "run_dir": welcome.run_dir,
            "run_id": welcome.run_id,
            "state": welcome.state,
            "step": welcome.step,
            "steps_per_s": welcome.steps_per_s,
            "viewers": welcome.viewers,
            "pid": welcome.pid,
        }
        for _, welcome in alive()
    ]
    if as_json:
        print_json({"engines": engines})
        return
    print_rows(
        (
            str(engine["run_id"]),
            str(engine["state"]),
            f"step {engine['step']:,}",
            f"{engine['viewers']} attached",
            f"pid {engine['pid']}",
            str(engine["run_dir"]),
        )
        for engine in engines
    )
