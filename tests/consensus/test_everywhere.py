"""What begins to come to half of all at once is held back; what goes from agent to agent is not."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laboratory import Given, advance, head_of, opened

from sim.archive.records import records
from sim.commands import InjectAttack, SetParameter, Targets
from sim.config.parameters import Value
from sim.consensus.ballot_box import BallotBox, Poll
from sim.consensus.everywhere import NEVER, seen_everywhere, sudden_in
from sim.consensus.lifetimes import REMEMBERED
from sim.consensus.votes import Reason
from sim.ledger.ballots import Vote
from sim.ledger.reader import open_read_only
from sim.picture.detail import signature_detail

AGENTS = 20


def poll(confirm: int, refute: int, sudden: int, weights: np.ndarray) -> Poll:
    box = BallotBox(AGENTS + 1, 1)
    box.open(9, 5, AGENTS, b"content!", np.zeros(4, dtype=np.float32), 0)
    (found,) = box
    votes = np.full(AGENTS + 1, Vote.ABSTAIN, dtype=np.uint8)
    votes[:confirm], votes[confirm : confirm + refute] = Vote.CONFIRM, Vote.REFUTE
    reasons = np.full(AGENTS + 1, Reason.SEEN, dtype=np.uint8)
    reasons[:sudden] = Reason.SUDDEN
    count = found.add(votes, reasons, weights)
    found.sudden += sudden_in(count.ballots if count else b"")
    return found


@given(st.integers(0, AGENTS), st.integers(0, AGENTS), st.floats(0.01, 0.99), st.data())
def test_it_goes_by_those_who_could_judge_and_weigh_something(confirm, able, share, data) -> None:
    refute = data.draw(st.integers(0, AGENTS - confirm))
    weights = np.ones(AGENTS + 1)
    heavy = data.draw(st.integers(0, confirm))
    weights[heavy:confirm] = 0.0
    sudden = data.draw(st.integers(0, AGENTS))
    some = poll(confirm, refute, sudden, weights)
    assert some.sudden == min(heavy, sudden)
    assert seen_everywhere(some, able, share) == (some.sudden >= share * able)
    assert not seen_everywhere(some, able, NEVER)


def accepted(share: float, fraction: float) -> int:
    """Accepted signatures of an attack that strikes this share of the agents at once."""
    settings: dict[str, Value] = {"consensus.everywhere_share": share, "simulation.agents": 24}
    with opened(settings) as run:
        advance(run, 18, attack(fraction))
        return run.simulation.assembly.counts["ACCEPTED"]


def attack(fraction: float) -> Given:
    return {7: (InjectAttack("port_scan", 0.7, 9, Targets(fraction=fraction)),)}


@pytest.mark.parametrize(
    ("share", "fraction", "some"),
    [(1.0, 0.9, True), (0.5, 0.9, False), (1.0, 0.25, True), (0.5, 0.25, True)],
)
def test_an_attack_on_nearly_all_is_the_price(share: float, fraction: float, some: bool) -> None:
    assert (accepted(share, fraction) > 0) == some


def few_then_all(fraction: float) -> Given:
    """An attack that a fifth has met when it is accepted, and this share right after."""
    return {7: attack(0.2)[7], 9: attack(fraction)[7]}


@pytest.mark.parametrize(
    ("share", "fraction", "gone"),
    [(0.5, 1.0, True), (NEVER, 1.0, False), (0.5, 0.5, False)],
)
def test_what_flags_traffic_of_nearly_all_right_after_its_acceptance_is_withdrawn(
    share: float, fraction: float, gone: bool
) -> None:
    settings: dict[str, Value] = {"consensus.everywhere_share": share, "simulation.agents": 24}
    with opened(settings) as run:
        advance(run, 8, few_then_all(fraction))
        first = set(run.simulation.blocklist.ids)
        assert first
        advance(run, 4, few_then_all(fraction))
        lifetimes, blocklist = run.simulation.assembly.lifetimes, run.simulation.blocklist
        assert bool(lifetimes.withdrawn) == gone
        assert not set(lifetimes.withdrawn) & set(blocklist.ids)
        assert all(s.accepted.ids == blocklist.ids for s in run.simulation.shards)
        assert bool(first - set(blocklist.ids)) == gone
        assert not lifetimes.met.keys() & lifetimes.withdrawn.keys()
        marked = sum(s.past._known.sum() for s in run.simulation.shards)
        assert (marked == 0) == gone  # it is no attack in anybody's past either
        withdrawn = [o.poll for o in run.simulation.assembly.decided
                     if o.poll.id in lifetimes.withdrawn]  # fmt: skip
        reputable = run.simulation.assembly.reputable(run.simulation.now)
        assert {poll.id for poll in withdrawn} <= set(reputable.ids)  # nobody publishes its like
        record = dict(lifetimes.withdrawn)
        assert run.reader.withdrawals() == record
        assert all(one.step == 9 and one.share >= 0.75 for one in record.values())
        lifetimes.alive(blocklist, 9 + REMEMBERED - 1, run.config.signature)
        assert lifetimes.withdrawn == record
        lifetimes.alive(blocklist, 9 + REMEMBERED, run.config.signature)
        later = run.simulation.assembly.reputable(9 + REMEMBERED)
        assert not {poll.id for poll in withdrawn} & set(later.ids)
        for seq, one in record.items():  # the record knows of it for ever
            shown = signature_detail(run, seq)
            assert shown is not None
            assert shown.life.startswith("withdrawn at step 9: ")
            assert f"traffic of {one.share:.0%} of the agents" in shown.life


def test_what_is_withdrawn_is_in_the_record_of_every_run_alike(tmp_path: Path) -> None:
    given: Given = few_then_all(1.0)
    settings: dict[str, Value] = {"consensus.everywhere_share": 0.5, "simulation.agents": 24}
    with opened(settings) as run:
        advance(run, 12, given)
        record, head = run.reader.withdrawals(), run.ledger.head
        assert record
    with opened(settings, file=tmp_path / "ledger.db") as run:
        advance(run, 12, given)
        assert (run.reader.withdrawals(), run.ledger.head) == (record, head)
    exported: dict[str, set[object]] = {}
    with closing(open_read_only(tmp_path / "ledger.db")) as reader:
        for what, key in (("signatures", "id"), ("verdicts", "signature")):
            columns, rows = records(reader, what)
            table = [dict(zip(columns, row, strict=True)) for row in rows]
            assert {r[key]: r["withdrawn"] for r in table if r["withdrawn"] is not None} == {
                seq: one.step for seq, one in record.items()
            }
            exported[what] = {row["verdict"] for row in table if row["withdrawn"] is not None}
        assert not any("withdrawn" in name for name in records(reader, "metrics")[0])
    assert exported == {"signatures": {"ACCEPTED"}, "verdicts": {"ACCEPTED"}}  # final is final


def test_what_is_withdrawn_is_the_same_on_every_executor(monkeypatch: pytest.MonkeyPatch) -> None:
    one = head_of({}, 16, few_then_all(1.0))
    assert one != head_of({"consensus.everywhere_share": NEVER}, 16, few_then_all(1.0))
    monkeypatch.setattr("sim.model.blocks.SHARD_SIZE", 5)
    threads: dict[str, Value] = {"simulation.executor": "threads", "simulation.workers": 2}
    assert head_of(threads, 16, few_then_all(1.0)) == one


def test_it_is_steered_live_alike_on_every_executor() -> None:
    given = {**attack(0.9), 6: (SetParameter("consensus.everywhere_share", 1.0),)}
    head = head_of({}, 16, given)
    assert head != head_of({}, 16, attack(0.9))
    assert head_of({"simulation.executor": "threads"}, 16, given) == head
