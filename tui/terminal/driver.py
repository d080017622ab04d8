"""The terminal as a place that may vanish: a dropped SSH must not keep the app from ending."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO, cast

from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from io import TextIOWrapper

    from textual.app import App


class PatientDriver(LinuxDriver):
    """Textual's driver, over a terminal that swallows what it cannot show.

    Textual writes through a thread and a short queue. If a write fails, the thread dies, the queue
    fills, and the app waits for ever to write the next line, even to say good-bye.
    """

    def __init__(
        self,
        app: App[object],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self.terminal = VanishingTerminal(self._file or sys.stderr)
        self._file = cast("TextIOWrapper", self.terminal)
        self.exit_event = _Silence(self.fileno)
        self._device = os.fstat(self.fileno).st_rdev
        self._suspended = False
        """Whether the terminal is to be taken again when the process is continued."""

    @property
    def hears(self) -> bool:
        """Whether somebody listens for keys."""
        return self._key_thread is not None and self._key_thread.is_alive()

    def start_application_mode(self) -> None:
        """Take the terminal, as soon as this process may use it."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        # A process in the background was stopped by that, and is in the foreground now.
        while not self.hears and self._in_foreground():
            super().start_application_mode()  # type: ignore[no-untyped-call]
        self._suspended = not self.hears
        if not os.isatty(self.fileno):
            self.terminal.report()

    def write(self, data: str) -> None:
        """Write while there is somebody who passes it on, or nothing."""
        if self._writer_thread is not None and self._writer_thread.is_alive():
            super().write(data)

    def suspend_application_mode(self) -> None:
        """Give the terminal back for a while."""
        self._suspended = True
        super().suspend_application_mode()

    def resume_application_mode(self) -> None:
        """Take the terminal again after a suspension.

        A hang-up says SIGCONT, too, at any time and without one: to begin anew would leave a thread
        behind that nobody ends, and that spins on a terminal that is gone.
        """
        if self._suspended:
            self._suspended = False
            super().resume_application_mode()

    def run_input_thread(self) -> None:
        """Hear keys, also after some on which Textual's parser fails."""
        while not self.exit_event.is_set():
            with suppress(ValueError):
                super().run_input_thread()
        if not os.isatty(self.fileno) and os.fstat(self.fileno).st_rdev == self._device:
            self.terminal.report()  # else a hang-up was heard, and something else put in its place

    def disable_input(self) -> None:
        """Hear no more."""
        super().disable_input()
        if self._key_thread is not None:  # Textual waits for it where the terminal is still there
            self._key_thread.join()

    def _in_foreground(self) -> bool:
        try:
            return os.tcgetpgrp(self.fileno) == os.getpgrp()
        except OSError:
            return False


class _Silence(threading.Event):
    """Set, or come by itself since the terminal is gone: what is read of it never ends.

    Args:
        fileno: the terminal.
    """

    def __init__(self, fileno: int) -> None:
        super().__init__()
        self._fileno = fileno

    def is_set(self) -> bool:
        """Whether there is nothing more to hear."""
        return super().is_set() or not os.isatty(self._fileno)


class VanishingTerminal:
    """A text stream that reports its first failure as SIGTERM and then is silent."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._gone = False

    def write(self, text: str) -> int:
        """Write, or pretend to."""
        try:
            return self._file.write(text)
        except (OSError, ValueError):
            self.report()
            return len(text)

    def flush(self) -> None:
        """Flush, or pretend to."""
        try:
            self._file.flush()
        except (OSError, ValueError):
            self.report()

    def isatty(self) -> bool:
        """As the stream says."""
        return self._file.isatty()

    def fileno(self) -> int:
        """Of the stream."""
        return self._file.fileno()

    def report(self) -> None:
        """Say that it is gone, once."""
        # Not SIGHUP, which `nohup` ignores: an app without a terminal has nothing to stay for.
        if not self._gone:
            self._gone = True
            os.kill(os.getpid(), signal.SIGTERM)
