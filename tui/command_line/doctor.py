"""`doctor`: what this machine and this terminal offer."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from tui.command_line.output import complain, notify, print_json, print_rows
from tui.command_line.proof import NOT_VERIFIED
from tui.command_line.run_name import run_argument

if TYPE_CHECKING:
    from sim.archive.directory import RunDirectory

_MARKS = {"ok": "ok", "note": "note", "damaged": "DAMAGED"}


@click.command()
@run_argument
@click.option("--mend", is_flag=True, help="Mend what can be mended; the original is kept.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(name: str | None, mend: bool, as_json: bool) -> int:
    """Report versions, file system, terminal and executors; or examine a run.

    Of a run it says what is well, what is damaged, and what would help.
    """
    from sim.archive.kept import find_run
    from sim.doctor.environment import describe_environment

    if mend and name is None:
        raise click.UsageError("--mend: there is no RUN to mend")
    run = None if name is None else find_run(name)
    report = describe_environment(None if run is None else run.path)
    report["terminal"] = _terminal()
    if run is not None:
        return _examine(run, report, mend=mend, as_json=as_json)
    if as_json:
        print_json(report)
    else:
        print_rows(_rows(report))
    return 0


def _examine(run: RunDirectory, report: dict[str, Any], *, mend: bool, as_json: bool) -> int:
    """Findings about a run, mended if asked for; 0 if it is well then."""
    from sim.doctor.examination import examine, is_well
    from sim.doctor.repair import mend_run

    done = mend_run(run) if mend else []
    findings = examine(run)
    well = is_well(findings)
    if as_json:
        report |= {"well": well, "findings": [asdict(f) for f in findings], "mended": done}
        print_json(report)
    else:
        for line in done:
            notify(line)
        print_rows(_rows({"run": report["run"]}))
        print_rows(
            (_MARKS[f.state], f.name, f.text + (f" → {f.remedy}" if f.remedy else ""))
            for f in findings
        )
    if well:
        return 0
    worst = next(finding for finding in findings if finding.state == "damaged")
    complain(f"{run.path}: {worst.name}: {worst.text}")
    return NOT_VERIFIED


def _terminal() -> dict[str, Any]:
    size = shutil.get_terminal_size(fallback=(0, 0))
    term = os.environ.get("TERM", "")
    return {
        "is_terminal": sys.stdin.isatty() and sys.stderr.isatty(),
        "columns": size.columns,
        "rows": size.lines,
        "TERM": term,
        "colours": _colours(term),
        "encoding": getattr(sys.stdout, "encoding", None) or "unknown",
        "utf8": (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8",
        "tmux": "TMUX" in os.environ,
        "ssh": "SSH_CONNECTION" in os.environ or "SSH_TTY" in os.environ,
    }


def _colours(term: str) -> str:
    """What the environment promises: the same signs that Rich and Textual go by."""
    if os.environ.get("NO_COLOR"):
        return "none (NO_COLOR)"
    if os.environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "16 million"
    if term in ("", "dumb", "unknown"):
        return "none"
    return "256" if term.endswith("256color") else "16"


def _rows(report: Mapping[str, Any], indent: str = "") -> Iterator[tuple[str, str]]:
    for name, value in report.items():
        label = indent + name.replace("_", " ")
        if isinstance(value, Mapping):
            yield label, ""
            yield from _rows(value, indent + "  ")
        else:
            yield label, _written(value)


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None or value == "" else str(value)
