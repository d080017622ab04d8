"""A process that does runs, one after the other, and stops where nobody is left who wants them.

Tasks come by its standard input and outcomes leave by its standard output. The end of the input
says that it has to stop, after the step that is under way: so it does when whoever began it is
killed, too.
"""

from __future__ import annotations

import pickle
import subprocess
import threading
from contextlib import suppress
from typing import IO, Final

from sim.machine.python import python_command, python_environment
from sim.sweep.performance import INTERRUPTED, Outcome, Task

_PATIENCE: Final = 0.1
"""Between two looks at whether somebody wants to stop, s."""


class Worker:
    """The process as its owner sees it: begun when it is needed, and again after it has died."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def perform(self, task: Task, stop: threading.Event) -> Outcome:
        """Have a run done; a process that dies has failed it."""
        try:
            process = self._alive()
        except OSError as error:
            return Outcome(task.name, error=f"no process for it: {error.strerror}")
        assert process.stdin is not None and process.stdout is not None
        over = threading.Event()
        watch = threading.Thread(target=_pass_on, args=(stop, over, process.stdin), daemon=True)
        watch.start()
        try:
            with suppress(BrokenPipeError, ValueError):  # the answer says what is wrong
                pickle.dump(task, process.stdin)
                process.stdin.flush()
            outcome: Outcome = pickle.load(process.stdout)  # noqa: S301 - of our own process
        except (EOFError, pickle.UnpicklingError, OSError):
            return self._ended(task, stop)
        finally:
            over.set()
            watch.join()
        return outcome

    def close(self) -> None:
        """Let it end."""
        process, self._process = self._process, None
        if process is None or process.stdin is None or process.stdout is None:
            return
        with suppress(OSError):
            process.stdin.close()
        process.wait()
        process.stdout.close()

    def _alive(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(  # noqa: S603 (this program itself)
                python_command("sim.sweep"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=python_environment(),
                process_group=0,  # a key is for its owner, who tells it
            )
        return self._process

    def _ended(self, task: Task, stop: threading.Event) -> Outcome:
        process, self._process = self._process, None
        code = process.wait() if process is not None else 0
        if stop.is_set():
            return Outcome(task.name, error=INTERRUPTED)
        return Outcome(task.name, error=f"its process ended with code {code}")


def _pass_on(stop: threading.Event, over: threading.Event, stdin: IO[bytes]) -> None:
    """Tell the process to stop, if somebody wants that before it is done."""
    while not over.wait(_PATIENCE):
        if stop.is_set():
            with suppress(OSError):
                stdin.close()
            return
