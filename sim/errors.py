"""One tree of errors. Everything that `sim` raises on purpose descends from `DecsimError`."""

from __future__ import annotations

import errno
import resource
from typing import Final

_LACKING: Final = frozenset(
    {errno.ENOMEM, errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EAGAIN}
)


class DecsimError(Exception):
    """Root of all errors raised on purpose; the message is one line, fit for a person."""


class InputError(DecsimError, ValueError):
    """Something the user gave is unusable: exit code 2.

    The message names the file (or option), the key, the value and what was expected.
    """


class ConfigError(InputError):
    """A configuration file, scenario, environment variable or `--set` is wrong."""


class TrafficError(InputError):
    """A traffic file cannot be read as what it claims to be."""


class PluginError(InputError):
    """A plug-in is missing, broken, or not what its group holds."""


class RunDirectoryError(InputError):
    """A run directory is missing, in use, or not a run directory."""


class CommandRejectedError(DecsimError):
    """A command cannot be applied now; the message is the reason the user reads."""


class VerificationError(DecsimError):
    """A ledger or a replay is not what it claims to be: exit code 3."""


class LedgerError(DecsimError):
    """The ledger could not do what was asked."""


class LedgerBusyError(LedgerError):
    """The database stayed locked longer than the retries allow."""


class LedgerConstraintError(LedgerError, ValueError):
    """A row breaks a constraint of the schema."""


class LedgerCorruptError(LedgerError):
    """The database file is damaged."""


class LedgerFullError(LedgerError):
    """The disk is full or the file is read-only."""


class PoolTimeoutError(LedgerError):
    """No reader connection became free in time."""


class HostError(DecsimError):
    """An engine in another process cannot be reached, or does not speak as it should."""


class NobodyListensError(HostError):
    """Nobody listens at an address: what is left of it is of an engine that is dead."""


class DetectionError(DecsimError):
    """A detector cannot be fitted or cannot score."""


class ExecutorError(DecsimError):
    """Shards cannot be computed or reached where they were asked for."""


class BroadcastError(DecsimError, RuntimeError):
    """What an agent wants to publish cannot be appended to the ledger; the agent stops."""


class StepError(DecsimError):
    """A step failed in a way that the run does not survive."""


class CheckpointError(DecsimError):
    """A checkpoint cannot be taken, written, read or used."""


class InvariantError(DecsimError):
    """A step has broken a promise that every step must keep; nothing of it is recorded."""


class StepCancelledError(DecsimError):
    """A step was given up because the run is stopping; nothing of it is recorded."""


RAISED: Final = (Exception, SystemExit)
"""What code of others may end with: agents, detectors and the like of plug-ins may call `sys.exit`,
which must not end a run without a word."""


def is_lack(error: BaseException) -> bool:
    """Whether an error says that something runs short: memory, disk, handles, workers."""
    if isinstance(error, OSError):
        return error.errno in _LACKING
    return isinstance(error, MemoryError | ExecutorError)


LEAST_MEMORY: Final = 800 << 20
"""Bytes of address space that the libraries behind a run need."""


def require_memory() -> None:
    """Refuse to load what computes below a limit of memory that it does not fit in.

    Its libraries do not fail there as Python does: they abort, or try without end.

    Raises:
        DecsimError: the limit of this process is too low.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < LEAST_MEMORY:
        raise DecsimError(f"{scarcity(MemoryError())}, expected {LEAST_MEMORY >> 20} MiB or more")


def scarcity(error: BaseException) -> str:
    """Say what is short where that is not what an error says, and how much there may be; else "".

    A library that does not fit below the limit of a process says that it cannot be loaded, or that
    it is not there.
    """
    memory, _ = resource.getrlimit(resource.RLIMIT_AS)
    limited = memory != resource.RLIM_INFINITY
    if isinstance(error, RuntimeError) and str(error) == "can't start new thread":
        tasks, _ = resource.getrlimit(resource.RLIMIT_NPROC)
        most = "" if tasks == resource.RLIM_INFINITY else f": {tasks:,} may run (ulimit -u)"
        most = f": memory for it is short (ulimit -v is {memory >> 10:,})" if limited else most
        return f"no further thread can be started{most}"
    unloaded = isinstance(error, ImportError | OSError) and "shared object" in str(error)
    if not isinstance(error, MemoryError) and not (limited and unloaded):
        return ""
    may = f": this process may use {memory >> 20:,} MiB (ulimit -v)" if limited else ""
    return f"memory is short{may}"
