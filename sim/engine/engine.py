"""The engine: decides when the next step happens, takes commands in, hands snapshots out.

An `Run` knows neither clock nor thread; the engine adds both. Everything heavy is imported
and built where the engine runs, so that a screen can be drawn before.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

# First: Mesa looks for the source of every import under way, in all modules that are loaded.
import sim.model.mesa_versions  # noqa: F401
from sim.archive.directory import RunDirectory
from sim.archive.outcome import keep_outcome
from sim.commands import Command, Order, Stop
from sim.config.load import LoadedConfig
from sim.engine.desk import Desk
from sim.engine.driver import Driver
from sim.engine.endings import beginning, close, explain
from sim.engine.foreground import step_through
from sim.engine.home import Home
from sim.engine.inbox import Inbox
from sim.engine.pacing import Pacer
from sim.engine.slot import Slot
from sim.errors import (
    RAISED,
    DecsimError,
    InputError,
    LedgerError,
    StepCancelledError,
    StepError,
)
from sim.machine.run_log import RunLog
from sim.machine.user import user_name
from sim.metrics.endpoint import check_port
from sim.snapshot import EMPTY, RunState, Snapshot

if TYPE_CHECKING:
    from sim.archive.lock import RunLock
    from sim.run.run import Run

_LOG = logging.getLogger(__name__)


class Engine:
    """Runs one run, in the background for a screen or in the foreground without one.

    Args:
        loaded: the configuration.
        run_dir: where the run directory is made; None chooses a name.
        steps: step at which the run is finished; None goes on.
        paused: whether to wait for `Resume` or `Step`.
    """

    def __init__(
        self,
        loaded: LoadedConfig,
        run_dir: Path | None = None,
        *,
        steps: int | None = None,
        paused: bool = False,
    ) -> None:
        self._loaded = loaded
        self._run_dir = run_dir
        self._goal = steps
        self._pacer = Pacer(paused=paused)
        self._inbox = Inbox()
        self._driver: Driver | None = None
        self._home = Home(loaded)
        seed = loaded.config.simulation.seed
        first = replace(EMPTY, cause="starting", scenario=loaded.scenario, seed=seed)
        self._tickets = itertools.count(1)
        self._slot = Slot(first, self._status, self._pacer, loaded.config.ui.refresh_hz)
        self._stop = threading.Event()
        self._desk = Desk(self._inbox, self._pacer, self._slot, self._stop, self._opened)
        self._ended = threading.Event()
        self._refused = False
        """Whether the run could not begin because of what the user gave."""
        self._thread: threading.Thread | None = None

    # -- from any thread -----------------------------------------------------------------------

    @property
    def snapshot(self) -> Snapshot:
        """The latest picture, as whoever uses this engine directly sees it."""
        return self._slot.seen_by(0)

    def seen_by(self, viewer: int) -> Snapshot:
        """The latest picture with what one viewer looks at."""
        return self._slot.seen_by(viewer)

    def wait_beyond(self, generation: int, timeout: float) -> None:
        """Wait for a picture after this one, but no longer than so many seconds."""
        self._slot.wait_beyond(generation, timeout)

    @property
    def ended(self) -> bool:
        """Whether the background work is over and everything is recorded."""
        return self._ended.is_set()

    def wait(self, timeout: float) -> bool:
        """Wait until it is, but no longer than so many seconds; whether it is."""
        return self._ended.wait(timeout)

    @property
    def loaded(self) -> LoadedConfig:
        """The configuration that the run began with."""
        return self._loaded

    @property
    def run_directory(self) -> RunDirectory:
        """Where the run is kept.

        Raises:
            RunDirectoryError: it has not been made yet.
        """
        return self._home.directory

    @property
    def log(self) -> RunLog:
        """What the run logs into, once it has a directory."""
        return self._home.log

    def start(self) -> None:
        """Begin to load and run in a thread of its own."""
        self._thread = threading.Thread(target=self._live, name="engine", daemon=True)
        self._thread.start()

    def submit(self, command: Command) -> int:
        """Queue a command; see `Steerable.submit`."""
        ticket = next(self._tickets)
        self.take(Order(command, ticket=ticket, giver=f"{user_name()}@0"))
        return ticket

    def take(self, order: Order) -> None:
        """Queue an order that has its ticket already; from any thread."""
        if isinstance(order.command, Stop):
            self.request_stop()
        self._inbox.put(order)
        if self._inbox.closed:  # nobody else will show what became of it
            self._slot.update()

    def request_stop(self) -> None:
        """End as soon as possible; safe in a signal handler."""
        self._stop.set()

    def close(self, timeout: float | None = None) -> bool:
        """Stop, and wait until everything is recorded; see `Steerable.close`."""
        if self._thread is None:
            self._inbox.refuse_the_rest(self._slot.latest.step, "the run has ended")
            self._end()
            return True
        self.submit(Stop())
        self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def outlives_its_screen(self) -> bool:
        """Whether the run goes on when its screen goes without a word."""
        return self._loaded.config.ui.on_hangup == "detach"

    @property
    def linger(self) -> float:
        """How long the run goes on while nobody watches, s."""
        return self._loaded.config.simulation.linger * 3600.0

    viewer = others = 0
    """Who uses this engine directly is alone."""
    in_charge = True
    """And may end it."""

    def detach(self) -> bool:
        """A run in this process cannot be left behind; see `Steerable.detach`."""
        return False

    # -- in the foreground ---------------------------------------------------------------------

    def open(self, steps: int | None = None) -> None:
        """Read the traffic, build everything, and only then make the run directory.

        Args:
            steps: how many will be done, if that is known.

        Raises:
            InputError: something that the user gave is unusable; nothing has been written.
        """
        from sim.run.run import Run, check_timeline, make_parts

        check_port(self._loaded.config.monitoring.metrics_port)
        parts = make_parts(self._loaded, self._tell, steps)
        check_timeline(self._loaded, parts.source)
        with self._home.new(self._run_dir) as directory:
            run = Run(self._loaded, parts, directory.ledger_file)
            run.serve_metrics()
        self._drive(run)

    def adopt(self, run: Run, directory: RunDirectory, lock: RunLock) -> None:
        """Take over a run that is built already."""
        self._home.take(directory, lock)
        self._drive(run)

    def _drive(self, run: Run) -> None:
        from sim.engine.stepping import Stepper

        directory = self.run_directory
        with self._home.logging():
            _LOG.info("%s", beginning(run, directory, self._loaded))
        stepper = Stepper(run, directory, self._inbox, self._slot, self._stop, self.log)
        self._driver = Driver(stepper, self._pacer, self._slot, self._goal)
        stepper.begin()
        self._driver.finish_if_done()  # resumed at its end
        self._inbox.note(run.journal)
        self._paint()

    def run(self, steps: int, on_step: Callable[[int], None] | None = None) -> None:
        """Do `steps` more steps in the calling thread, fewer where the traffic ends.

        Raises:
            LedgerError: the ledger cannot be written.
            StepError: a step failed.
        """
        with self.log.bound():
            try:
                step_through(self._opened(), self._desk, self._pacer, self._stop, steps, on_step)
            except StepCancelledError:
                pass
            except RAISED as error:
                if isinstance(error, DecsimError) and not isinstance(error, StepError):
                    raise
                _LOG.error("the run has failed", exc_info=error)
                raise StepError(explain(error, self._run, self._home.found)) from error
            self._paint()

    def summary(self) -> dict[str, object]:
        """What came out, as `--json` prints it."""
        from sim.run.summary import summarise

        stepper = self._opened().stepper
        return summarise(stepper.run, self.run_directory, stepper.seconds, stepper.steps)

    # -- in the background ---------------------------------------------------------------------

    def _live(self) -> None:
        """The life of the thread: load, run, end; whatever happens is visible."""
        with self.log.bound():
            self._live_logged()

    def _live_logged(self) -> None:
        try:
            if self._run is None:
                self.open()
            while not self._stop.is_set():
                if self._desk.serve(self._pacer.wait()):
                    self._paint()
                self._opened().turn()
        except StepCancelledError:
            pass
        except RAISED as error:
            self._fail(error)
        finally:
            if self._pacer.state is not RunState.FAILED:
                self._pacer.halt(RunState.STOPPED, "")
            self._inbox.refuse_the_rest(self._slot.latest.step, "the run has ended")
            self._slot.update()
            try:
                with suppress(LedgerError):
                    self._end()
            finally:  # whoever waits must not wait for ever
                self._ended.set()

    def _opened(self) -> Driver:
        if self._driver is None:
            raise StepError("the run is not open")
        return self._driver

    @property
    def _run(self) -> Run | None:
        """What runs; None while it is being built."""
        return self._driver.stepper.run if self._driver is not None else None

    # -- endings -------------------------------------------------------------------------------

    def _fail(self, error: BaseException) -> None:
        """Stop, keep the screen alive, and say what happened and how to see it again."""
        cause = explain(error, self._run, self._home.found)
        self._refused = isinstance(error, InputError) and self._run is None
        self._pacer.halt(RunState.FAILED, cause)
        if self._driver is not None:
            self._driver.stepper.record("step.failed", cause)
        _LOG.error("%s", cause, exc_info=None if isinstance(error, DecsimError) else error)

    def _end(self) -> None:
        """Close what is open; may be called again."""
        run = self._run
        try:
            if run is not None and not run.closed:
                with self.log.bound():
                    close(self._opened(), self._slot, self._keep_outcome)
        finally:  # whatever the ledger says: the run must be free to be resumed
            self._home.leave()

    def _keep_outcome(self) -> None:
        keep_outcome(self.run_directory, self.summary())

    # -- pictures ------------------------------------------------------------------------------

    def _paint(self) -> None:
        """Show the run as it stands, everything that is shown being written."""
        if self._driver is None:
            self._slot.paint()
        else:
            self._driver.paint()

    def _tell(self, text: str) -> None:
        if self._stop.is_set():
            raise StepCancelledError("the run is stopping")
        self._slot.tell(RunState.LOADING, text)

    def _status(self, picture: Snapshot) -> Snapshot:
        """A picture with what the engine itself knows."""
        directory = self._home.found
        return replace(
            picture,
            state=self._pacer.state,
            cause=self._pacer.cause,
            pause_when=self._driver.pause_when if self._driver is not None else "",
            refused=self._refused,
            run_id=directory.run_id if directory else "",
            run_dir=str(directory.path) if directory else "",
            pace=self._pacer.pace,
            pending=self._inbox.waiting,
            journal=self._inbox.journal,
            errors=self._run.simulation.errors.view() if self._run else (),
            health=self._run.health.view() if self._run else (),
            undo=self._inbox.undo or (self._run.simulation.steered.undo if self._run else None),
        )
