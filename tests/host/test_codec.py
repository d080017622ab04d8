"""What goes over the socket arrives as it was, and what is no message is refused."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laboratory import loaded
from pictures import busy, crowded, faulted, inspected, learning

from sim.commands import InjectAttack, Inspect, Order, SetPace, Step, Targets, Withdraw
from sim.errors import DecsimError, HostError, RunDirectoryError, VerificationError
from sim.host import codec, messages
from sim.host.opening import error_of, packed, unpacked, unusable
from sim.picture.unchanged import same
from sim.snapshot import EMPTY, LedgerEntry, Snapshot


def carried(before: Snapshot | None, after: Snapshot, there: Snapshot) -> Snapshot:
    picture = messages.Picture(after.generation, codec.parts_of(before, after))
    arrived = messages.decode(messages.encode(picture))
    assert isinstance(arrived, messages.Picture)
    return codec.with_parts(there, arrived)


@pytest.mark.parametrize("shot", [EMPTY, learning(), busy(), crowded(), faulted(), inspected()])
def test_a_picture_arrives_whole(shot: Snapshot) -> None:
    there = carried(None, shot, EMPTY)
    for name in set(Snapshot.__slots__) - {"metrics", "quality"}:
        assert same(getattr(shot, name), getattr(there, name)), name
    # Mappings may come back as another kind of mapping.
    assert dict(there.metrics) == dict(shot.metrics)
    assert there.quality.acceptance == shot.quality.acceptance
    assert same(there.quality.solo_f1, shot.quality.solo_f1)


def test_what_did_not_change_is_not_sent_and_stays_the_same_object() -> None:
    first, second = busy(), faulted()
    there = carried(None, first, EMPTY)
    again = carried(first, second, there)
    assert set(codec.parts_of(first, second)) < set(Snapshot.__slots__)
    for name in Snapshot.__slots__:
        if getattr(first, name) is getattr(second, name):
            assert getattr(again, name) is getattr(there, name)


@pytest.mark.parametrize(
    "command",
    [
        InjectAttack("ddos", 0.4, 7, Targets(agents=(1, 5))),
        Inspect(agent=3),
        SetPace(2.5),
        Step(4),
        Withdraw(9),
    ],
    ids=str,
)
def test_an_order_arrives_with_its_giver(command) -> None:
    word = messages.decode(messages.encode(messages.given(Order(command, ticket=12))))
    assert isinstance(word, messages.Given)
    assert messages.order_of(word, "mira") == Order(command, "live", 12, "mira")


@pytest.mark.parametrize(
    "word",
    [
        messages.Given("no_such_command", {}, 1),
        messages.Given("step", {"steps": "many"}, 1),
        messages.Given("inject_attack", {"kind": "ddos", "intensity": 7.0}, 1),
    ],
)
def test_what_is_no_command_is_refused(word: messages.Given) -> None:
    with pytest.raises(HostError):
        messages.order_of(word, "mira")


ENTRIES = tuple(LedgerEntry(i, i, "signature", f"row {i}") for i in range(40))


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)), min_size=1, max_size=8))
def test_a_growing_list_arrives_as_it_is(pictures) -> None:
    """Ledgers that are the latest first, up to some entry, cut somewhere."""
    last, seen = None, EMPTY
    for end, length in sorted(pictures):
        shot = replace(EMPTY, step=end, ledger=ENTRIES[:end][::-1][:length])
        there, seen = seen, carried(last, shot, seen)
        assert [e.seq for e in seen.ledger] == [e.seq for e in shot.ledger]
        if last is not None and seen.ledger and shot.ledger[-1] in last.ledger:
            assert seen.ledger[-1] in there.ledger, "what was there is the same object"
        last = shot


def test_a_configuration_arrives_as_it_was() -> None:
    attack = InjectAttack("ddos", 0.4, 7, Targets(agents=(1, 5)))
    one = loaded({"traffic.path": "/data/\udcff.csv", "detection.threshold": 0.7}, [(4, attack)])
    one = replace(one, notices=("äh",), description="d")
    assert unpacked(packed(one)) == one


@given(st.binary(max_size=60))
def test_what_is_no_configuration_is_refused(data: bytes) -> None:
    with pytest.raises(HostError):
        unpacked(data)


def test_an_error_arrives_as_what_it_was() -> None:
    class OwnError(RunDirectoryError):
        """One that nobody else knows."""

    for error in (VerificationError("row 3"), OwnError("in use")):
        there = error_of(messages.decode(messages.encode(unusable(error))))
        assert isinstance(error, type(there)) and type(there) is not DecsimError
        assert str(there) == str(error)
    assert type(error_of(messages.Unusable("parse_json", "x"))) is DecsimError


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_noise_is_refused(data: bytes) -> None:
    try:
        messages.decode(data)
    except HostError:
        return


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(Snapshot.__slots__), st.binary(max_size=60))
def test_a_part_that_is_none_is_refused(name: str, data: bytes) -> None:
    try:
        codec.with_parts(EMPTY, messages.Picture(1, {name: msgspec.Raw(data)}))
    except HostError:
        return
