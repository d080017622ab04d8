"""Typed reads, live and of a finished run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest
from ledger_samples import GENESIS, fill, tampering, write

from sim.errors import LedgerCorruptError, LedgerError, RunDirectoryError
from sim.ledger import reader as reader_module
from sim.ledger.cache import QueryCache
from sim.ledger.ledger import Ledger
from sim.ledger.pool import ReaderPool
from sim.ledger.reader import LedgerReader, open_read_only
from sim.ledger.rows import SignatureRow, StepRow, TallyRow, TruthRow, VerdictRow


@pytest.fixture
def reader(ledger: Ledger) -> Iterator[LedgerReader]:
    """Reads the ledger that the fixture `ledger` writes."""
    with closing(LedgerReader(ReaderPool(ledger.path), QueryCache())) as reader:
        yield reader


def test_everything_comes_back_typed(reader: LedgerReader, ledger: Ledger) -> None:
    assert reader.genesis() == GENESIS
    assert reader.meta() == {"run_id": "r1", "version": "0.1"}
    assert (reader.length(), reader.head()) == (19, ledger.head)
    assert [seq for seq, _ in reader.signatures_after(-1)] == [2, 8, 14]
    assert reader.signatures_after(8) == ((14, reader.signature(14)),)
    assert isinstance(reader.signature(2), SignatureRow)
    assert reader.signature(3) is None
    ((seq, tally),) = reader.tallies(8)
    assert (seq, tally.confirm, tally.refute, tally.abstain) == (9, 1.5, 0.25, 1)
    assert reader.tallies(99) == ()
    assert reader.verdict(8) == VerdictRow(1, 8, "ACCEPTED", 1.5, 0.25, 3, "quorum")
    assert [seq for seq, _ in reader.rows(VerdictRow, after=4)] == [10, 16]
    truths = [row for _, row in reader.rows(TruthRow)]
    assert [row.truth for row in truths] == ["attack"] * 3
    assert reader.truth(8) == truths[1]
    assert [row.step for _, row in reader.commands()] == [0, 1, 2]
    assert next(reader.rows(StepRow))[1] == StepRow(
        0, 10, 320, 5, (1, 2, 3, 4), (5, 6, 7, 8), b"d" * 16
    )
    assert reader.metric_names() == ("hit_rate", "step_s")
    assert reader.metrics("step_s") == ((0, 0.125), (1, 1.125), (2, 2.125))
    assert all(math.isnan(value) for _, value in reader.metrics("hit_rate"))


def test_tail_shows_the_last_rows_of_all_kinds(reader: LedgerReader) -> None:
    kinds = ["commands", "signatures", "tallies", "verdicts", "truths", "steps"]
    assert [(entry.seq, entry.kind, entry.step) for entry in reader.tail(7)] == [
        (12, "steps", 1),
        *[(13 + i, kind, 2) for i, kind in enumerate(kinds)],
    ]
    assert len(reader.tail(1000)) == 19
    assert reader.tail(0) == ()


def test_no_row_is_missing_among_those_that_are_appended_meanwhile(
    reader: LedgerReader, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, step = reader._entries, iter(range(3, 20))

    def one_table(*arguments: object) -> list:
        found = read(*arguments)
        ledger.commit(fill(ledger.begin(next(step))))
        return found

    monkeypatch.setattr(reader, "_entries", one_table)
    seqs = [entry.seq for entry in reader.between(5, 1000)]
    assert seqs == list(range(5, 5 + len(seqs)))
    assert len(seqs) == 14


def test_heads_are_the_hashes_of_the_steps(
    reader: LedgerReader, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads = list(reader.heads())
    assert [step for step, _ in heads] == [0, 1, 2]
    assert heads[-1][1] == ledger.head
    assert list(reader.heads(after_step=1)) == heads[2:]


def test_rows_are_read_page_by_page(reader: LedgerReader, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = list(reader.rows(TallyRow))
    monkeypatch.setattr(reader_module, "PAGE_ROWS", 2)
    assert list(reader.rows(TallyRow)) == whole
    assert [seq for seq, _ in whole] == [3, 9, 15]
    assert [seq for seq, _ in reader.rows(TallyRow, after=3)] == [9, 15]


def test_search_finds_the_newest_first(reader: LedgerReader) -> None:
    assert [entry.seq for entry in reader.search("PORT_", 2)] == [17, 11]
    assert [entry.kind for entry in reader.search("accepted", 1)] == ["verdicts"]
    assert reader.search("%", 10) == ()


def test_reads_are_cached_and_fresh(reader: LedgerReader, ledger: Ledger) -> None:
    assert len(reader.signatures_after(-1)) == len(reader.signatures_after(-1)) == 3
    assert reader.cache.statistics().hits == 1
    assert reader.verdict(20) is None
    assert len(reader.metrics("step_s")) == 3
    assert len(reader.tail(100)) == 19
    ledger.commit(fill(ledger.begin(3)))
    assert len(reader.signatures_after(-1)) == 4
    assert reader.verdict(20) is not None
    assert len(reader.metrics("step_s")) == 4
    assert len(reader.tail(100)) == 25


def test_metrics_alone_are_fresh_too(reader: LedgerReader, ledger: Ledger) -> None:
    assert len(reader.metrics("late")) == 0
    draft = ledger.begin(3)
    draft.record("late", 1)
    ledger.commit(draft)
    assert reader.metrics("late") == ((3, 1.0),)


def test_a_finished_run_is_read_without_a_trace(tmp_path: Path) -> None:
    path = write(tmp_path / "ledger.db")
    path.chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        with closing(open_read_only(path)) as reader:
            assert len(list(reader.heads())) == 3
            assert [entry.name for entry in tmp_path.iterdir()] == ["ledger.db"]
    finally:
        tmp_path.chmod(0o700)


def test_a_file_left_in_wal_mode_is_read_without_a_trace(path: Path) -> None:
    with closing(apsw.Connection(str(path))) as connection:
        assert connection.pragma("journal_mode", "wal") == "wal"
    with closing(open_read_only(path)) as reader:
        assert len(list(reader.heads())) == 3
        assert [entry.name for entry in path.parent.iterdir()] == ["ledger.db"]


def test_an_interrupted_run_is_read_with_its_wal(path: Path, tmp_path: Path) -> None:
    ledger = Ledger.open(path)
    ledger.commit(fill(ledger.begin(3)))
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("ledger.db", "ledger.db-wal"):
        (copy / name).write_bytes(path.with_name(name).read_bytes())
    ledger.close()
    with closing(open_read_only(copy / "ledger.db")) as reader:
        assert len(list(reader.heads())) == 4
    with closing(Ledger.open(copy / "ledger.db")) as again:
        assert again.length == 25


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (None, RunDirectoryError),
        (b"", RunDirectoryError),
        (b"hello\x1b[2J", RunDirectoryError),
        (b"SQLite format 3\0" + b"\xa5" * 5000, LedgerCorruptError),
    ],
)
def test_what_is_no_ledger_gets_one_clear_line(
    tmp_path: Path, data: bytes | None, error: type[Exception]
) -> None:
    path = tmp_path / "led\x1bger.db"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(error, match=r"ger\.db") as caught:
        open_read_only(path)
    assert str(caught.value).isprintable()


def test_another_schema_version_is_refused(path: Path) -> None:
    with closing(apsw.Connection(str(path))) as connection:
        connection.pragma("user_version", 3)
    with pytest.raises(RunDirectoryError, match="schema version 3, expected 1 or 2"):
        open_read_only(path)


def test_damaged_text_is_an_error_of_ours(path: Path) -> None:
    with tampering(path) as connection:
        connection.execute("UPDATE commands SET reason = CAST(x'ff' AS TEXT) WHERE seq = 7")
    with closing(open_read_only(path)) as reader, pytest.raises(LedgerError):
        reader.commands()
