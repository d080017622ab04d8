"""Attacks come in waves: one agent after the other, for so long, and the same way every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laboratory import head_of, opened
from waiting import MakeEngine

from sim.commands import Order, SetParameter
from sim.config.parameters import Value
from sim.engine.resuming import resume_run
from sim.errors import TrafficError
from sim.run.replay import replay_run
from sim.traffic.deal_waves import LEAST_ROWS, Waves, deal_waves
from sim.traffic.files import FlowTable

BATCH = 6


def table_of(benign: int, attacks: tuple[int, ...], services: int = 3) -> FlowTable:
    labels = np.repeat(np.arange(1 + len(attacks)), (benign, *attacks)).astype(np.int16)
    count = len(labels)
    return FlowTable(
        path=Path("made-up"),
        format="csv",
        features=tuple(f"service={i}" for i in range(services)),
        flows=np.eye(services, dtype=np.float32)[np.arange(count) % services],
        labels=labels,
        classes=("benign", *(f"kind {i}" for i in range(len(attacks)))),
        groups=None,
        notes=(),
    )


WAVES = st.builds(
    Waves,
    quiet=st.integers(0, 9),
    stay=st.integers(1, 5),
    gap=st.integers(0, 6),
    spread=st.integers(0, 12),
    share=st.sampled_from([0.2, 0.5, 1.0]),
    kinds=st.integers(1, 4),
)


@given(waves=WAVES, agents=st.integers(1, 12), seed=st.integers(0, 2**63 - 1))
@settings(max_examples=60, deadline=None)
def test_a_wave_keeps_to_its_timing(waves: Waves, agents: int, seed: int) -> None:
    table = table_of(300, (LEAST_ROWS, 40, LEAST_ROWS - 1))
    made = deal_waves(table, agents, waves, batch=BATCH, concentration=0.5, seed=seed)
    dealt = made.shares(waves.share)
    kinds = min(waves.kinds, 2)
    steps = waves.steps(kinds)
    truth = np.stack([table.labels[rows] for rows in dealt]).reshape(agents, steps, BATCH)
    assert not (truth == 3).any(), "a kind with too few rows does not come"
    for turn in range(steps):
        for agent in range(agents):
            for kind in set(truth[agent, turn].tolist()) - {0}:
                there = np.flatnonzero((truth[agent] == kind).any(axis=1))
                assert there.max() - there.min() < waves.stay
                assert there.min() >= waves.quiet
    again = deal_waves(table, agents, waves, batch=BATCH, concentration=0.5, seed=seed).shares(
        waves.share
    )
    assert all(np.array_equal(one, other) for one, other in zip(dealt, again, strict=True))


def test_a_wave_reaches_everybody_in_turn_and_leaves_a_share_of_the_flows() -> None:
    waves = Waves(quiet=5, stay=10, gap=3, spread=18, share=0.4, kinds=1)
    table = table_of(4000, (50,))
    dealt = deal_waves(table, 9, waves, batch=40, concentration=0.5, seed=3).shares(0.4)
    truth = np.stack([table.labels[rows] for rows in dealt]).reshape(9, -1, 40)
    first = np.sort((truth > 0).any(axis=2).argmax(axis=1))
    assert first.tolist() == list(range(5, 23, 2))
    assert (truth > 0).sum() / (9 * 10 * 40) == pytest.approx(0.4, abs=0.03)


def test_a_file_that_no_wave_can_be_made_of_says_why() -> None:
    for table, words in ((table_of(9, (3,)), "kind 0 has 3"), (table_of(0, (99,)), "no benign")):
        with pytest.raises(TrafficError, match=words):
            deal_waves(table, 3, Waves(), batch=4, concentration=1.0, seed=1)


def test_services_are_shared_out_unevenly() -> None:
    table = table_of(30_000, (30,))
    dealt = deal_waves(table, 5, Waves(kinds=1), batch=64, concentration=0.1, seed=1).shares(0.3)
    service = np.stack([np.bincount(rows % 3, minlength=3) for rows in dealt])
    shares = service / service.sum(axis=1, keepdims=True)
    assert shares.max(axis=1).mean() > 0.6


@given(waves=WAVES, seed=st.integers(0, 2**40), share=st.floats(0.0, 1.0))
@settings(max_examples=40, deadline=None)
def test_another_share_leaves_everything_else_as_it_was(
    waves: Waves, seed: int, share: float
) -> None:
    """What is of an attack at a share is so at any higher one, and the rest is what was dealt."""
    table = table_of(300, (LEAST_ROWS, 40))
    made = deal_waves(table, 5, waves, batch=BATCH, concentration=0.5, seed=seed)
    some, more = (np.stack(made.shares(s)) for s in (min(share, 0.9), min(share, 0.9) + 0.1))
    few, many = (table.labels[rows] > 0 for rows in (some, more))
    assert (many | ~few).all()
    assert (some[~few] == made.calm[~few]).all()
    assert not (table.labels[np.stack(made.shares(0.0))] > 0).any()
    there = np.stack(made.shares(1.0)) != made.calm
    assert there.sum() <= 5 * waves.stay * BATCH * 2


def flows_file(folder: Path) -> Path:
    rows = [f"{i % 97},{i % 13},s{i % 3},{'scan' if i % 7 == 0 else 'benign'}" for i in range(700)]
    file = folder / "flows.csv"
    file.write_text("bytes,packets,service,label\n" + "\n".join(rows), encoding="utf-8")
    return file


def test_the_share_is_steered_live_and_replayed(tmp_path: Path, make_engine: MakeEngine) -> None:
    waves: dict[str, Value] = {
        "traffic.path": str(flows_file(tmp_path)),
        "traffic.deal": "waves",
        "traffic.wave_quiet": 2,
        "traffic.wave_stay": 20,
        "traffic.wave_spread": 0,
        "simulation.agents": 6,
    }
    given = {9: (SetParameter("traffic.wave_share", 0.9),)}
    with opened(waves) as run:
        shares = []
        for step in range(1, 15):
            run.advance([Order(command) for command in given.get(step, ())])
            truth = np.concatenate([s.step.batch.truth for s in run.simulation.shards])
            shares.append(float((truth > 0).mean()))
        head = run.ledger.head_hex
    assert shares[:2] == [0, 0]
    assert np.mean(shares[2:8]) == pytest.approx(0.3, abs=0.07)
    assert np.mean(shares[8:]) == pytest.approx(0.9, abs=0.05)
    threads: dict[str, Value] = {"simulation.executor": "threads", "simulation.workers": 2}
    assert head_of({**waves, **threads}, 14, given) == head
    engine = make_engine(waves, [(9, given[9][0])])
    engine.open()
    engine.run(11)
    engine.close()
    again = resume_run(engine.run_directory.path)
    again.run(3)
    again.close()
    report = replay_run(engine.run_directory.path, "sequential")
    assert (report.ok, report.head) == (True, head_of(waves, 14, {}, [(9, given[9][0])]))
