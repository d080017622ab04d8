"""Any order of commands, pauses, resets and resumes gives a sound record that replays bit for bit.

Thirty sequences, two hundred with `-m long`, over a real engine in its thread. What is given while
the run goes on is applied at whatever step comes next: the journal alone must be enough to repeat
it.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from laboratory import loaded
from record_checks import check_record
from strategies import AGENTS, commands

from sim.commands import (
    InjectAttack,
    Inspect,
    Pause,
    Resume,
    SetAdversaries,
    SetPace,
    Steering,
    Step,
    Targets,
)
from sim.config.parameters import Value
from sim.engine.engine import Engine
from sim.engine.resuming import resume_run
from sim.ledger.verify import verify
from sim.run.replay import replay_run
from sim.snapshot import RunState, Snapshot

PATIENCE = 20.0
SETTINGS: Mapping[str, Value] = {
    "simulation.agents": AGENTS,
    "traffic.batch_size": 16,
    "detection.window": 64,
    "detection.min_window": 16,
    "consensus.expiry_steps": 3,
    "monitoring.history": 20,
}
EVENTS: list[tuple[int, Steering]] = [
    (3, InjectAttack("port_scan", intensity=0.8, duration=6, targets=Targets(fraction=0.5))),
    (4, SetAdversaries("poison", Targets(fraction=0.2))),
]


class Steered(RuleBasedStateMachine):
    """One person at one run, and at the run after it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="decsim-test-"))
        self.runs = 0
        self.in_force: dict[int, Mapping[str, Value]] = {}
        self.asked = 0
        """Steps asked for in this run; unlike those done, the same whenever this is repeated."""

    @initialize(executor=st.sampled_from(["sequential", "threads"]))
    def begin(self, executor: str) -> None:
        self.runs += 1
        self.in_force, self.asked = {}, 0
        configuration = loaded({**SETTINGS, "simulation.executor": executor}, EVENTS)
        self.engine = Engine(configuration, self.folder / f"run-{self.runs}", paused=True)
        self.engine.start()
        self.wait(lambda s: s.state is RunState.PAUSED)

    @rule(command=commands)
    def steer(self, command: Steering) -> None:
        self.engine.submit(command)

    @rule(steps=st.integers(1, 4))
    def step(self, steps: int) -> None:
        self.step_by(steps)

    @rule(command=commands, steps=st.integers(1, 3))
    def steer_while_running(self, command: Steering, steps: int) -> None:
        """Nobody knows at which step it arrives; what is in force changes only then."""
        self.step_by(1)
        before = self.engine.snapshot
        self.engine.submit(Resume())
        self.wait(lambda s: s.step >= before.step + steps)
        self.engine.submit(command)
        self.wait(lambda s: not s.pending and len(s.journal) > len(before.journal))
        self.engine.submit(Pause())
        after = self.wait(lambda s: s.state is RunState.PAUSED)
        applied = next((e.step for e in after.journal if e.ticket), after.step)
        for number in range(before.step + 1, after.step + 1):
            in_force = before if number < applied else after
            self.in_force[number] = in_force.parameters

    @rule(agent=st.integers(-1, AGENTS), signature=st.integers(-1, 60))
    def look(self, agent: int, signature: int) -> None:
        self.engine.submit(Inspect(agent, signature))

    @rule()
    def change_nothing(self) -> None:
        """Resume and pause at once: perhaps there is a step between them."""
        before = self.settled().step
        self.engine.submit(Resume())
        self.engine.submit(Pause())
        # Commands are taken in their order: a pace that is shown says that these have been.
        other = 1000.0 if self.engine.snapshot.pace != 1000.0 else 999.0
        self.engine.submit(SetPace(other))
        after = self.wait(lambda s: s.pace == other and s.state is RunState.PAUSED)
        for number in range(before + 1, after.step + 1):
            self.in_force[number] = after.parameters
        self.step_by(1)

    @precondition(lambda self: self.asked > 2)
    @rule()
    def leave_and_resume(self) -> None:
        before = self.settled()
        self.close()
        self.engine = resume_run(Path(before.run_dir))
        assert self.engine.snapshot.step == self.steps
        self.engine.start()

    @precondition(lambda self: self.asked > 4)
    @rule(executor=st.sampled_from(["sequential", "threads"]))
    def reset(self, executor: str) -> None:
        self.end()
        self.begin(executor)

    # What the rules use.

    def wait(self, reached: Callable[[Snapshot], bool]) -> Snapshot:
        until = time.monotonic() + PATIENCE
        while not reached(shot := self.engine.snapshot):
            assert shot.state is not RunState.FAILED, shot.cause
            assert time.monotonic() < until, (shot.state, shot.step, shot.cause, shot.pending)
            time.sleep(0.0005)
        return shot

    def settled(self) -> Snapshot:
        """The picture once the engine stands."""
        return self.wait(lambda s: s.state is RunState.PAUSED)

    def step_by(self, steps: int) -> None:
        self.asked += steps
        before = self.settled().step
        self.engine.submit(Step(steps))
        after = self.wait(lambda s: s.step >= before + steps and s.state is RunState.PAUSED)
        for number in range(before + 1, after.step + 1):
            self.in_force[number] = after.parameters
        assert after.pending == ()

    def close(self) -> None:
        assert self.engine.close(PATIENCE)
        self.steps = self.engine.snapshot.step
        assert self.engine.snapshot.state is RunState.STOPPED

    def end(self) -> None:
        """Close, and check all that was recorded."""
        self.close()
        run = self.engine.run_directory
        report = verify(run.ledger_file)
        assert report.ok, report
        check_record(run.ledger_file, self.in_force)
        again = replay_run(run.path, "threads" if self.runs % 3 == 2 else "sequential")
        assert again.ok, again
        assert again.steps == self.steps
        assert again.head == self.engine.snapshot.performance.ledger_head or not self.steps

    def teardown(self) -> None:
        try:
            if self.runs:
                self.end()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


def sequences(number: int) -> settings:
    """So many, of ten rules each."""
    return settings(
        max_examples=number,
        stateful_step_count=10,
        deadline=None,
        derandomize=True,
        # Ten steps are short enough to read, and shrinking them would take minutes.
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )


Steered.TestCase.settings = sequences(15)
TestSteered = Steered.TestCase


@pytest.mark.long
def test_steered_more_often() -> None:
    run_state_machine_as_test(Steered, settings=sequences(200))
