"""Steps that are held back and written together: what counts, what is in the file, what is not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import apsw
import pytest
from laboratory import EVENTFUL, advance, head_of, opened
from ledger_samples import GENESIS, fill

from sim.config.parameters import Value
from sim.errors import LedgerError
from sim.ledger.batch import MOST_STEPS, Batch
from sim.ledger.draft import StepDraft
from sim.ledger.ledger import Ledger
from sim.ledger.reader import open_live
from sim.ledger.rows import CommandRow, SignatureRow, StepRow
from sim.ledger.verify import verify
from sim.run.run import Run


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.create(tmp_path / "ledger.db", GENESIS, {})


def write_step(ledger: Ledger, step: int, *, hold: bool = False) -> None:
    ledger.commit(fill(ledger.begin(step)), hold=hold)


def steps_in_file(ledger: Ledger) -> list[int]:
    reader = open_live(ledger.path)
    try:
        return [step for step, _ in reader.heads(0)]
    finally:
        reader.close()


def test_what_is_held_back_counts_and_is_not_in_the_file(ledger: Ledger) -> None:
    write_step(ledger, 1)
    for step in (2, 3):
        write_step(ledger, step, hold=True)
    assert (ledger.held, steps_in_file(ledger)) == (2, [1])
    head, length = ledger.head, ledger.length
    assert ledger.written < length
    ledger.flush()
    assert (ledger.held, steps_in_file(ledger)) == (0, [1, 2, 3])
    assert (ledger.head, ledger.length, ledger.written) == (head, length, length)
    ledger.close()
    assert verify(ledger.path).ok


def test_the_next_step_takes_along_what_is_held_back(ledger: Ledger) -> None:
    write_step(ledger, 1, hold=True)
    write_step(ledger, 2)
    assert (ledger.held, steps_in_file(ledger)) == (0, [1, 2])


def test_closing_writes_what_is_held_back(ledger: Ledger) -> None:
    write_step(ledger, 1, hold=True)
    ledger.close()
    assert steps_in_file(ledger) == [1]


@pytest.mark.parametrize("how", ["flush", "commit"])
def test_a_write_that_fails_loses_nothing(ledger: Ledger, how: str) -> None:
    write_step(ledger, 1, hold=True)
    write_step(ledger, 2, hold=True)
    ledger._connected().set_commit_hook(lambda: True)
    with pytest.raises(LedgerError):
        ledger.flush() if how == "flush" else write_step(ledger, 3)
    assert (ledger.held, steps_in_file(ledger)) == (2, [])
    ledger._connected().set_commit_hook(None)
    write_step(ledger, 3)
    assert steps_in_file(ledger) == [1, 2, 3]
    ledger.close()
    assert verify(ledger.path).ok


def test_a_write_that_arrived_though_it_failed_is_not_repeated(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The acknowledgement of SQLite is lost, and another step has come meanwhile."""
    write_step(ledger, 1, hold=True)
    write = Ledger._write

    def lost(self: Ledger, *arguments: object) -> None:
        write(self, *arguments)  # type: ignore[arg-type]
        raise apsw.IOError("lost")

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "_write", lost)
        patch.setattr("sim.ledger.retry.MAX_PAUSE_S", 0.0)
        with pytest.raises(LedgerError):
            ledger.flush()
    write_step(ledger, 2)
    assert steps_in_file(ledger) == [1, 2]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def draft(rows: Sequence[StepRow | SignatureRow | CommandRow] = ()) -> StepDraft:
    made = StepDraft(1, 1, bytes(32))
    for row in rows:
        made.append(row)
    return made


def test_a_batch_ends_by_steps_and_by_time() -> None:
    clock = Clock()
    batch = Batch(lambda: 0.5, clock)
    assert not batch.holds(draft(), 0, 0.1), "nobody has promised to write before telling"
    batch.allowed = True
    assert not batch.holds(draft(), 0, 0.1), "one step a transaction"
    batch.steps = 3
    assert [batch.holds(draft(), held, 0.1) for held in (0, 1, 2)] == [True, True, False]
    assert batch.holds(draft(), 0, 0.1)
    clock.now = 0.45
    assert not batch.holds(draft(), 1, 0.1), "the next step would end too late"
    assert not batch.holds(draft(), 0, 0.6), "a step takes longer than any may wait"
    batch.steps = 1000
    assert not batch.holds(draft(), MOST_STEPS - 1, 0.0)


def test_what_others_go_by_is_written_at_once() -> None:
    batch = Batch(lambda: 10.0, Clock())
    batch.allowed, batch.steps = True, 9
    command = CommandRow(1, "undo", "{}", "", "", "live", "rejected", "nothing to undo")
    assert not batch.holds(draft([command]), 0, 0.0)
    signature = SignatureRow(1, 0, 3, 0.5, bytes(4), bytes(4), "[]", bytes(16))
    assert not batch.holds(draft([signature]), 0, 0.0)


@pytest.mark.parametrize("executor", ["sequential", "threads"])
@pytest.mark.parametrize("together", [False, True])
def test_no_batch_changes_a_head(tmp_path: Path, executor: str, together: bool) -> None:
    settings: dict[str, Value] = {"simulation.executor": executor, "monitoring.tuner": False}
    expected = head_of(settings, 20)
    with opened(settings, file=tmp_path / "ledger.db") as run:
        run.batch.allowed, run.batch.steps = True, 8
        run.config.ledger.batch_seconds = 60.0
        run.simulation.executor.together = together
        held = 0
        for _ in range(20):
            advance(run, 1, EVENTFUL)
            held = max(held, run.ledger.held)
        assert held > 1
        assert run.ledger.head_hex == expected
    assert verify(tmp_path / "ledger.db").ok
    assert last_head(tmp_path / "ledger.db") == expected


def last_head(file: Path) -> str:
    reader = open_live(file)
    try:
        return reader.head().hex()
    finally:
        reader.close()


def test_a_checkpoint_is_of_a_step_that_is_written(tmp_path: Path) -> None:
    with opened({"monitoring.tuner": False}, file=tmp_path / "ledger.db") as run:
        run.keep_checkpoints(tmp_path / "checkpoints")
        hold_all(run)
        advance(run, 3)
        assert run.ledger.held and run.recorded < 3
        assert run.checkpoint()
        assert not run.ledger.held and run.recorded == 3


def hold_all(run: Run) -> None:
    run.batch.allowed, run.batch.steps = True, 32
    run.config.ledger.batch_seconds = 60.0


def test_polls_with_nothing_new_are_no_queries() -> None:
    """The cache of queries shows its worth in a run without a screen."""
    with opened({"monitoring.tuner": False}) as run:
        advance(run, 20, EVENTFUL)
        queries, lent = run.reader.cache.statistics(), run.reader.pool.statistics().lent
        assert queries.hits > 5
        assert lent <= queries.misses, "a hit asks the file for nothing"
