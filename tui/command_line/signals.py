"""Ctrl-C, `kill` and a dropped connection, as requests instead of sudden death."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
"""Exit code of everything that somebody interrupted."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def handled(handler: Callable[[], None]) -> Iterator[None]:
    """Call `handler` on SIGINT, SIGTERM and SIGHUP while the block runs.

    SIGHUP stays ignored where it is (`nohup`). Only a main thread can have handlers; elsewhere
    nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(_number: int, _frame: FrameType | None) -> None:
        handler()

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, present in before.items():
        if not (number is signal.SIGHUP and present is signal.SIG_IGN):
            signal.signal(number, handle)
    try:
        yield
    finally:
        for number, present in before.items():
            signal.signal(number, present)


def interrupt() -> None:
    """The handler of everything that needs no ceremony to end."""
    raise KeyboardInterrupt


class StopRequest:
    """A handler that asks once and insists the second time."""

    def __init__(self, ask: Callable[[], None]) -> None:
        self._ask = ask
        self.made = False
        """Whether anybody asked."""

    def __call__(self) -> None:
        """Ask; the second time, raise `KeyboardInterrupt` where the program stands."""
        if self.made:
            raise KeyboardInterrupt
        self.made = True
        self._ask()
