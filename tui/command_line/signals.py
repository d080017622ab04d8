"""Ctrl-C, `kill` and a dropped connection, as requests instead of sudden death."""

from __future__ import annotations

import os
import signal
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

INTERRUPTED = 130
"""Exit code of everything that somebody interrupted."""
_STREAMS = (0, 1, 2)
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def handled(
    handler: Callable[[], None],
    hung_up: Callable[[], None] = lambda: None,
    *,
    holds_terminal: bool = False,
) -> Iterator[None]:
    """Call `handler` on SIGINT, SIGTERM and SIGHUP while the block runs.

    On SIGQUIT, too, where the block `holds_terminal`, which would be left as no shell can use it.

    Before that, `hung_up` is called if it was SIGHUP, or if the terminal is gone: who draws may see
    that, and say SIGTERM, before the shell passes on the SIGHUP. A SIGHUP after that says
    nothing new, and the system sends another one when the shell ends.

    SIGHUP stays ignored where it is (`nohup`). Only a main thread can have handlers; elsewhere
    nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    lost = False

    def handle(number: int, _frame: FrameType | None) -> None:
        nonlocal lost
        if lost and number == signal.SIGHUP:
            return
        if number == signal.SIGHUP or any(map(is_gone, _STREAMS)):
            lost = True
            _let_go_of_the_terminal()
            hung_up()
        handler()

    numbers = (*_SIGNALS, signal.SIGQUIT) if holds_terminal else _SIGNALS
    before = {number: signal.getsignal(number) for number in numbers}
    for number, present in before.items():
        if not (number is signal.SIGHUP and present is signal.SIG_IGN):
            signal.signal(number, handle)
    try:
        yield
    finally:
        for number, present in before.items():
            signal.signal(number, present)


def _let_go_of_the_terminal() -> None:
    """Put /dev/null in the place of a terminal that is gone: every write to it would fail."""
    with Path(os.devnull).open("r+b", buffering=0) as nowhere:
        for stream in _STREAMS:
            if is_gone(stream):
                os.dup2(nowhere.fileno(), stream)


def is_gone(stream: int) -> bool:
    """Whether a file descriptor was a terminal that has been hung up."""
    try:
        status, nothing = os.fstat(stream), Path(os.devnull).stat()
    except OSError:
        return False
    device = stat.S_ISCHR(status.st_mode) and status.st_rdev != nothing.st_rdev
    return device and not os.isatty(stream)


def interrupt() -> None:
    """The handler of everything that needs no ceremony to end."""
    raise KeyboardInterrupt


class StopRequest:
    """A handler that asks first and insists later.

    Args:
        ask: what asks; it may raise `KeyboardInterrupt` itself.
        patience: how often it asks before it insists.
    """

    def __init__(self, ask: Callable[[], None], patience: int = 1) -> None:
        self._ask = ask
        self._patience = patience

        self.made = False
        """Whether anybody asked."""

    def __call__(self) -> None:
        """Ask; when patience is at its end, raise `KeyboardInterrupt` where the program stands."""
        if self._patience == 0:
            raise KeyboardInterrupt
        self.made = True
        self._patience -= 1
        self._ask()
