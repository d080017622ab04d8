"""Where the socket of an engine lies: a folder that is the user's alone, a name made of the run."""

from __future__ import annotations

import os
import stat
import tempfile
from hashlib import blake2b
from pathlib import Path

from sim.errors import HostError
from sim.text import shown

FOLDER = "decsim-tui"
LONGEST = 60
"""Bytes of a folder that leave room for a socket: some systems allow 104 in all."""


def folder() -> Path:
    """The folder of all sockets of this user, made if it is absent.

    Raises:
        HostError: it cannot be made, or others can enter it.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    usable = 0 < len(os.fsencode(runtime)) <= LONGEST
    path = Path(runtime) / FOLDER if usable else _own_temporary()
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        status = path.lstat()
    except OSError as error:
        raise HostError(f"{shown(path)}: cannot be made ({error.strerror})") from None
    private = stat.S_ISDIR(status.st_mode) and not stat.S_IMODE(status.st_mode) & 0o077
    if not private or status.st_uid != os.getuid():
        raise HostError(f"{shown(path)}: expected a folder that only you can enter")
    return path


def address_of(run_dir: Path) -> Path:
    """Where the engine of a run listens: short, whatever the path of the run is."""
    name = blake2b(os.fsencode(run_dir.resolve()), digest_size=10).hexdigest()
    return folder() / f"{name}.sock"


def _own_temporary() -> Path:
    return Path(tempfile.gettempdir()) / f"{FOLDER}-{os.getuid()}"
