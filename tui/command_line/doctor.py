"""`doctor`: what this machine and this terminal offer."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from tui.command_line.output import print_json, print_rows


@click.command()
@click.argument("run_dir", metavar="[RUN_DIR]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(run_dir: str | None, as_json: bool) -> None:
    """Report versions, file system, terminal and executors."""
    from sim.environment import describe_environment

    report = describe_environment(None if run_dir is None else Path(run_dir))
    report["terminal"] = _terminal()
    if as_json:
        print_json(report)
        return
    print_rows(_rows(report))


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
