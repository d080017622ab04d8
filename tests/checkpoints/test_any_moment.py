"""Wherever a run is cut, and whatever it is like: from a checkpoint it goes on the same."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from laboratory import advance, head_of, loaded, opened
from rebirth import FLOOD, HALF, SCAN, risen

from sim.checkpoint import file
from sim.commands import (
    InjectFault,
    Redo,
    SetAdversaries,
    SetParameter,
    Steering,
    StopAttack,
    Targets,
    Undo,
)

pytestmark = pytest.mark.usefixtures("small_shards")
STEPS = 12
_number = itertools.count()

COMMANDS: list[Steering] = [
    SCAN,
    FLOOD,
    StopAttack(1),
    Undo(),
    Redo(),
    InjectFault("agent_crash", Targets(agents=(1, 2)), duration=3),
    InjectFault("broadcast_failure", HALF, duration=2),
    InjectFault("refit_failure", HALF, duration=4),
    InjectFault("cache_corruption", HALF),
    SetParameter("consensus.rule", "weighted"),
    SetParameter("consensus.rule", "majority"),
    SetParameter("consensus.committee", 5),
    SetParameter("consensus.min_confirmations", 2),
    SetParameter("detection.threshold", 0.75),
    SetParameter("traffic.batch_size", 9),
    SetParameter("signature.memory", 2),
    SetParameter("adversary.fraction", 0.4),
    SetParameter("cache.capacity", 0),
    *(
        SetAdversaries(behaviour, Targets(fraction=0.3))
        for behaviour in ("flip_votes", "spam", "poison", "collude", "silent", "betray", "honest")
    ),
]
COMMAND = st.sampled_from(COMMANDS)
GIVEN = st.dictionaries(st.integers(1, STEPS), st.lists(COMMAND, min_size=1, max_size=3).map(tuple))
SETTINGS = st.fixed_dictionaries(
    {
        "simulation.seed": st.integers(1, 5),
        "simulation.agents": st.sampled_from([1, 3, 11, 16]),
        "simulation.executor": st.sampled_from(["sequential", "threads"]),
        "detection.detector": st.sampled_from(["mahalanobis", "isolation_forest"]),
        "detection.trees": st.just(4),
        "traffic.skew": st.sampled_from([0.0, 0.6]),
    }
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_the_same_head_from_any_moment(tmp_path: Path, data: st.DataObject) -> None:
    configuration: dict[str, Any] = data.draw(SETTINGS)
    commands = data.draw(GIVEN)
    cuts = sorted(data.draw(st.sets(st.integers(1, STEPS - 1), min_size=1, max_size=3)))
    folder = tmp_path / str(next(_number))
    folder.mkdir()
    with opened(configuration, file=folder / "ledger.db") as whole:
        for step in range(1, STEPS + 1):
            advance(whole, 1, commands)
            if step in cuts:
                file.write(whole.take_checkpoint(), folder / f"{step}.npz")
        expected = whole.ledger.head_hex
        for cut in cuts:
            checkpoint = folder / f"{cut}.npz"
            again = risen(checkpoint, loaded(configuration), folder / "ledger.db")
            try:
                advance(again, STEPS - cut, commands)
                assert again.ledger.head_hex == expected, cut
            finally:
                again.close()


def test_watching_with_checkpoints_changes_nothing(tmp_path: Path) -> None:
    commands = {3: (SCAN,), 5: (SetAdversaries("poison", HALF),), 8: (FLOOD,)}
    with opened() as experiment:
        for _ in range(STEPS):
            advance(experiment, 1, commands)
            experiment.take_checkpoint()
        assert experiment.ledger.head_hex == head_of(steps=STEPS, given=commands)
