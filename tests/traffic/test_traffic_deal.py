"""Rows are dealt once, in order, and the same way every time."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import TrafficError
from sim.traffic.deal import deal_rows
from sim.traffic.files import FlowTable


def table_of(labels, groups=None, flows=None) -> FlowTable:
    count = len(labels)
    grid = np.arange(2 * count, dtype=np.float32).reshape(count, 2) if flows is None else flows
    return FlowTable(
        path=Path("made-up"),
        format="csv",
        features=("a", "b"),
        flows=grid,
        labels=np.array(labels, dtype=np.int16),
        classes=("benign", "x", "y"),
        groups=None if groups is None else np.array(groups, dtype=object),
        notes=(),
    )


TABLES = st.integers(1, 80).flatmap(
    lambda n: st.builds(
        table_of,
        st.lists(st.integers(-1, 2), min_size=n, max_size=n),
        st.none() | st.lists(st.sampled_from(["a", "b", "c", "é"]), min_size=n, max_size=n),
    )
)


@given(
    table=TABLES,
    agents=st.integers(1, 100),
    how=st.sampled_from(["even", "column", "host", "dirichlet"]),
    skew=st.floats(0, 1),
    seed=st.integers(-5, 2**70),
)
@settings(max_examples=120, deadline=None)
def test_dealing(table, agents, how, skew, seed):
    if how in ("column", "host") and table.groups is None:
        with pytest.raises(TrafficError, match="deal_column"):
            deal_rows(table, agents, how=how, skew=skew, seed=seed)
        return
    dealt = deal_rows(table, agents, how=how, skew=skew, seed=seed)
    rows = np.concatenate(dealt)
    assert all(part.dtype == np.int64 for part in dealt)
    assert len(np.unique(rows)) == len(rows)
    assert all((np.diff(part) > 0).all() for part in dealt)
    again = deal_rows(table, agents, how=how, skew=skew, seed=seed)
    assert all(np.array_equal(a, b) for a, b in zip(dealt, again, strict=True))
    if how in ("even", "dirichlet"):
        assert len(dealt) == agents
        assert sorted(rows) == list(range(len(table.labels)))
    if how == "even" or (how == "dirichlet" and skew == 0):
        assert max(map(len, dealt)) - min(map(len, dealt)) <= 1
    if how in ("column", "host"):
        counts = Counter(table.groups.tolist())
        expected = sorted(counts, key=lambda v: (-counts[v], v))[:agents]
        assert [set(table.groups[part]) for part in dealt] == [{v} for v in expected]
        assert [len(part) for part in dealt] == [counts[v] for v in expected]


def spread(table: FlowTable, skew: float, of) -> float:
    """Mean over agents of the share of the most frequent cluster among their rows."""
    dealt = deal_rows(table, 8, how="dirichlet", skew=skew, seed=3)
    shares = [np.bincount(of[part]).max() / len(part) for part in dealt if len(part)]
    return float(np.mean(shares))


def test_skew_grows_with_skew():
    classes = np.arange(3000) % 3
    table = table_of(classes)
    found = [spread(table, skew, classes) for skew in (0.0, 0.1, 0.5, 1.0)]
    assert found == sorted(found)
    assert found[0] < 0.35
    assert found[-1] > 0.8


@pytest.mark.parametrize("labels", [[0] * 3000, [-1] * 3000])
def test_one_class_is_skewed_by_group_else_by_quantile(labels):
    groups = np.arange(3000) % 3
    assert spread(table_of(labels, [str(g) for g in groups]), 1.0, groups) > 0.8
    flows = np.stack([np.zeros(3000), np.arange(3000)[::-1]], axis=1).astype(np.float32)
    deciles = np.arange(3000) // 300
    assert spread(table_of(labels, flows=flows), 1.0, deciles) > 0.5
    assert spread(table_of(labels, flows=flows), 0.02, deciles) < 0.2


def test_seeds_differ():
    table = table_of(np.arange(300) % 3)
    first, second = (deal_rows(table, 5, how="dirichlet", skew=0.5, seed=s) for s in (1, 2))
    assert any(not np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"how": "odd"}, "'odd': expected even, column, host, dirichlet"),
        ({"agents": 0}, "at least 1"),
        ({"skew": 1.5}, "0 to 1"),
        ({"skew": float("nan")}, "0 to 1"),
    ],
)
def test_wrong_arguments(options, said):
    given_ = {"agents": 2, "how": "even", "skew": 0.0, "seed": 1} | options
    with pytest.raises(TrafficError, match=said):
        deal_rows(table_of([0, 1]), given_.pop("agents"), **given_)


def test_dirichlet_shares_out_the_groups_where_there_are_some() -> None:
    """Labels that have nothing to do with the groups are dealt like any flows of their group."""
    groups = ["web"] * 400 + ["mail"] * 400
    labels = [0, 1] * 400
    shares = deal_rows(table_of(labels, groups), 4, how="dirichlet", skew=0.95, seed=3)
    web = [sum(row < 400 for row in share) for share in shares]
    mail = [len(share) - count for share, count in zip(shares, web, strict=True)]
    assert max(web) > 200 and max(mail) > 200  # few agents get most of a group
    for share in shares:
        if len(share) > 100:
            assert 0.4 < np.mean([labels[row] for row in share]) < 0.6
