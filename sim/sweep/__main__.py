"""The process of a `Worker`."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from queue import SimpleQueue

from sim.sweep.performance import Task, perform


def main() -> None:
    """Do what comes until nothing comes any more."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    tasks: SimpleQueue[Task | None] = SimpleQueue()
    stop = threading.Event()
    threading.Thread(target=_listen, args=(tasks, stop), daemon=True).start()
    while (task := tasks.get()) is not None:
        pickle.dump(perform(task, stop.is_set), answers)
        answers.flush()


def _listen(tasks: SimpleQueue[Task | None], stop: threading.Event) -> None:
    try:
        while True:
            tasks.put(pickle.load(sys.stdin.buffer))  # noqa: S301 - of our own process
    except EOFError:
        stop.set()
        tasks.put(None)


if __name__ == "__main__":
    main()
