"""The engines that are alive on this machine, and which one is meant."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import RunDirectoryError

if TYPE_CHECKING:
    from sim.host.codec import Welcome


def alive() -> list[tuple[Path, Welcome]]:
    """Address and answer of each engine; the sockets of dead ones are swept away."""
    from sim.errors import HostError
    from sim.host.address import folder
    from sim.host.attached import ask

    found = []
    for address in sorted(folder().glob("*.sock")):
        try:
            found.append((address, ask(address)))
        except HostError:
            with suppress(OSError):
                address.unlink()
    return found


def meant(name: str | None) -> tuple[Path, Welcome]:
    """The engine that a person means: by run directory, run id, or its unique beginning.

    Raises:
        RunDirectoryError: there is none of that name, or more than one.
    """
    engines = alive()
    if name is not None:
        path = Path(name).expanduser().resolve()
        exact = [e for e in engines if name == e[1].run_id or str(path) == e[1].run_dir]
        engines = exact or [e for e in engines if e[1].run_id.startswith(name)]
    if len(engines) == 1:
        return engines[0]
    what = "no engine is alive" if name is None else f"{name!a}: no engine of that run is alive"
    if engines:
        names = ", ".join(welcome.run_id for _, welcome in engines)
        what = f"more than one engine is meant, expected one of {names}"
    raise RunDirectoryError(f"{what} (see: decsim-tui ps)")
