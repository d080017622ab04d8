"""Takes orders: what is the engine's own is done at once, what a step must do waits for one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.commands import (
    PACE,
    Inspect,
    Order,
    Pause,
    PauseWhen,
    Resume,
    SetPace,
    SetParameter,
    Step,
    Stop,
    Withdraw,
)
from sim.config.parameters import Value, parameter_named, parse_value
from sim.engine.inbox import Inbox
from sim.engine.pacing import Pacer
from sim.engine.slot import Slot
from sim.errors import ConfigError
from sim.snapshot import Focus

if TYPE_CHECKING:
    from sim.engine.driver import Driver


class Desk:
    """Serves the orders of one run, in the thread that steps it.

    Args:
        inbox: where orders come in and wait.
        pacer: when the next step is due.
        slot: where the run is painted.
        stop: set when the run is to stop.
        driver: gives what drives the run, once it is open.
    """

    def __init__(
        self,
        inbox: Inbox,
        pacer: Pacer,
        slot: Slot,
        stop: threading.Event,
        driver: Callable[[], Driver],
    ) -> None:
        self._inbox = inbox
        self._pacer = pacer
        self._slot = slot
        self._stop = stop
        self._driver = driver

    def serve(self, wait: float) -> bool:
        """Take the orders that are there, or the next one within so many seconds.

        Returns:
            Whether an order was taken, so that there may be something to show.
        """
        took = False
        while not self._stop.is_set():
            order = self._inbox.get(wait)
            if order is None:
                break
            self._take(order)
            took, wait = True, 0.0
        return took

    def _take(self, order: Order) -> None:
        step = self._slot.latest.step
        match order.command:
            case Pause():
                self._driver().pause()
            case PauseWhen(condition):
                self._driver().condition = condition
            case Resume():
                self._driver().resume()
            case Step(steps):
                self._driver().burst(steps)
            case SetPace(pace):
                self._pacer.ask(pace)
            case Withdraw(ticket):
                self._inbox.withdraw(ticket, step)
            case Inspect(agent, signature, knob, value):
                self._slot.look(order.viewer, Focus(agent, signature, knob, value))
            case Stop():
                self._stop.set()
            case _ if self._pacer.ended:
                self._inbox.acknowledge([order], step, "rejected", "the run has ended")
            case SetParameter(key, value) if key == PACE:
                self._set_pace(order, value)
            case command if reason := self._driver().stepper.run.faults.refusal(command):
                self._inbox.acknowledge([order], step, "rejected", reason)
            case _:
                self._inbox.hold(order, step)

    def _set_pace(self, order: Order, value: Value) -> None:
        """What a key does by `SetPace`, asked for by the name of the parameter."""
        step = self._slot.latest.step
        try:
            self._pacer.ask(float(parse_value(parameter_named(PACE), value)))
        except ConfigError as error:
            self._inbox.acknowledge([order], step, "rejected", str(error))
        else:
            self._inbox.acknowledge([order], step, "applied", "")
