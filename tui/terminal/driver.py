"""The terminal as a place that may vanish: a dropped SSH must not keep the app from ending."""

from __future__ import annotations

import os
import signal
import sys
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

    def resume_application_mode(self) -> None:
        """Take the terminal again after a suspension.

        A hang-up says SIGCONT, too, without one: to begin anew would leave a thread behind that
        nobody ends, and that spins on a terminal that is gone.
        """
        if self._key_thread is None or not self._key_thread.is_alive():
            super().resume_application_mode()

    def run_input_thread(self) -> None:
        """Hear keys, also after some on which Textual's parser fails."""
        while not self.exit_event.is_set():
            with suppress(ValueError):
                super().run_input_thread()


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
            self._report()
            return len(text)

    def flush(self) -> None:
        """Flush, or pretend to."""
        try:
            self._file.flush()
        except (OSError, ValueError):
            self._report()

    def isatty(self) -> bool:
        """As the stream says."""
        return self._file.isatty()

    def fileno(self) -> int:
        """Of the stream."""
        return self._file.fileno()

    def _report(self) -> None:
        # Not SIGHUP, which `nohup` ignores: an app without a terminal has nothing to stay for.
        if not self._gone:
            self._gone = True
            os.kill(os.getpid(), signal.SIGTERM)
