"""What the record tells of commands is what the engine did."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laboratory import loaded

from sim.archive.facts import Commanded
from sim.commands import (
    Command,
    InjectAttack,
    Order,
    Redo,
    SetParameter,
    StopAttack,
    Targets,
    Undo,
)
from sim.plugins.catalogue import ATTACKS
from sim.steering.change import Change
from sim.steering.journal import row_of
from sim.steering.state import SteeringState
from tui.record.journal import Journal
from tui.record.story import Story

AGENTS = 20


class Both:
    """The steering of a run, and the journal that a screen makes of its rows."""

    def __init__(self) -> None:
        config = loaded({"simulation.agents": AGENTS}).config
        self.state = SteeringState(config, AGENTS, ATTACKS.names)
        self.journal = Journal()
        self.rows = 0

    def give(self, step: int, command: Command, source: str = "live") -> str:
        """Apply one order; what the journal says of it."""
        order = Order(command, source)  # type: ignore[arg-type]
        row = row_of(order, step, self.state.outcome(order, step))
        old, new = json.loads(row.old), json.loads(row.new)
        self.rows += 1
        said = self.journal.add(
            self.rows,
            step,
            Commanded(
                row.kind, json.loads(row.payload), old, new, source, row.status == "applied",
                row.reason,
            ),
        )  # fmt: skip
        return said.text

    def under_way(self, step: int) -> tuple[list[int], list[int]]:
        """Attacks in a step: by the run, by the journal."""
        told = [a.attack for a in self.journal.attacks if a.first <= step < a.end]
        return [a.id for a in self.state.attacks if step < a.until], sorted(told)


def scan(duration: int, kind: str = "port_scan") -> InjectAttack:
    return InjectAttack(kind=kind, duration=duration, targets=Targets(fraction=0.25))


orders = st.tuples(
    st.one_of(
        st.builds(scan, st.integers(1, 6)),
        st.builds(StopAttack, st.integers(1, 3)),
        st.builds(SetParameter, st.just("consensus.quorum"), st.sampled_from([0.5, 0.7])),
        st.just(Undo()),
        st.just(Undo()),
        st.just(Redo()),
    ),
    st.sampled_from(["live", "live", "scenario"]),
)


@given(st.lists(st.lists(orders, max_size=2), min_size=1, max_size=12))
@settings(deadline=None, max_examples=60)
def test_attacks_of_the_journal_are_those_of_the_run(steps) -> None:
    both = Both()
    for step, given_ in enumerate(steps, 1):
        both.state.begin(step)
        for command, source in given_:
            both.give(step, command, source)
        really, told = both.under_way(step)
        assert told == really


def test_an_undo_is_about_what_a_person_did_and_nothing_of_a_scenario() -> None:
    both = Both()
    both.give(1, SetParameter("consensus.quorum", 0.8))
    both.give(2, scan(9, "ddos"), "scenario")
    assert both.give(3, Undo()) == "undo: consensus.quorum 0.8 → 0.6"
    assert both.under_way(3) == ([1], [1])
    assert both.give(4, Redo()) == "redo: consensus.quorum 0.6 → 0.8"


@pytest.mark.parametrize(("step", "ends"), [(3, ""), (30, " (over)")])
def test_what_undo_would_take_back_says_whether_it_is_over(step, ends) -> None:
    both = Both()
    both.give(1, scan(9))
    both.state.begin(step)
    assert both.state.undo.title == f"attack 1: port_scan for 9 steps{ends}"


def test_an_undo_says_what_it_put_back() -> None:
    both = Both()
    both.give(1, SetParameter("consensus.quorum", 0.8))
    change = both.state.outcome(Order(Undo(), "live"), 2)
    assert isinstance(change, Change)
    assert change.title == "undo: consensus.quorum 0.8 → 0.6"


@pytest.mark.parametrize(
    ("viewer", "giver", "author"),
    [(0, "mira@2", "you"), (2, "mira@2", "you"), (1, "mira@2", "mira@2"), (1, "", "you"),
     (2, "mira@12", "mira@12")],
)  # fmt: skip
def test_what_somebody_else_steered_is_not_told_as_yours(viewer, giver, author) -> None:
    journal, story = Journal(), Story()
    journal.viewer = viewer
    payload = {"key": "consensus.quorum", "value": 0.8}
    row = Commanded("set_parameter", payload, 0.6, 0.8, "live", True, "", giver)
    story.commanded(journal.add(5, 1, row))
    assert story.lines[-1].text == f"{author}: consensus.quorum 0.6 → 0.8"
