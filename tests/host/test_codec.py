"""What goes over the socket arrives as it was, and what is no message is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import busy, crowded, faulted, inspected, learning

from sim.commands import InjectAttack, Inspect, Order, SetPace, Step, Targets, Withdraw
from sim.errors import HostError
from sim.host import codec
from sim.picture.unchanged import same
from sim.snapshot import EMPTY, Snapshot


def carried(before: Snapshot | None, after: Snapshot, there: Snapshot) -> Snapshot:
    picture = codec.Picture(after.generation, codec.parts_of(before, after))
    arrived = codec.decode(codec.encode(picture))
    assert isinstance(arrived, codec.Picture)
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
    word = codec.decode(codec.encode(codec.given(Order(command, ticket=12))))
    assert isinstance(word, codec.Given)
    assert codec.order_of(word, "mira") == Order(command, "live", 12, "mira")


@pytest.mark.parametrize(
    "word",
    [
        codec.Given("no_such_command", {}, 1),
        codec.Given("step", {"steps": "many"}, 1),
        codec.Given("inject_attack", {"kind": "ddos", "intensity": 7.0}, 1),
    ],
)
def test_what_is_no_command_is_refused(word: codec.Given) -> None:
    with pytest.raises(HostError):
        codec.order_of(word, "mira")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_noise_is_refused(data: bytes) -> None:
    try:
        codec.decode(data)
    except HostError:
        return


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(Snapshot.__slots__), st.binary(max_size=60))
def test_a_part_that_is_none_is_refused(name: str, data: bytes) -> None:
    try:
        codec.with_parts(EMPTY, codec.Picture(1, {name: codec.msgspec.Raw(data)}))
    except HostError:
        return
