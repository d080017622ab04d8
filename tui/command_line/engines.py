"""The engines that are alive on this machine, and which one is meant."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sim.archive.kept import ambiguous, find_run, is_path, is_run, matching
from sim.errors import RunDirectoryError
from sim.machine.user import name_of
from sim.text import command_line, nearest, quantity, quoted
from tui.command_line.output import notify

if TYPE_CHECKING:
    from sim.host.messages import Welcome


def alive() -> list[tuple[Path, Welcome]]:
    """Address and answer of each engine that answers: one's own, and what others share.

    The sockets of dead ones are swept away.
    """
    from sim.errors import HostError, NobodyListensError
    from sim.host.address import addresses
    from sim.host.attached import ask

    found = []
    for address in addresses():
        try:
            found.append((address, ask(address)))
        except NobodyListensError:
            with suppress(OSError):
                address.unlink()
        except HostError as error:  # alive, so its address stays
            notify(f"{address.name}: {error}")
    return found


def is_own(address: Path) -> bool:
    """Whether the engine there is of this user."""
    from sim.host.address import owner_of

    return owner_of(address) == os.getuid()


def figures(address: Path, welcome: Welcome) -> dict[str, object]:
    """How an engine stands, as `ps --json` prints it."""
    from sim.host.address import owner_of

    since = datetime.fromtimestamp(welcome.since, UTC).isoformat(timespec="seconds")
    return {
        "run_dir": welcome.run_dir,
        "run_id": welcome.run_id,
        "state": welcome.state,
        "step": welcome.step,
        "steps_per_s": welcome.steps_per_s,
        "viewers": welcome.viewers,
        "since": since,
        "pid": welcome.pid,
        "user": name_of(owner_of(address)),
    }


def cells(address: Path, welcome: Welcome) -> tuple[str, ...]:
    """The same for people, in a line of a list."""
    from sim.host.address import owner_of

    pace = "" if welcome.steps_per_s is None else f"{welcome.steps_per_s:.3g}/s"
    since = datetime.fromtimestamp(welcome.since).astimezone()
    day = "" if since.date() == datetime.now(since.tzinfo).date() else f"{since:%Y-%m-%d} "
    return (
        welcome.run_id,
        welcome.state,
        f"step {welcome.step:,}",
        pace,
        quantity(welcome.viewers, "viewer"),
        f"since {day}{since:%H:%M}",
        f"pid {welcome.pid}",
        "" if is_own(address) else f"of {name_of(owner_of(address))}",
        welcome.run_dir,
    )


def latest_first(engines: Iterable[tuple[Path, Welcome]]) -> list[tuple[Path, Welcome]]:
    """Engines, the one that began last first."""
    return sorted(engines, key=lambda engine: -engine[1].since)


def meant(name: str | None) -> tuple[Path, Welcome]:
    """The engine that a person means: by run directory, run id, or its unique beginning.

    Without a name it is the only one of one's own: nobody ends a colleague's run by chance.

    Raises:
        RunDirectoryError: there is none of that name, or more than one.
    """
    engines = [e for e in alive() if name is not None or is_own(e[0])]
    living = [welcome.run_id for _, welcome in engines]
    if name is not None:
        here = [e for e in engines if e[1].run_dir == _absolute(name)]
        # A run directory means itself, never another run whose id begins like its name.
        directory = is_path(name) and is_run(Path(name))
        wanted = [] if directory else matching(name, living)
        engines = here or [e for e in engines if e[1].run_id in wanted]
    if len(engines) == 1:
        return engines[0]
    if engines:
        what = ambiguous([welcome.run_id for _, welcome in engines])
    elif name is None:
        what = "no engine is alive"
    elif not (what := _stranger(name)):
        what = f"{quoted(name)}: no engine of that run is alive"
        if back := _way_back(name):
            raise RunDirectoryError(f"{what}; to go on with it: {back}")
        what += nearest(name, living)
    raise RunDirectoryError(f"{what} (see: decsim-tui ps)")


def _way_back(name: str) -> str:
    """The command that goes on with a run that is kept, or nothing where there is none."""
    try:
        find_run(name)
    except RunDirectoryError:
        return ""
    return command_line("resume", name)


def _stranger(name: str) -> str:
    """What is said of a run that belongs to another user; nothing of any other."""
    try:
        owner = Path(name).expanduser().stat().st_uid if is_path(name) else os.getuid()
    except (OSError, RuntimeError, ValueError):
        return ""
    if owner == os.getuid():
        return ""
    return f"{quoted(name)}: belongs to {name_of(owner)}, who has not shared it"


def _absolute(name: str) -> str:
    """A name taken for a path; nothing where it cannot be one."""
    try:
        return str(Path(name).expanduser().resolve()) if is_path(name) else ""
    except (OSError, RuntimeError, ValueError):
        return ""
