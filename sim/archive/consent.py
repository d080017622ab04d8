"""Asks before a file is opened that only somebody else's run names."""

from __future__ import annotations

from sim.archive.directory import RunDirectory
from sim.archive.outcome import kept_outcome
from sim.errors import RunDirectoryError
from sim.ledger.reader import open_read_only
from sim.text import shown


def check_traffic(run: RunDirectory) -> None:
    """Refuse a traffic file that is neither the one that was recorded nor where that one was.

    Whoever made the run directory may have named any file of this machine. One with the recorded
    content tells its reader nothing that the run does not know already. What is too long to be
    looked through is asked for, too, unless this user's run has ended with it.

    Args:
        run: the run directory.

    Raises:
        RunDirectoryError: the file has to be looked at, and allowed, by a person.
        InputError: it is no traffic file, or the configuration is unusable.
        LedgerError: the ledger cannot be read.
    """
    config = run.load().config
    path = config.traffic.path
    if not path:
        return
    reader = open_read_only(run.ledger_file)
    try:
        meta = reader.meta()
        own = kept_outcome(run, reader.length(), reader.head().hex()) is not None
    finally:
        reader.close()
    recorded = path == meta.get("traffic", "")
    if recorded and own:
        return
    from sim.traffic.build import LOOKED_THROUGH, traffic_bytes, traffic_digest

    size = traffic_bytes(config)
    if size > LOOKED_THROUGH:
        raise RunDirectoryError(
            f"{shown(run.config_file)}: traffic.path: names {shown(path)}, {size:,} bytes; to see"
            " whether it is what the run observed takes long. If that file is meant:"
            " --allow-traffic"
        )
    if recorded:
        return

    try:
        same = traffic_digest(config) == meta.get("traffic_digest", "")
    except OSError as error:
        raise RunDirectoryError(f"{shown(path)}: {error.strerror}, expected traffic") from None
    if not same:
        raise RunDirectoryError(
            f"{shown(run.config_file)}: traffic.path: names {shown(path)}, which is not what the"
            " run observed; nothing of it was read as traffic. If that file is meant:"
            " --allow-traffic"
        )
