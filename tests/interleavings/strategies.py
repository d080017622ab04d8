"""Hypothesis strategies for all steering commands, usable and not."""

from __future__ import annotations

from typing import get_args

from hypothesis import strategies as st

from sim.commands import (
    FaultKind,
    InjectAttack,
    InjectFault,
    Redo,
    SetAdversaries,
    SetParameter,
    Steering,
    StopAttack,
    Targets,
    Undo,
)
from sim.config.parameters import Parameter, parameters
from sim.plugins.catalogue import ATTACKS, BEHAVIOURS

AGENTS = 12
_LIMITS = {
    "traffic.batch_size": 32,
    "detection.refit_interval": 9,
    "cache.capacity": 5000,
    "simulation.steps_per_second": 0,
}
"""Key → highest value that costs no time to speak of; 0 leaves the key alone."""

targets = st.one_of(
    st.builds(Targets, fraction=st.sampled_from([0.1, 0.3, 0.6, 1.0])),
    st.builds(
        Targets,
        agents=st.lists(st.integers(0, AGENTS), min_size=1, max_size=4).map(tuple),
    ),
    st.builds(
        Targets,
        centre=st.tuples(st.integers(-1, 4), st.integers(-1, 4)),
        radius=st.sampled_from([0.0, 1.0, 2.5]),
        spread=st.sampled_from([0.0, 0.5]),
    ),
)


def _values(parameter: Parameter) -> st.SearchStrategy[object]:
    if parameter.kind == "bool":
        return st.booleans()
    if parameter.kind == "choice":
        return st.sampled_from(parameter.choices)
    low = parameter.low or 0.0
    high = min(parameter.high or 1.0, low + 20, _LIMITS.get(parameter.key, 1e9))
    if parameter.kind == "int":
        return st.integers(int(low), int(high))
    return st.floats(low, high, exclude_min=parameter.low_open)


def _settings(parameter: Parameter) -> st.SearchStrategy[SetParameter]:
    values = _values(parameter)
    return st.builds(SetParameter, st.just(parameter.key), values)  # type: ignore[arg-type]


_live = [p for p in parameters() if p.live and _LIMITS.get(p.key, 1)]
_wrong = st.sampled_from(
    [
        SetParameter("detection.threshold", 7),
        SetParameter("detection.threshold", float("nan")),
        SetParameter("simulation.agents", 5),
        SetParameter("no.key\x1b[31m", "\u202e"),
        InjectAttack("nonsense"),
        InjectAttack("ddos", duration=0),
        StopAttack(99),
    ]
)
parameter_changes = st.sampled_from(_live).flatmap(_settings)
commands: st.SearchStrategy[Steering] = st.one_of(
    parameter_changes,
    st.builds(
        InjectAttack,
        kind=st.sampled_from(ATTACKS.names),
        intensity=st.sampled_from([0.3, 0.8, 1.0]),
        duration=st.integers(1, 9),
        targets=targets,
    ),
    st.builds(StopAttack, attack=st.integers(0, 5)),
    st.builds(SetAdversaries, behaviour=st.sampled_from(BEHAVIOURS.names), targets=targets),
    st.builds(
        InjectFault,
        kind=st.sampled_from(get_args(FaultKind)),
        targets=targets,
        duration=st.integers(1, 4),
    ),
    st.builds(Undo),
    st.builds(Redo),
    _wrong,
)
