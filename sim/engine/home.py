"""Where a run is kept while it lives: its directory, its lock and its log."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sim.archive.directory import RunDirectory
from sim.config.load import LoadedConfig
from sim.errors import RunDirectoryError
from sim.machine.run_log import RunLog

if TYPE_CHECKING:
    from sim.archive.lock import RunLock


class Home:
    """The run directory of one engine, once there is one.

    Args:
        loaded: the configuration of the run.
    """

    def __init__(self, loaded: LoadedConfig) -> None:
        self._loaded = loaded
        self.found: RunDirectory | None = None
        """The directory; None before it is made."""
        self._lock: RunLock | None = None
        self.log = RunLog()

    @property
    def directory(self) -> RunDirectory:
        """The directory.

        Raises:
            RunDirectoryError: it has not been made yet.
        """
        if self.found is None:
            raise RunDirectoryError("the run directory has not been made yet")
        return self.found

    @contextmanager
    def new(self, path: Path | None) -> Iterator[RunDirectory]:
        """Make the directory, locked, for what is built inside; what fails leaves nothing behind.

        Args:
            path: where; None chooses a name.

        Raises:
            RunDirectoryError: it cannot be made.
        """
        directory = RunDirectory.create(self._loaded, path)
        lock = directory.locked()
        try:
            lock.acquire()
            self.take(directory, lock)
            with self.logging():
                yield directory
        except BaseException:
            self.leave()
            lock.release()
            shutil.rmtree(directory.path, ignore_errors=True)
            raise

    def take(self, directory: RunDirectory, lock: RunLock) -> None:
        """Live here from now on."""
        self.found, self._lock = directory, lock

    @contextmanager
    def logging(self) -> Iterator[None]:
        """What happens inside is written into the log of the run, which is opened for it.

        Raises:
            RunDirectoryError: there is no log to be written.
        """
        settings = self._loaded.config.monitoring
        if not self.log.is_open:
            file = self.directory.log_file
            try:
                self.log.open(file, settings.log_level, as_json=settings.log_format == "json")
            except OSError as error:
                raise RunDirectoryError(f"{file}: cannot be written ({error.strerror})") from None
        with self.log.bound():
            yield

    def leave(self) -> None:
        """Write no more, and let others have the run; may be called again."""
        self.log.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None
