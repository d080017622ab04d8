"""Binds what decides a run to the first row of its chain, so that a later change is noticed.

The first row stays as it is, or equal runs would not have equal heads: settings that change no
result, and how many steps were asked for, may differ between them. The binding stands beside the
chain; it is a digest over the first row's hash and everything that was decided when the run began.
Whoever can change one file of a run can change all of them: only a head that is kept elsewhere
proves that nobody did (`--expect-head`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Protocol

from sim.config.digest import plan_digest
from sim.config.load import LoadedConfig
from sim.errors import InputError
from sim.ledger.draft import StepDraft
from sim.ledger.findings import Problem
from sim.ledger.reader import open_read_only
from sim.ledger.rows import Genesis

KEY: Final = "binding"
"""Key of the binding among the texts of a ledger."""
_CONFIG: Final = "config.yaml"


class Recorded(Protocol):
    """What is asked of a run directory here."""

    @property
    def ledger_file(self) -> Path:
        """The ledger."""

    @property
    def config_file(self) -> Path:
        """The configuration that the run began with."""

    def load(self) -> LoadedConfig:
        """That configuration.

        Raises:
            InputError: it cannot be used.
        """

    def goal_holds(self, loaded: LoadedConfig) -> bool:
        """Whether the goal is what was written when it was set, or there is none."""


def bound(meta: Mapping[str, str], loaded: LoadedConfig, genesis: Genesis) -> dict[str, str]:
    """The texts that a ledger begins with, and what binds them and the configuration to it.

    Args:
        meta: the texts.
        loaded: the configuration that the run begins with.
        genesis: the first row of the ledger.
    """
    return {**meta, KEY: _binding(meta, loaded, genesis)}


def problems(run: Recorded) -> Iterator[Problem]:
    """What was changed since the run began: its configuration, or how many steps it was asked for.

    Args:
        run: a run whose ledger verifies. One of version 0.1 has no binding.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    reader = open_read_only(run.ledger_file)
    try:
        meta, genesis = reader.meta(), reader.genesis()
    finally:
        reader.close()
    if KEY not in meta:
        return
    try:
        loaded = run.load()
    except InputError as error:
        yield Problem(_CONFIG, None, str(error).removeprefix(f"{run.config_file}: "))
        return
    noted = {key: text for key, text in meta.items() if key != KEY}
    if _binding(noted, loaded, genesis) != meta[KEY]:
        yield Problem(_CONFIG, None, "is not the configuration that the run began with")
    elif not run.goal_holds(loaded):
        yield Problem("goal", None, "is not what the run was asked for")


def sealed_goal(steps: int, loaded: LoadedConfig) -> str:
    """The text of the file `goal`."""
    return f"{steps}\n{_digest([steps, plan_digest(loaded)])}\n"


def _binding(meta: Mapping[str, str], loaded: LoadedConfig, genesis: Genesis) -> str:
    head = StepDraft.genesis(genesis).head.hex()
    return _digest([head, plan_digest(loaded), sorted(meta.items())])


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
