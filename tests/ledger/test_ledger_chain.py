"""The hash chain, and the way of a row into the file and back."""

from __future__ import annotations

import string
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_samples import GENESIS, write

from sim.errors import LedgerConstraintError
from sim.ledger.ballots import pack_ballots
from sim.ledger.chain import canonical, encode, link
from sim.ledger.codec import TABLES, row_of, values_of
from sim.ledger.ledger import Ledger
from sim.ledger.reader import open_read_only
from sim.ledger.rows import (
    CommandRow,
    Row,
    SignatureRow,
    StepRow,
    TallyRow,
    TruthRow,
    VerdictRow,
)
from sim.ledger.verify import verify

INT = st.integers(0, 2**63 - 1)
REAL = st.floats(allow_nan=False, min_value=0.0)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
BLOB = st.binary(max_size=40)
VALUE = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(), TEXT, BLOB)
COUNTS = st.tuples(INT, INT, INT, INT)


def test_known_answer() -> None:
    """The chain must never change by accident: old ledgers would no longer verify."""
    got = link(bytes(32), "truths", 5, (1, 2.5, "ü", b"\0", None))
    assert got.hex() == "411418a5c746c9e81c379a5ce0688792437ba70b490bdd0c20585eb375fbd0bc"


def test_canonical_bytes_are_as_documented() -> None:
    assert encode(-2) == b"i" + b"\xfe" + b"\xff" * 7
    assert encode(1.0) == b"f\0\0\0\0\0\0\xf0\x3f"
    assert encode("ü") == b"s\2\0\0\0\0\0\0\0\xc3\xbc"
    assert encode(b"\0") == b"b\1\0\0\0\0\0\0\0\0"
    assert encode(None) == b"n"


@settings(deadline=None)
@given(st.lists(VALUE, max_size=5), st.lists(VALUE, max_size=5))
def test_different_values_have_different_bytes(one: list[object], other: list[object]) -> None:
    same = [(type(v), repr(v)) for v in one] == [(type(v), repr(v)) for v in other]
    assert (canonical("t", 1, one) == canonical("t", 1, other)) == same  # type: ignore[arg-type]


def test_a_link_depends_on_each_of_its_parts() -> None:
    parts = (bytes(32), "truths", 5, (1, "a"))
    others = [
        link(b"\1" + bytes(31), *parts[1:]),
        link(parts[0], "steps", *parts[2:]),
        link(*parts[:2], 6, parts[3]),
        link(*parts[:3], (1, "b")),
        link(*parts[:3], ("1", "a")),
    ]
    assert len({link(*parts), *others}) == 6


