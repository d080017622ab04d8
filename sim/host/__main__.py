"""`python -m sim.host FD`: the process of an engine; only `sim.host.remote` starts it."""

from __future__ import annotations

import atexit
import gc
import os
import socket
import sys

from sim.host.line import Line
from sim.host.serve import serve

NICE = 10
"""How far the engine stands back when the screen wants to draw."""


def main() -> None:
    """Serve the viewer at the socket whose descriptor is the only argument."""
    # Going over all objects of the big libraries once more at exit would take half a second.
    atexit.register(gc.freeze)
    os.nice(NICE)
    descriptor = int(sys.argv[1])
    os.set_inheritable(descriptor, False)  # a worker that lives longer must not hold it open
    serve(Line(socket.socket(fileno=descriptor)))


if __name__ == "__main__":
    main()
