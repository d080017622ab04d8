"""The lock that keeps two processes from writing the same run."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from sim.archive.safety import check_owner
from sim.errors import RunDirectoryError
from sim.machine import files
from sim.text import shown

_UNSUPPORTED = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)


class RunLock:
    """An advisory lock on a file; the system gives it back when its holder dies."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._handle: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._handle is not None

    @property
    def taken(self) -> bool:
        """Whether anybody holds the lock, without taking it for longer than the question."""
        if self._handle is not None:
            return True
        try:
            with files.reading(self._file) as stream:
                _lock(stream.fileno())
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            RunDirectoryError: another process has it (the message names it), or the folder cannot
                be written.
        """
        where = shown(self._file.parent)
        if self._handle is not None:
            return
        try:
            check_owner(self._file.parent)
            handle = files.open_for_writing(self._file)
        except OSError as error:
            raise RunDirectoryError(
                f"{where}: cannot be locked ({error.strerror}), expected a writable run directory"
            ) from None
        try:
            _lock(handle)
        except BlockingIOError:
            holder = _pid_in(handle)
            os.close(handle)
            raise RunDirectoryError(
                f"{where}: is in use by process {holder}, expected a run that is not open"
            ) from None
        self._handle = handle
        self._sign(f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._handle is None:
            return
        # The file stays: removing it would let two processes lock two files of one name.
        self._sign(b"")
        os.close(self._handle)
        self._handle = None

    def _sign(self, holder: bytes) -> None:
        """Write who has it, for the messages of others."""
        assert self._handle is not None
        # A medium that is full or has turned read-only takes nothing; the lock itself needs none.
        with suppress(OSError):
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, holder, 0)

    def __enter__(self) -> RunLock:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def _lock(handle: int) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError as error:
        # Some network file systems have no locks; a run there must still be possible.
        if error.errno not in _UNSUPPORTED:
            raise


def _pid_in(handle: int) -> str:
    text = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
    return text if text.isdigit() else "unknown"
