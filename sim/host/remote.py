"""An engine that lives in another process, as the screen holds it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from sim.commands import Command, Control, Order, Stop
from sim.config.load import LoadedConfig
from sim.errors import StepError
from sim.host.child import Child
from sim.host.wire import (
    Advanced,
    Begin,
    Delta,
    Detach,
    Ended,
    OpenRecorded,
    OpenRun,
    Ready,
    Refused,
    Submit,
    merged,
    receive,
    send,
)
from sim.snapshot import EMPTY, RunState, Snapshot
from sim.text import command_line

_LEAVING_SECONDS = 2.0
"""Longest wait for a process that has said that everything is recorded."""


class RemoteEngine:
    """Satisfies `sim.steerable.Steerable`. Its process starts at once, the run at `start`."""

    def __init__(
        self, first: OpenRun | OpenRecorded, scenario: str, *, background: bool = False
    ) -> None:
        self._slot = replace(EMPTY, cause="starting", scenario=scenario)
        self._child = Child(background=background)
        self._tickets = 0
        self._sending = threading.Lock()
        self._over = threading.Event()
        """Set once nothing more will come."""
        self._left = False
        """Whether the run was left to itself."""
        self._receiver: threading.Thread | None = None
        self._send(first)

    @classmethod
    def new(
        cls,
        loaded: LoadedConfig,
        run_dir: Path | None = None,
        *,
        steps: int | None = None,
        background: bool = False,
        paused: bool = False,
    ) -> RemoteEngine:
        """An engine for a new run; it imports what it needs while the screen is made.

        Args:
            loaded: the configuration.
            run_dir: where the run directory is made; None chooses a name.
            steps: step at which the run is finished; None goes on.
            background: whether it is going to be left to itself.
            paused: whether to wait for `Resume` or `Step`.
        """
        return cls(OpenRun(loaded, run_dir, steps, paused), loaded.scenario, background=background)

    @classmethod
    def resumed(cls, run_dir: Path, scenario: str, on_step: Callable[[int], None]) -> RemoteEngine:
        """An engine that stands, paused, where a recorded run ended; see `resume_run`.

        Raises:
            InputError: the run directory or its traffic is unusable, or the run is in use.
            VerificationError: the recorded steps cannot be repeated.
        """
        engine = cls(OpenRecorded(run_dir), scenario)
        try:
            engine._make_up(on_step)
        except BaseException:
            engine.close(0.0)
            raise
        return engine

    # -- Steerable -----------------------------------------------------------------------------

    @property
    def snapshot(self) -> Snapshot:
        """The latest picture."""
        return self._slot

    def start(self) -> None:
        """Begin to load and run."""
        self._send(Begin())
        self._receiver = threading.Thread(target=self._listen, name="engine", daemon=True)
        self._receiver.start()

    def submit(self, command: Command) -> int:
        """Queue a command; see `Steerable.submit`."""
        with self._sending:
            self._tickets += 1
            ticket = self._tickets
            with suppress(OSError):
                send(self._child.pipe, Submit(ticket, command))
                return ticket
        if not isinstance(command, Control):
            from sim.steering.journal import unrecorded  # brings the ledger with it

            order, reason = Order(command, ticket=ticket), "the run has ended"
            late = unrecorded(order, self._slot.step, "rejected", reason)
            self._slot = replace(self._slot, journal=(late, *self._slot.journal))
        return ticket

    def detach(self) -> bool:
        """Leave the run to itself, if others can find it by now."""
        if not self._slot.run_dir or self._over.is_set():
            return False
        self._left = True
        self._send(Detach(keep=True))
        return True

    def close(self, timeout: float | None = None) -> bool:
        """Stop, and wait until everything is recorded; see `Steerable.close`."""
        if self._left:
            return True
        if self._receiver is not None:
            self.submit(Stop())
            if not self._over.wait(timeout):
                return False
        self._send(Detach())
        self._child.wait(_LEAVING_SECONDS)
        return True

    # -- the pipe ------------------------------------------------------------------------------

    def _send(self, message: object) -> None:
        # A process that is gone is noticed where its answers are read.
        with self._sending, suppress(OSError):
            send(self._child.pipe, message)

    def _make_up(self, on_step: Callable[[int], None]) -> None:
        while True:
            try:
                answer = receive(self._child.pipe)
            except (EOFError, OSError):
                raise StepError(self._child.exit_report()) from None
            match answer:
                case Advanced():
                    on_step(answer.steps)
                case Refused():
                    raise answer.error
                case Delta():
                    self._slot = merged(self._slot, answer.changed)
                case Ready():
                    return

    def _listen(self) -> None:
        """Take pictures until the process is gone."""
        with suppress(EOFError, OSError):
            while True:
                match receive(self._child.pipe):
                    case Delta(changed):
                        self._slot = merged(self._slot, changed)
                    case Ended():
                        self._over.set()
        if not self._over.is_set() and not self._left:
            self._report_death()
            self._over.set()

    def _report_death(self) -> None:
        """Show that the process has gone without a word; what is recorded is safe."""
        cause = self._child.exit_report()
        if self._slot.run_dir:
            cause += f"; what is recorded is kept: {command_line('resume', self._slot.run_dir)}"
        self._slot = replace(self._slot, state=RunState.FAILED, cause=cause, pending=())
