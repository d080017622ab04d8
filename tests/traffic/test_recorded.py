"""Recorded traffic: every dealt row once, in its order; labelled attacks can be given again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laboratory import advance, loaded, opened

from sim.commands import InjectAttack, SetParameter, Targets
from sim.ledger.rows import StepRow
from sim.traffic.attacks import Attack
from sim.traffic.build import make_source
from sim.traffic.files import FlowTable, read_flows
from sim.traffic.recorded import RecordedTraffic


def table(folder: Path, rows: int = 60) -> FlowTable:
    """Flows whose first feature tells their row number, every fifth an attack."""
    return read_flows(csv(folder, rows), format="csv", label_column="label", max_rows=0)


def csv(folder: Path, rows: int = 60) -> Path:
    file = folder / "flows.csv"
    kind = {0: "scan", 1: "flood"}
    lines = [
        f"{3 * i + 1},{i % 3},{kind[i // 5 % 2] if i % 5 == 0 else 'benign'}" for i in range(rows)
    ]
    file.write_text("bytes,other,label\n" + "\n".join(lines) + "\n")
    return file


def numbers(flows: np.ndarray) -> list[int]:
    """Row numbers from flows (log1p of three times the number)."""
    return ((np.rint(np.expm1(flows[:, 0].astype(np.float64))).astype(int) - 1) // 3).tolist()


@pytest.fixture
def flows(tmp_path: Path) -> FlowTable:
    return table(tmp_path)


def test_the_table_is_as_the_tests_think(flows: FlowTable) -> None:
    assert flows.features[0] == "bytes"
    assert numbers(flows.flows) == list(range(60))
    assert set(flows.classes[1:]) == {"flood", "scan"}


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_every_dealt_row_is_observed_once_and_in_order(tmp_path_factory, data) -> None:
    flows = _cached(tmp_path_factory)
    rows = data.draw(st.permutations(range(60)))
    cuts = sorted(data.draw(st.lists(st.integers(1, 59), max_size=4, unique=True)))
    shares = [np.array(s, dtype=np.int64) for s in np.split(rows, cuts)]
    source = RecordedTraffic(flows, shares, seed=1)
    seen: list[list[int]] = [[] for _ in shares]
    truth: list[list[int]] = [[] for _ in shares]
    agents = np.arange(len(shares), dtype=np.int64)
    step = 0
    while not source.exhausted(step):
        step += 1
        size = data.draw(st.integers(1, 20))
        # In any cut of the population, in any order.
        for part in np.array_split(agents[:: data.draw(st.sampled_from([1, -1]))], 2):
            batch = source.observe(part, step, size, ())
            for at, agent in enumerate(part):
                length = batch.lengths[at]
                seen[agent] += numbers(batch.flows[at, :length])
                truth[agent] += batch.truth[at, :length].tolist()
                assert (batch.truth[at, length:] == -1).all()
                assert (batch.flows[at, length:] == 0).all()
    assert seen == [share.tolist() for share in shares]
    assert truth == [flows.labels[share].tolist() for share in shares]
    batch = source.observe(agents, step + 1, 5, ())
    assert (batch.lengths == 0).all()


_tables: list[FlowTable] = []


def _cached(factory: pytest.TempPathFactory) -> FlowTable:
    if not _tables:
        _tables.append(table(factory.mktemp("recorded")))
    return _tables[0]


def test_a_loop_begins_again(flows: FlowTable) -> None:
    shares = [np.arange(10), np.arange(10, 14)]
    source = RecordedTraffic(flows, shares, seed=1, loop=True)
    agents = np.arange(2, dtype=np.int64)
    first, second = (source.observe(agents, step, 7, ()) for step in (1, 2))
    assert numbers(second.flows[0]) == [7, 8, 9, 0, 1, 2, 3]
    # Fewer rows than a batch: each once per batch.
    assert first.lengths.tolist() == [7, 4]
    assert numbers(second.flows[1, :4]) == [10, 11, 12, 13]
    assert not source.exhausted(2)
    source.loop = False
    assert source.exhausted(2)


def test_an_injected_attack_is_made_of_its_own_flows(flows: FlowTable) -> None:
    shares = [np.arange(a, 60, 4) for a in range(4)]
    agents = np.arange(4, dtype=np.int64)
    for kind in flows.classes[1:]:
        source = RecordedTraffic(flows, shares, seed=1, loop=True)
        code = source.attack_kinds.index(kind) + 1
        hit = Attack(1, kind, 1.0, since=1, until=90, targets=Targets(agents=(1, 2)))
        taken = total = 0
        for step in range(1, 60):
            batch = source.observe(agents, step, 12, (hit,))
            for agent in range(4):
                length = batch.lengths[agent]
                real = np.array(numbers(batch.flows[agent, :length]))
                assert (flows.labels[real] == batch.truth[agent, :length]).all()
                own = np.isin(real, shares[agent])
                if agent in (1, 2):
                    taken += int((batch.truth[agent, :length] == code).sum())
                    total += int(length)
                    assert (own | (flows.labels[real] == code)).all()
                else:
                    assert own.all()
        background = (flows.labels == code).mean()
        assert taken / total == pytest.approx(0.7 + 0.3 * background, abs=0.06)


def test_an_attack_does_not_shift_what_is_read(flows: FlowTable) -> None:
    shares = [np.arange(60)]
    agents = np.zeros(1, dtype=np.int64)
    plain, hit = (RecordedTraffic(flows, shares, seed=1) for _ in range(2))
    scan = Attack(1, "scan", 0.5, since=1, until=3, targets=Targets(fraction=1.0))
    for step in (1, 2, 3):
        one = plain.observe(agents, step, 10, ())
        two = hit.observe(agents, step, 10, (scan,))
        untouched = (one.flows == two.flows).all(axis=2)
        assert untouched.all() == (step == 3)
        assert (two.truth[~untouched] == hit.attack_kinds.index("scan") + 1).all()


def test_a_whole_run_reads_each_row_once_and_ends(tmp_path: Path) -> None:
    changes = {
        "traffic.path": str(csv(tmp_path, 300)),
        "traffic.batch_size": 9,
        "simulation.agents": 5,
    }
    with opened(changes) as experiment:
        steps = 0
        while not experiment.simulation.finished:
            advance(experiment, 1)
            steps += 1
        assert steps == -(-60 // 9)
        rows = [row.flows for _, row in experiment.reader.rows(StepRow)]
        assert rows == [45] * 6 + [30]
        assert experiment.simulation.source.profile(0) == "60 rows"


def test_a_loop_switched_on_live_goes_on(tmp_path: Path) -> None:
    changes = {
        "traffic.path": str(csv(tmp_path, 60)),
        "traffic.batch_size": 10,
        "simulation.agents": 3,
    }
    with opened(changes) as experiment:
        advance(experiment, 3, {2: (SetParameter("traffic.loop", True),)})
        assert not experiment.simulation.finished
        rows = [row.flows for _, row in experiment.reader.rows(StepRow)]
        assert rows == [30, 30, 30]
        advance(experiment, 1, {4: (SetParameter("traffic.loop", False),)})
        assert experiment.simulation.finished


def test_attacks_of_a_file_are_those_of_its_labels(tmp_path: Path) -> None:
    settings_ = {"traffic.path": str(csv(tmp_path, 600)), "simulation.agents": 4}
    given = {2: (InjectAttack("scan"), InjectAttack("ddos"))}
    with opened(settings_) as experiment:
        advance(experiment, 2, given)
        status = [(row.status, row.reason) for _, row in experiment.reader.commands()]
    assert status[0] == ("applied", "")
    assert status[1][0] == "rejected"
    assert "flood" in status[1][1] and "scan" in status[1][1]


def test_fewer_hosts_than_agents_is_said(tmp_path: Path) -> None:
    changes = {
        "traffic.path": str(csv(tmp_path, 60)),
        "traffic.deal": "column",
        "traffic.deal_column": "other",
        "simulation.agents": 9,
    }
    source, notices = make_source(loaded(changes).config)
    assert source.agents == 3
    assert any("3 agents only, 9 were asked for" in notice for notice in notices)
    assert [source.profile(agent) for agent in range(3)] == ["0", "1", "2"]
