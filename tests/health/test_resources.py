"""Everybody who turns a size changes a factor of their own, and nobody puts back another's."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from laboratory import advance, opened

from sim.commands import InjectFault, SetParameter, Undo
from sim.resources.advice import Turn
from sim.resources.checks import MEMORY
from sim.resources.relief import relieve
from sim.resources.resources import Owner, Size

OWNERS: tuple[Owner, ...] = ("tuner", "relief", "pressure", "recovery")
Act = tuple[Literal["scale", "turn", "release"], Owner, float]
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["scale", "turn", "release"]),
        st.sampled_from(OWNERS),
        st.floats(0.01, 8.0),
    ),
    max_size=12,
)


# The others leave less than one of a million.
@example(
    [("turn", "tuner", 0.03125), ("scale", "relief", 0.03125), ("turn", "pressure", 1.0)], "tuner"
)
@given(ACTS, st.sampled_from(OWNERS))
def test_an_owner_that_lets_go_leaves_what_the_others_did(acts: list[Act], gone: Owner) -> None:
    def after(acts: list[Act]) -> Size:
        size = Size(lambda: 1_000_000)
        for kind, owner, number in acts:
            match kind:
                case "scale":
                    size.scale(owner, number)
                case "turn":
                    size.turn(owner, round(1000 * number))
                    assert size.now == pytest.approx(round(1000 * number), abs=1)
                case "release":
                    size.release(owner)
        return size

    whole = after(acts)
    factors = {owner: whole.factor(owner) for owner in OWNERS if owner != gone}
    whole.release(gone)
    assert whole.factor(gone) == 1.0
    assert {owner: whole.factor(owner) for owner in factors} == factors


def test_a_size_that_is_switched_off_stays_off_and_one_that_is_on_stays_on() -> None:
    configured = [0]
    size = Size(lambda: configured[0])
    size.scale("pressure", 1e-9)
    assert size.now == 0
    configured[0] = 10
    assert size.now == 1


def test_who_applies_a_size_hears_of_each_change() -> None:
    heard: list[int] = []
    size = Size(lambda: 256, heard.append)
    size.scale("pressure", 1 / 16)
    size.turn("tuner", 32)
    size.release("pressure")
    assert heard == [16, 32, 512]


def test_pressure_tuner_and_relief_do_not_overwrite_one_another(tmp_path: Path) -> None:
    """What memory pressure finds when it begins is not what it leaves when it is over."""
    with opened({"monitoring.tuner": False}, file=tmp_path / "ledger.db") as run:
        size = run.resources.judgements
        advance(run, 1, {1: (InjectFault("memory_pressure", None, 9),)})
        assert size.now == 125_000
        run.tuner._do(Turn("judgement cache", size.now, 62_500, "a test"))
        relieve(run.resources, MEMORY)
        assert size.now == 31_250
        advance(run, 1, {2: (Undo(),)})
        assert size.factor("pressure") == 1.0
        # The tuner is off, and has taken back its own half; that of the relief is left.
        assert (size.factor("tuner"), size.now) == (1.0, 1_000_000)
        assert run.tuner.lines[0].startswith("step 2: judgement cache")
        advance(run, 1, {3: (SetParameter("cache.capacity", 500),)})
        assert size.now == 500


def test_a_run_that_is_built_again_keeps_what_was_turned_but_for_the_pressure() -> None:
    with opened() as old, opened() as new:
        old.resources.judgements.scale("relief", 0.5)
        old.resources.judgements.scale("pressure", 0.5)
        old.resources.queries.scale("tuner", 2.0)
        new.resources.inherit(old.resources, "recovery", 0.25)
        assert new.resources.judgements.now == 250_000
        assert new.resources.query_cache.statistics().capacity == 128
        assert new.simulation.cache_capacity() == 250_000
