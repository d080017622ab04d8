"""Where the runs of a sweep are done: here, in processes, or by Ray."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from queue import SimpleQueue
from threading import Event
from typing import Any, Final

from sim.errors import ConfigError
from sim.execution.ray_session import connect, disconnect, installed
from sim.sweep.performance import INTERRUPTED, Outcome, Task, perform
from sim.sweep.worker import Worker

_PATIENCE: Final = 0.2
"""Longest wait before it is seen that somebody wants to stop, s."""


def done_here(tasks: Sequence[Task], stop: Event) -> Iterator[Outcome]:
    """Do one after the other in this process."""
    for task in tasks:
        if stop.is_set():
            return
        yield perform(task, stop.is_set)


def done_in_processes(tasks: Sequence[Task], jobs: int, stop: Event) -> Iterator[Outcome]:
    """Do them in so many processes; whichever is ready comes first."""
    workers: SimpleQueue[Worker] = SimpleQueue()
    for _ in range(jobs):
        workers.put(Worker())
    with ThreadPoolExecutor(jobs) as threads:
        running = {threads.submit(_by_process, task, workers, stop) for task in tasks}
        try:
            while running:
                ready, running = wait(running, _PATIENCE, FIRST_COMPLETED)
                yield from (future.result() for future in ready)
        finally:
            stop.set()  # also where nobody wants any more
    while not workers.empty():
        workers.get().close()


def _by_process(task: Task, workers: SimpleQueue[Worker], stop: Event) -> Outcome:
    """Have a process do it that is free; who waits here keeps no processor busy."""
    if stop.is_set():
        return Outcome(task.name, error=INTERRUPTED)
    worker = workers.get()
    try:
        return worker.perform(task, stop)
    finally:
        workers.put(worker)


def check_ray() -> None:
    """Make sure that Ray is there.

    Raises:
        ConfigError: it is not.
    """
    if not installed():
        raise ConfigError("--executor: Ray is not installed (pip install 'decsim-tui[ray]')")


def done_by_ray(tasks: Sequence[Task], jobs: int, stop: Event) -> Iterator[Outcome]:
    """Do them as tasks of Ray, so many at once; they write where this process reads.

    Raises:
        ExecutorError: Ray cannot be reached.
    """
    ray = connect(tasks[0].loaded.config.simulation.ray_address, jobs)
    try:
        remote = ray.remote(num_cpus=1, max_retries=0)(perform)
        waiting, running = list(tasks), dict[Any, Task]()
        while waiting or running:
            while waiting and len(running) < jobs and not stop.is_set():
                task = waiting.pop(0)
                running[remote.remote(task)] = task
            if not running:
                return
            ready, _ = ray.wait(list(running), num_returns=1, timeout=_PATIENCE)
            if stop.is_set():
                for reference in running:
                    ray.cancel(reference)
            for reference in ready:
                yield _result(ray, reference, running.pop(reference), stop)
    finally:
        disconnect()


def _result(ray: Any, reference: Any, task: Task, stop: Event) -> Outcome:
    try:
        outcome: Outcome = ray.get(reference)
    except ray.exceptions.RayError as error:
        reason = INTERRUPTED if stop.is_set() else str(error).partition("\n")[0]
        return Outcome(task.name, error=reason)
    return outcome
