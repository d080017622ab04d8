"""What goes over the pipe arrives as it was."""

from __future__ import annotations

from dataclasses import fields, replace
from multiprocessing import Pipe
from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from sim.host.wire import Delta, changes, merged, receive, send
from sim.snapshot import EMPTY, LedgerEntry, Snapshot

ENTRIES = tuple(LedgerEntry(i, i, "signature", f"row {i}") for i in range(40))


def carried(message: Delta) -> Delta:
    near, far = Pipe()
    with near, far:
        send(near, message)
        received = receive(far)
    assert isinstance(received, Delta)
    return received


def tails(pictures: list[tuple[int, int]]) -> list[Snapshot]:
    """Snapshots whose ledgers are the latest first, up to some entry, cut somewhere."""
    made = []
    for end, length in sorted(pictures):
        made.append(replace(EMPTY, step=end, ledger=ENTRIES[:end][::-1][:length]))
    return made


def test_a_whole_picture_arrives_whole() -> None:
    shot = replace(EMPTY, step=3, parameters=MappingProxyType({"a.b": 1}), ledger=ENTRIES)
    seen = merged(EMPTY, carried(Delta(changes(None, shot))).changed)
    assert set(changes(None, shot)) == {field.name for field in fields(Snapshot)}
    assert (seen.step, dict(seen.parameters)) == (3, {"a.b": 1})
    assert [e.text for e in seen.ledger] == [e.text for e in ENTRIES]


def test_only_what_changed_is_sent() -> None:
    shot = replace(EMPTY, step=1000)
    assert set(changes(EMPTY, shot)) == {"step"}
    assert merged(EMPTY, changes(EMPTY, shot)).grid is EMPTY.grid


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)), min_size=1, max_size=8))
def test_a_growing_list_arrives_as_it_is(pictures) -> None:
    last, seen = None, EMPTY
    for shot in tails(pictures):
        seen = merged(seen, carried(Delta(changes(last, shot))).changed)
        last = shot
        assert [e.seq for e in seen.ledger] == [e.seq for e in shot.ledger]
