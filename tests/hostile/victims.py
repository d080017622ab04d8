"""Run directories to be spoiled, and the commands that open them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cli_harness import Result, call


@dataclass(frozen=True)
class Victim:
    """A run directory and what lies around it."""

    run: Path
    outside: Path
    """A folder with files that no command may touch."""

    def state(self) -> dict[str, tuple[int, int, bytes]]:
        """Everything outside: inode, time of the last change, content."""
        return {
            str(p.relative_to(self.outside)): (
                p.stat().st_ino,
                p.stat().st_mtime_ns,
                p.read_bytes() if p.is_file() else b"",
            )
            for p in sorted(self.outside.rglob("*"))
        }


Command = Callable[[Path], Result]


def _command(*words: str) -> Command:
    return lambda run: call(words[0], str(run), *words[1:])


COMMANDS: dict[str, Command] = {
    "verify": _command("verify"),
    "doctor": _command("doctor"),
    "mend": _command("doctor", "--mend"),
    "replay": _command("replay"),
    "export": _command("export", "--what", "journal", "--format", "csv"),
    "resume": _command("resume", "--headless", "--steps", "1"),
    "pack": lambda run: call("pack", str(run), "--out", str(run.parent / "pack.zip")),
    "report": lambda run: call("report", str(run), "--out", str(run.parent / "report.html")),
    "fork": lambda run: call(
        *("fork", str(run), "--at", "6", "--steps", "1", "--quiet"),
        *("--run-dir", str(run.parent / "fork")),
    ),
    "summary": _command("summary", "--json"),
    "render": lambda run: call(
        "render", str(run), "--cast", str(run.with_name(f"{run.name}.cast"))
    ),
    "compare": lambda run: call("compare", str(run), str(run)),
}
"""Every command that opens a run directory."""
ALIVE: dict[str, Command] = {"attach": _command("attach"), "stop": _command("stop")}
"""Commands that look for an engine: nothing in the folder makes them open it."""
MAKING: dict[str, Command] = {
    name: lambda run, name=name: call(  # type: ignore[misc]
        name, "--steps", "1", "--agents", "2", "--run-dir", str(run)
    )
    for name in ("run", "start")
}
"""Commands that make a run directory: one that is there is refused."""
WRITING = ("mend", "resume")
COMPUTING = ("replay", "resume", "summary", "render", "pack", "report", "fork")
"""Those that do steps again, and so need the traffic."""


def refused(result: Result) -> bool:
    """Whether a command gave one line and the code of bad input."""
    lines = result.err.splitlines()
    return (
        result.code == 2
        and result.out == ""
        and len(lines) == 1
        and lines[0].startswith("decsim-tui: error: ")
        and lines[0].isprintable()
    )


def replace_by_link(path: Path, target: Path) -> None:
    """Put a link in the place of whatever is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    path.symlink_to(target)


def replace_by_kind(path: Path, kind: str) -> None:
    """Put a pipe, a folder, a device or a socket in the place of whatever is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "file":
        path.write_text("a file")
