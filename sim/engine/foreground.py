"""Steps in the calling thread, for whoever has no screen."""

from __future__ import annotations

import threading
from collections.abc import Callable

from sim.engine.desk import Desk
from sim.engine.driver import Driver
from sim.engine.pacing import Pacer
from sim.engine.policy import Unattended


def step_through(
    driver: Driver,
    desk: Desk,
    pacer: Pacer,
    stop: threading.Event,
    steps: int,
    on_step: Callable[[int], None] | None,
) -> None:
    """Do so many steps, fewer where the traffic ends or the run is to stop.

    Args:
        driver: of the run.
        desk: takes what is ordered meanwhile; a pause ends the steps.
        pacer: when the next step is due.
        stop: set when the run is to stop.
        steps: how many.
        on_step: is told the last step that is in the file, after each step.

    Raises:
        StepCancelledError: the run is stopping.
        Exception: the run cannot go on.
    """
    attended, driver.policy = driver.policy, Unattended(stop.wait)
    try:
        desk.serve(0.0)
        if steps > 0:
            driver.burst(steps)
        while pacer.moving and not stop.is_set():
            desk.serve(0.0)
            if driver.turn() and on_step is not None:
                on_step(driver.stepper.run.recorded)
        while not driver.flush():
            pass  # the policy waits, and gives up in the end
    finally:
        driver.policy = attended
