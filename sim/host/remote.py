"""An engine that is started for a screen, in a process of its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from sim.config.load import LoadedConfig
from sim.errors import HostError, StepError
from sim.host.child import Child
from sim.host.codec import with_parts
from sim.host.joined import JoinedEngine
from sim.host.messages import (
    FIRST,
    PROTOCOL,
    Advanced,
    Begin,
    Hello,
    Message,
    OpenRecorded,
    OpenRun,
    Picture,
    Ready,
    Refusal,
    Unusable,
    own_version,
)
from sim.host.opening import error_of, packed
from sim.machine.user import user_name
from sim.snapshot import EMPTY

_LEAVING_SECONDS = 2.0
"""Longest wait for a process that has said that everything is recorded."""


class RemoteEngine(JoinedEngine):
    """Its process starts at once, the run at `start`; the screen is its first viewer."""

    def __init__(
        self,
        first: OpenRun | OpenRecorded,
        scenario: str,
        seed: int = 0,
        *,
        background: bool = False,
        group: int | None = None,
    ) -> None:
        self._child = Child(background=background)
        slot = replace(EMPTY, cause="starting", scenario=scenario, seed=seed)
        super().__init__(self._child.line, FIRST, slot)
        self._started = False
        self._group = group
        # The answer is not waited for: the process is still importing.
        self._say(Hello(PROTOCOL, own_version(), user_name()))
        self._say(first)

    @classmethod
    def new(
        cls,
        loaded: LoadedConfig,
        run_dir: Path | None = None,
        *,
        steps: int | None = None,
        background: bool = False,
        paused: bool = False,
        group: int | None = None,
    ) -> RemoteEngine:
        """An engine for a new run; it imports what it needs while the screen is made.

        Args:
            loaded: the configuration.
            run_dir: where the run directory is made; None chooses a name.
            steps: step at which the run is finished; None goes on.
            background: whether it is going to be left to itself.
            paused: whether to wait for `Resume` or `Step`.
            group: whose members may watch and steer, too.
        """
        path = None if run_dir is None else os.fsencode(run_dir)
        first = OpenRun(packed(loaded), path, steps, paused)
        seed = loaded.config.simulation.seed
        return cls(first, loaded.scenario, seed, background=background, group=group)

    @classmethod
    def resumed(
        cls,
        run_dir: Path,
        scenario: str,
        on_step: Callable[[int], None],
        *,
        group: int | None = None,
    ) -> RemoteEngine:
        """An engine that stands, paused, where a recorded run ended; see `resume_run`.

        Raises:
            InputError: the run directory or its traffic is unusable, or the run is in use.
            VerificationError: the recorded steps cannot be repeated.
        """
        engine = cls(OpenRecorded(os.fsencode(run_dir)), scenario, group=group)
        try:
            engine._catch_up(on_step)
        except BaseException:
            engine.close(0.0)
            raise
        return engine

    def start(self) -> None:
        """Begin to load and run."""
        self._started = True
        self._say(Begin(self._group))
        self._watch()

    def detach(self) -> bool:
        """Leave the run to itself, if others can find it by now."""
        if not self._slot.run_dir or self._over.is_set():
            return False
        return super().detach()

    def close(self, timeout: float | None = None) -> bool:
        """Stop, and wait until everything is recorded; see `Steerable.close`."""
        if self._left:
            return True
        if self._started and not self._closed(timeout):
            return False
        self._line.hang_up()
        self._child.wait(_LEAVING_SECONDS)
        return True

    def _say(self, message: Message) -> None:
        # A process that is gone is noticed where its answers are read.
        with suppress(OSError):
            self._line.send(message)

    def _catch_up(self, on_step: Callable[[int], None]) -> None:
        while True:
            try:
                answer = self._line.receive()
            except (EOFError, OSError, HostError):
                raise StepError(self._child.exit_report()) from None
            match answer:
                case Advanced():
                    on_step(answer.steps)
                case Refusal(reason):
                    raise StepError(reason)
                case Unusable():
                    raise error_of(answer)
                case Picture():
                    self._slot = with_parts(self._slot, answer)
                case Ready():
                    return

    def _exit_report(self) -> str:
        return self._child.exit_report()
