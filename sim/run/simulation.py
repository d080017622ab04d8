"""The whole experiment as one object of Python: a Mesa model with its own record.

from sim import Simulation

model = Simulation(agents=64, seed=7, scenario="worm")
for _ in range(100):
    model.step()
print(model.datacollector.get_model_vars_dataframe().tail())
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar

from sim.commands import STEERING_KINDS, Command, Order, Stop, kind_of
from sim.config.document import TimelineEntry
from sim.config.load import LoadedConfig, load_config
from sim.config.parameters import Value
from sim.config.schema import Config
from sim.errors import CommandRejectedError, LedgerError
from sim.ledger.ledger import Ledger
from sim.ledger.reader import LedgerReader
from sim.model.agents import AnomalyAgent
from sim.model.mesa_versions import plan_next_step
from sim.model.model import Population
from sim.run.model_frames import ModelFrames
from sim.run.run import Run, make_parts
from sim.run.summary import summarise
from sim.traffic.source import TrafficSource


class Simulation(Population):
    """A Mesa model of a whole run: agents, traffic, ledger, consensus.

    Everything is as in `decsim-tui run` with the same options, and so is the head of the ledger
    after as many steps: the defaults, the scenario, environment variables and the settings given
    here are merged in this order.

    Args:
        agents: size of the population; by default as the scenario says.
        seed: of every random draw.
        scenario: name or file; by default `quickstart`, or none with a traffic file.
        agent_class: a subclass of `AnomalyAgent`; its own `observe`, `detect`, `publish`,
            `poll_and_validate` and `learn` are called in each step.
        ledger: file of the ledger, made anew; by default one that goes with the model.
        settings: other keys, e.g. `**{"consensus.quorum": 0.8}`.

    Raises:
        InputError: something given here is unusable; one line that says what.
    """

    agent_reporters: ClassVar[dict[str, str]] = {
        "score": "score",
        "trust": "trust",
        "state": "state_name",
    }

    def __init__(
        self,
        agents: int | None = None,
        seed: int | None = None,
        scenario: str | None = None,
        agent_class: type[AnomalyAgent] | None = None,
        ledger: str | PathLike[str] | None = None,
        **settings: Value,
    ) -> None:
        self._waiting: list[Order] = []
        self._outcome: dict[str, object] | None = None
        loaded = _loaded(agents, seed, scenario, settings)
        file = None if ledger is None else Path(ledger)
        self._run = Run(
            loaded, make_parts(loaded), file, population=self._born, agent_class=agent_class
        )
        self.records = ModelFrames(self._run)
        """Signatures, votes, verdicts, errors and the rest of the record, as data frames."""
        self.kept_steps = None
        self.datacollector.collect(self)

    def _born(
        self,
        config: Config,
        timeline: Sequence[TimelineEntry],
        source: TrafficSource,
        ledger: Ledger,
        reader: LedgerReader,
        agent_class: type[AnomalyAgent],
    ) -> Population:
        super().__init__(config, timeline, source, ledger, reader, agent_class)
        return self

    # -- stepping ------------------------------------------------------------------------------

    def step(self) -> None:
        """Do one whole step, and record it. `running` is False once the traffic has ended.

        Raises:
            LedgerError: the step cannot be written; the next call writes it first.
        """
        try:
            self._run.commit()
            orders, self._waiting = self._waiting, []
            self._run.advance(orders)
        except BaseException:
            plan_next_step(self, self.now)
            raise
        finally:
            self.steps = self.now
        if self.finished:
            self.running = False

    def run_model(self, steps: int | None = None) -> None:
        """Step while `running`.

        Args:
            steps: at most so many; without, synthetic traffic goes on until something sets
                `running` to False.
        """
        last = None if steps is None else self.now + steps
        while self.running and (last is None or self.now < last):
            self.step()

    def submit(self, command: Command) -> None:
        """Steer: the command is applied at the beginning of the next step.

        What became of it is in `records.journal`: applied, or rejected with a reason.

        Raises:
            CommandRejectedError: it decides on pace or picture, which this model has none of.
        """
        if isinstance(command, Stop):
            self.running = False
        elif kind_of(command) in STEERING_KINDS:
            self._waiting.append(Order(command))
        else:
            raise CommandRejectedError(f"{kind_of(command)} means nothing to a model in Python")

    def close(self) -> None:
        """Give workers and the ledger back; the summary and figures already collected stay."""
        if self._run.closed:
            super().close()
        else:
            with suppress(LedgerError):  # there is none of a ledger that cannot be read
                self._outcome = self.summary()
            self._run.close()  # which closes what it steps, and comes back here

    # -- what came out of it -------------------------------------------------------------------

    @property
    def head(self) -> str:
        """Head of the ledger's hash chain, in hexadecimal."""
        return self._run.ledger.head_hex

    def summary(self) -> dict[str, object]:
        """The outcome so far: what `decsim-tui run --json` prints.

        Raises:
            LedgerError: the ledger cannot be read.
        """
        if self._run.closed and self._outcome is not None:
            return dict(self._outcome)
        # The time that its steps took: between them, it is up to its owner.
        return summarise(self._run, None, sum(self._run.seconds.values()), self.now)

    def __enter__(self) -> Simulation:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _loaded(
    agents: int | None, seed: int | None, scenario: str | None, settings: Mapping[str, Value]
) -> LoadedConfig:
    options = {key: (key, _plain(value)) for key, value in settings.items()}
    for name, value in (("agents", agents), ("seed", seed)):
        if value is not None:
            options[f"simulation.{name}"] = (name, _plain(value))
    return load_config(scenario=scenario, options=options)


def _plain(value: Any) -> Value:
    """A value as the configuration takes it: NumPy's numbers as those of Python."""
    plain: Value = value.item() if hasattr(value, "item") else value
    return plain
