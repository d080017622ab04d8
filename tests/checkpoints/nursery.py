"""A process that has imported everything and forks `decsim-tui` on request: ready in no time.

Reads a JSON list of arguments a line and answers with the id of the process; on the next line it
waits for that process and answers with its status. Every run is a real process that can be killed.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def _import_everything() -> None:
    import sim.engine.engine
    import sim.run.rebuilding
    import sim.run.run
    import tui.cli
    from sim.numerics.compilation import STEP, kernels_in, warm_up

    warm_up(kernels_in(STEP))
    assert sim.engine.engine and sim.run.run and sim.run.rebuilding and tui.cli


def _be(arguments: list[str], output: Path) -> None:
    """Turn into the process that was asked for."""
    for stream in (sys.stdout.fileno(), sys.stderr.fileno()):
        os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), stream)
    from tui.cli import main

    code = 70
    try:
        code = main(arguments)
        sys.stdout.flush()
    finally:
        os._exit(code)


def _serve() -> None:
    _import_everything()
    print("ready", flush=True)
    for line in sys.stdin:
        output, *arguments = json.loads(line)
        child = os.fork()
        if child == 0:
            _be(arguments, Path(output))
        print(child, flush=True)
        # Not reaped before it is asked for: until then nobody else can get its id.
        sys.stdin.readline()
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    _serve()