def rows(step: int, signature: int) -> st.SearchStrategy[Row]:
    at = st.just(step)
    refers = st.just(signature)
    return st.one_of(
        st.builds(
            CommandRow,
            at,
            TEXT,
            TEXT,
            TEXT,
            TEXT,
            TEXT,
            st.sampled_from(["applied", "rejected"]),
            TEXT,
        ),
        st.builds(SignatureRow, at, INT, INT, st.floats(allow_nan=False), BLOB, BLOB, TEXT, BLOB),
        st.just(TallyRow(step, signature, 0.5, 0.0, 0, pack_ballots([1], [1], [0], [0.5]))),
        st.builds(
            TallyRow, at, refers, REAL, REAL, INT, st.binary(max_size=5).map(lambda b: b * 8)
        ),
    )


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_arbitrary_rows_come_back_and_keep_the_chain(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("rows") / "ledger.db"
    with closing(Ledger.create(path, GENESIS, {})) as ledger:
        written: list[Row] = [GENESIS]
        for step in range(2):
            draft = ledger.begin(step)
            first = SignatureRow(step, 1, 1, 0.5, b"", b"", "[]", b"")
            seq = draft.append(first)
            more = data.draw(st.lists(rows(step, seq), max_size=6))
            ends = [
                data.draw(
                    st.builds(
                        VerdictRow,
                        st.just(step),
                        st.just(seq),
                        st.just("EXPIRED"),
                        REAL,
                        REAL,
                        INT,
                        TEXT,
                    )
                ),
                data.draw(
                    st.builds(TruthRow, st.just(step), st.just(seq), st.just("poison"), TEXT)
                ),
                data.draw(st.builds(StepRow, st.just(step), INT, INT, INT, COUNTS, COUNTS, BLOB)),
            ]
            for row in [*more, *ends]:
                draft.append(row)
            written += [first, *more, *ends]
            assert ledger.commit(draft) == draft.head
        length = ledger.length
    reader = open_read_only(path)
    tail = reader.tail(length)
    reader.close()
    assert [entry.row for entry in tail] == written
    assert [entry.seq for entry in tail] == list(range(length))
    broken = [problem for problem in verify(path).problems if "hash" in problem.what]
    assert broken == []


@pytest.mark.parametrize("name", TABLES)
def test_tables_and_dataclasses_agree(name: str, path: Path) -> None:
    reader = open_read_only(path)
    row = next(entry.row for entry in reader.tail(19) if entry.kind == name)
    reader.close()
    assert row_of(TABLES[name], values_of(row)) == row
    assert {field.name for field in fields(row)} >= {
        column.rsplit("_", 1)[0] if column[-3:] in ("_tp", "_fp", "_fn", "_tn") else column
        for column in TABLES[name].columns
    }


def test_numpy_scalars_are_plain_numbers_in_the_ledger() -> None:
    plain = VerdictRow(3, 4, "ACCEPTED", 0.5, 0.25, 2, "quorum")
    scalars = VerdictRow(
        np.int64(3),
        np.uint32(4),
        np.str_("ACCEPTED"),
        np.float32(0.5),
        np.float64(0.25),
        np.int8(2),
        "quorum",  # type: ignore[arg-type]
    )
    values = values_of(scalars)
    assert values == values_of(plain)
    assert [type(value) for value in values] == [int, int, str, float, float, int, str]


def test_negative_zero_has_the_hash_that_it_has_after_a_round_trip() -> None:
    row = TruthRow(0, 1, "attack", "")
    assert repr(values_of(VerdictRow(0, 1, "EXPIRED", -0.0, 0.0, 0, ""))[3]) == "0.0"
    assert values_of(row)


@pytest.mark.parametrize(
    ("column", "row"),
    [
        ("signature = 1.5", TruthRow(0, 1.5, "attack", "")),  # type: ignore[arg-type]
        ("signature = 9223372036854775808", TruthRow(0, 2**63, "attack", "")),
        ("confirm = nan", VerdictRow(0, 1, "EXPIRED", float("nan"), 0.0, 0, "")),
        ("confirm = '1'", VerdictRow(0, 1, "EXPIRED", "1", 0.0, 0, "")),  # type: ignore[arg-type]
        ("attack = '\\ud800'", TruthRow(0, 1, "attack", "\ud800")),
        ("attack = None", TruthRow(0, 1, "attack", None)),  # type: ignore[arg-type]
        ("ballots = 8", TallyRow(0, 1, 0.0, 0.0, 0, 8)),  # type: ignore[arg-type]
    ],
)
def test_unusable_values_are_named(column: str, row: Row) -> None:
    with pytest.raises(LedgerConstraintError, match=column.replace("\\", "\\\\")):
        values_of(row)


def test_equal_runs_have_equal_heads(tmp_path: Path) -> None:
    heads = set()
    for name in ("a.db", "b.db"):
        write(tmp_path / name)
        heads.add(verify(tmp_path / name).head)
    assert len(heads) == 1
    assert set(heads.pop()) <= set(string.hexdigits)


def test_metrics_and_meta_stay_out_of_the_chain(tmp_path: Path) -> None:
    heads = []
    for number in (1, 2):
        with closing(
            Ledger.create(tmp_path / f"{number}.db", GENESIS, {"n": str(number)})
        ) as ledger:
            draft = ledger.begin(0)
            draft.append(StepRow(0, 1, 1, 1, (0, 0, 0, 0), (0, 0, 0, 0), b""))
            draft.record("step_s", float(number))
            heads.append(ledger.commit(draft))
    assert heads[0] == heads[1]
