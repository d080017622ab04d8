"""A dealing in which no attack can get a signature accepted is told, with the reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.config.load import load_config
from sim.consensus import votes
from sim.run.run import Run, make_parts
from sim.run.summary import summarise
from sim.traffic.files import FlowTable
from sim.traffic.scarcity import WITNESSES, Needs, scarce_attacks

NEEDS = Needs(flows=3, others=2, batch=4, horizon=3, open=2, before=4)


def table_of(labels: list[int]) -> FlowTable:
    kinds = max(labels, default=0)
    return FlowTable(
        path=Path("made-up"),
        format="csv",
        features=("x",),
        flows=np.zeros((len(labels), 1), dtype=np.float32),
        labels=np.array(labels, dtype=np.int16),
        classes=("benign", *(f"kind {i}" for i in range(1, kinds + 1))),
        groups=None,
        notes=(),
    )


def told(rows: list[list[int]], needs: Needs = NEEDS) -> str:
    """What is said where each agent reads flows of these classes."""
    ends = np.cumsum([len(row) for row in rows])
    shares = tuple(np.arange(end - len(row), end) for row, end in zip(rows, ends, strict=True))
    return scarce_attacks(table_of([label for row in rows for label in row]), shares, needs)


def possible(rows: list[list[int]], needs: Needs) -> bool:
    """The same by trying every publisher, step and kind, flow by flow."""
    begin = -(-needs.before // needs.batch)

    def recent(row: list[int], step: int, kind: int) -> int:
        first = max(step - needs.horizon + 1, begin)
        return row[first * needs.batch : (step + 1) * needs.batch].count(kind)

    steps = max((len(row) for row in rows), default=0) // needs.batch + 1 + needs.horizon
    for kind in {label for row in rows for label in row if label > 0}:
        for step in range(begin, steps):
            for publisher, row in enumerate(rows):
                if recent(row, step, kind) < needs.flows:
                    continue
                others = sum(
                    any(recent(other, later, kind) >= WITNESSES
                        for later in range(step, step + needs.open + 1))
                    or recent(other, step, kind) >= needs.flows
                    for agent, other in enumerate(rows)
                    if agent != publisher
                )  # fmt: skip
                if others >= needs.others:
                    return True
    return False


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from([0, 0, 0, 1, 2]), max_size=40), min_size=1, max_size=5),
    st.builds(
        Needs,
        flows=st.integers(2, 4),
        others=st.integers(1, 3),
        batch=st.integers(1, 6),
        horizon=st.integers(1, 5),
        open=st.integers(1, 4),
        before=st.integers(0, 9),
    ),
)
def test_it_warns_just_where_no_publisher_and_witnesses_can_meet(rows, needs) -> None:
    attacks = any(label > 0 for row in rows for label in row)
    assert bool(told(rows, needs)) == (attacks and not possible(rows, needs))


def test_the_reason_is_named() -> None:
    calm, hit = [0] * 24, [0] * 8 + [1] * 4 + [0] * 12
    late = [0] * 20 + [1] * 4
    assert not told([hit, hit, hit]) and not told([calm, calm])
    assert "of kind 1, which reaches most, 1 of 3 has flows at" in told([hit, calm, calm])
    assert "its publisher and 2 others have to see it (consensus.min_" in told([hit, calm, calm])
    apart = [[0] * (4 + 40 * n) + [1] * 4 + [0] * 9 for n in range(3)]
    assert "1 of 3 has flows at about the same time" in told(apart), "never at one time"
    assert "nobody with a model reads 3 flows of a kind" in told([[0] * 8 + [1, 1]] * 3)
    assert "all of them come before 4 flows are read" in told([[1] * 4 + [0] * 8] * 3)
    assert not told([hit, hit, late]), "late, but while the signature is open"


def test_a_witness_is_what_voters_call_one() -> None:
    assert WITNESSES == votes.WITNESSES


@pytest.mark.parametrize(("deal", "scarce"), [("column", True), ("waves", False)])
def test_warnings_are_in_the_summary(tmp_path: Path, deal: str, scarce: bool) -> None:
    rows = [f"s{i % 5},{i % 97},{i % 13},{'scan' if i % 5 == 0 and i % 2 else 'benign'}"
            for i in range(1500)]  # fmt: skip
    file = tmp_path / "flows.csv"
    file.write_text("site,bytes,packets,label\n" + "\n".join(rows), encoding="utf-8")
    loaded = load_config(
        settings=[f"traffic.path={file}", "simulation.agents=5", "traffic.batch_size=8",
                  "detection.detector=mahalanobis", f"traffic.deal={deal}",
                  "traffic.deal_column=site"],
        environment={},
    )  # fmt: skip
    run = Run(loaded, make_parts(loaded), None)
    try:
        run.advance()
        said = "\n".join(summarise(run, None, 1.0, 1)["warnings"])
        assert ("no kind of attack can get a signature accepted: of scan" in said) == scarce
        assert ("1 of 5 has flows" in said) == scarce
        assert said in "\n".join(run.notices), "on screen, too"
    finally:
        run.close()
