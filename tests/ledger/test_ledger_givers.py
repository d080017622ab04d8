"""Who gave a command is on record, and nothing of it is in the chain."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from ledger_samples import GENESIS, fill, tampering, write

from sim.ledger.givers import key_of, seq_of
from sim.ledger.ledger import Ledger
from sim.ledger.reader import open_read_only
from sim.ledger.salvage import salvage
from sim.ledger.verify import verify


def signed(path: Path, *givers: str) -> str:
    """A ledger with one command a step, each given by another person; its head."""
    with closing(Ledger.create(path, GENESIS, {"run_id": "r1"})) as ledger:
        for step, giver in enumerate(givers):
            draft = fill(ledger.begin(step))
            draft.sign(draft.start, giver)
            ledger.commit(draft)
        return ledger.head_hex


def givers(path: Path) -> dict[int, str]:
    with closing(open_read_only(path)) as reader:
        assert set(reader.meta()) == {"run_id"}
        return reader.givers()


def test_the_head_does_not_depend_on_who_gives(tmp_path: Path) -> None:
    one, other = tmp_path / "one.db", tmp_path / "other.db"
    head = signed(one, "mira@1", "jo@2", "mira@1")
    assert signed(other, "jo@4", "jo@4", "jo@4") == head
    assert verify(write(tmp_path / "nobody.db")).head == head
    assert verify(one).ok
    assert givers(one) == {1: "mira@1", 7: "jo@2", 13: "mira@1"}


def test_a_signed_ledger_is_continued(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    signed(path, "mira@1")
    with closing(Ledger.open(path)) as ledger:
        draft = fill(ledger.begin(1))
        draft.sign(draft.start, "jo@2")
        ledger.commit(draft)
    assert verify(path).ok
    assert givers(path) == {1: "mira@1", 7: "jo@2"}


def test_what_is_lost_has_no_giver_any_more(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    signed(path, "mira@1", "jo@2")
    with tampering(path) as connection:
        connection.execute("UPDATE steps SET flows = 1 WHERE step = 1")
    salvage(path)
    assert givers(path) == {1: "mira@1"}
    with closing(Ledger.open(path)) as ledger:
        draft = fill(ledger.begin(1))
        draft.sign(draft.start, "mira@3")
        ledger.commit(draft)
    assert (verify(path).problems, givers(path)) == ((), {1: "mira@1", 7: "mira@3"})


def test_a_changed_giver_is_found(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    signed(path, "mira@1")
    with tampering(path) as connection:
        connection.execute("UPDATE meta SET value = 'jo@1' WHERE key = 'giver.1'")
    assert "meta" in str(verify(path).problems[0])


@given(st.integers(0, 2**63 - 1))
def test_a_key_says_which_command(seq: int) -> None:
    assert seq_of(key_of(seq)) == (seq if seq < 10**18 else None)


@given(st.text(max_size=30))
def test_other_keys_are_about_something_else(key: str) -> None:
    assert seq_of(key) is None
