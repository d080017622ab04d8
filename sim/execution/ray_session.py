"""The connection of this process to Ray: started on demand, quiet, and given back."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from importlib.util import find_spec
from typing import Any

from sim.errors import ExecutorError
from sim.text import shown

KNOCK_TIMEOUT = 5.0
"""Longest wait for the address of a cluster to answer, s."""
_lock = threading.Lock()
_users = 0
_ours = False
"""Whether this module has started what it would have to shut down."""


def installed() -> bool:
    """Whether Ray can be imported."""
    return find_spec("ray") is not None


def connect(address: str, workers: int) -> Any:
    """Use Ray, once more; each use needs a `disconnect`.

    Args:
        address: of a cluster; empty starts Ray on this machine. Without effect where this process
            is connected already.
        workers: processors that a Ray on this machine is to have.

    Returns:
        The module.

    Raises:
        ExecutorError: Ray is not installed or cannot be reached; the message says why.
    """
    global _users, _ours
    with _lock:
        if not installed():
            raise ExecutorError("Ray is not installed (pip install 'decsim-tui[ray]')")
        import ray

        if not ray.is_initialized():
            _start(ray, address, workers)
            _ours = True
        _silence(ray)
        _users += 1
        return ray


def disconnect() -> None:
    """Give one use back; the last one ends what `connect` has started."""
    global _users, _ours
    with _lock:
        _users -= 1
        if _users == 0 and _ours:
            import ray

            _ours = False
            ray.shutdown()


def _start(ray: Any, address: str, workers: int) -> None:
    # A laboratory does not report home; who wants Ray to can say so in the environment.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    logging.getLogger("ray").setLevel(logging.CRITICAL)
    here = {"address": "local", "num_cpus": workers, "include_dashboard": False}
    where = {"address": address} if address else here
    handlers = _handlers()
    try:
        _knock(address)
        ray.init(
            **where, log_to_driver=False, configure_logging=False, logging_level=logging.CRITICAL
        )
    except (ray.exceptions.RayError, OSError, OverflowError, RuntimeError, ValueError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        at = f" at {address[:80]!a}" if address else ""
        raise ExecutorError(f"Ray{at} does not start: {shown(reason, 160)}") from error
    finally:
        # Ray ends the process on SIGTERM; ours first records what is done.
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _knock(address: str) -> None:
    """See whether anyone listens there: Ray itself would try for many minutes.

    Raises:
        OSError: nobody does.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isascii() and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCK_TIMEOUT).close()


def _handlers() -> dict[signal.Signals, Any]:
    """The signal handlers that Ray would replace; it cannot outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    return {s: signal.getsignal(s) for s in (signal.SIGTERM, signal.SIGINT)}


def _silence(ray: Any) -> None:
    """Keep Ray from printing the deaths of workers on our stdout, even with `log_to_driver` off.

    There is no public switch; this is the one that Ray's own debugger uses.
    """
    ray._private.worker._worker_logs_enabled = False
