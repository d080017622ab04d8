"""`sweep`: the same experiment over many values and seeds."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Literal

import click

from sim.text import command_line, quantity
from tui.command_line import completion
from tui.command_line.help import GroupedOption, Helpful
from tui.command_line.output import notify, print_json, print_rows
from tui.command_line.progress import progress
from tui.command_line.run import steps_type
from tui.command_line.signals import INTERRUPTED, StopRequest, handled

if TYPE_CHECKING:
    from sim.sweep.plan import Plan
    from sim.sweep.sweep import Result

_SHOWN = (
    ("signatures.published", "PUBLISHED"),
    ("signatures.accepted", "ACCEPTED"),
    ("detection.solo.f1", "F1 ALONE"),
    ("detection.collective.f1", "F1 TOGETHER"),
)
_of_the_runs = functools.partial(click.option, cls=GroupedOption, section="The runs")


@click.command(
    cls=Helpful,
    epilog="decsim-tui sweep --vary consensus.quorum=.5,.7 --seeds 1..5 --steps 90 --out q\n"
    "decsim-tui sweep plan.yaml --out results --jobs 4",
)
@click.argument("plan_file", metavar="[PLAN.yaml]", required=False)
@click.option(
    "--vary",
    metavar="KEY=A,B",
    multiple=True,
    help="Values of one key; repeatable.",
    shell_complete=completion.settings,
)
@click.option("--seeds", metavar="1..20", help="Seeds: a range, or a list such as 1,5,9..12.")
@click.option("--steps", type=steps_type, metavar="N", help="Steps of each run.")
@click.option("--out", metavar="DIR", help="Folder of the runs.", shell_complete=completion.files)
@click.option("--jobs", metavar="K", help="Runs at once; by default one per processor.")
@click.option(
    "--executor",
    type=click.Choice(("processes", "ray")),
    default="processes",
    help="Where the runs are done.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--quiet", is_flag=True, help="No progress bar, no table.")
@_of_the_runs(
    "--scenario", metavar="NAME|PATH", help="Scenario.", shell_complete=completion.scenarios
)
@_of_the_runs("--traffic", metavar="PATH", help="Traffic file.", shell_complete=completion.files)
@_of_the_runs("--agents", metavar="N", help="Number of agents.")
@_of_the_runs(
    "--set",
    "settings",
    metavar="KEY=VALUE",
    multiple=True,
    help="Set one key in all runs; repeatable.",
    shell_complete=completion.settings,
)
@_of_the_runs(
    "--config", metavar="PATH", help="Configuration file.", shell_complete=completion.files
)
def sweep(
    plan_file: str | None,
    out: str | None,
    jobs: str | None,
    executor: Literal["processes", "ray"],
    as_json: bool,
    quiet: bool,
    **said: Any,
) -> int:
    """Do a run for each combination of values and seeds, each in a folder of its own below DIR.

    PLAN.yaml has `vary`, `seeds`, `steps`, `scenario`, `config`, `traffic`, `agents` and `set`;
    options go before it. DIR/sweep.csv and sweep.json have a row for each run. The same command
    goes on with a sweep that was interrupted.
    """
    if not (out or "").strip():
        raise click.UsageError("--out: expected a folder for the runs")
    folder = Path(str(out)).expanduser()
    workers = _jobs(jobs)
    plan = _plan(plan_file, said)
    result, interrupted = _done(plan, folder, workers, executor, quiet=quiet)
    if as_json:
        print_json(
            {"out": str(folder), "runs": result.runs, "failed": result.failed}
            | {"keys": list(result.keys), "rows": result.rows}
        )
    elif not quiet:
        print_rows(_table(result))
    for row in result.rows:
        if row["error"]:
            notify(f"{row['run']}: {row['error']}")
    if interrupted:
        again = command_line("sweep", folder / "plan.yaml", "--out", folder)
        count = f"{len(result.rows)} of {quantity(result.runs, 'run')}"
        notify(f"interrupted after {count}, continue: {again}")
        return INTERRUPTED
    return 1 if result.failed else 0


def _jobs(text: str | None) -> int:
    if text is None:
        from sim.machine.capacity import processors

        return processors()
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 1024):
        raise click.UsageError(f"--jobs: {text!a} is not a whole number from 1 to 1024")
    return int(text)


def _plan(plan_file: str | None, said: dict[str, Any]) -> Plan:
    """The plan of the file, and what the options say instead.

    Raises:
        click.UsageError: something that is needed is nowhere.
        ConfigError: something is wrong.
    """
    from sim.config.load import parse_settings
    from sim.sweep.plan import given, plan_of, read_plan

    content: dict[str, Any] = read_plan(Path(plan_file)) if plan_file else {}
    where = plan_file or "sweep"
    for name in ("seeds", "scenario", "config", "traffic", "agents"):
        if said[name] is not None:
            content[name] = said[name].strip()
    if said["steps"] is not None:
        content["steps"] = said["steps"]
    if "steps" not in content:
        raise click.UsageError("--steps: expected the number of steps of each run")
    vary, fixed = content.get("vary") or {}, content.get("set") or {}
    if isinstance(vary, dict):
        listed = {key: text.split(",") for key, text in given(said["vary"], "--vary").items()}
        content["vary"] = vary | listed
    if isinstance(fixed, dict):
        content["set"] = fixed | parse_settings(said["settings"])
    for name in ("traffic", "config", "scenario"):
        if isinstance(text := content.get(name), str) and (name != "scenario" or _is_file(text)):
            content[name] = str(_anchored(content[name], plan_file if said[name] is None else None))
    plan = plan_of(content, where)
    if not (plan.vary or plan.seeds):
        raise click.UsageError("nothing is varied, expected --vary KEY=A,B or --seeds 1..20")
    return plan


def _is_file(scenario: str) -> bool:
    return "/" in scenario or scenario.endswith((".yaml", ".yml"))


def _anchored(path: str, plan_file: str | None) -> Path:
    """An absolute path; one in a plan is taken from the folder of the plan."""
    base = Path(plan_file).absolute().parent if plan_file else Path.cwd()
    return base / Path(path).expanduser()


def _done(
    plan: Plan, folder: Path, jobs: int, executor: Literal["processes", "ray"], *, quiet: bool
) -> tuple[Result, bool]:
    """The result, and whether somebody stopped the sweep."""
    from sim.sweep.sweep import run_sweep

    stop = Event()
    runs = math.prod(map(len, plan.vary.values())) * max(len(plan.seeds), 1)
    request = StopRequest(stop.set)
    with handled(request), progress("sweep", runs, quiet=quiet, unit="run") as advance:
        result = run_sweep(plan, folder, jobs, executor, stop, lambda done, _runs: advance(done))
    return result, request.made and len(result.rows) < result.runs


def _table(result: Result) -> Iterator[tuple[str, ...]]:
    yield ("RUN", *(title for _, title in _SHOWN), "HEAD")
    for row in result.rows:
        if row["error"]:
            yield (str(row["run"]), *("–" for _ in _SHOWN), "failed")
            continue
        yield (str(row["run"]), *(_cell(row.get(key)) for key, _ in _SHOWN), f"{row['head']:.16}…")


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else f"{value}"
