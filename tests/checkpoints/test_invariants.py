"""Every invariant fails when what it is about is broken, and a run that is sound never does."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from laboratory import EVENTFUL, advance, loaded, opened
from rebirth import EVERYTHING, STEPS, risen

from sim.checkpoint import file
from sim.commands import InjectFault, Targets
from sim.consensus import ballot_box, rules
from sim.consensus.assembly import Assembly
from sim.consensus.ballot_box import BallotBox, Poll
from sim.engine.engine import Engine
from sim.engine.resuming import resume_run
from sim.errors import InvariantError, StepError
from sim.ledger.draft import StepDraft
from sim.ledger.rows import SignatureRow, TallyRow
from sim.model.model import Population
from sim.run.run import Run
from sim.snapshot import RunState

CRASH = InjectFault("agent_crash", Targets(fraction=0.5), duration=20)
Patch = pytest.MonkeyPatch


@pytest.fixture
def experiment() -> Iterator[Run]:
    """An eventful run with votes under way."""
    with opened() as opening:
        advance(opening, 7, EVENTFUL)
        yield opening


def breaks(experiment: Run, message: str, steps: int = 9) -> None:
    """Some step to come is refused, with this message, and nothing of it is recorded."""
    with pytest.raises(InvariantError, match=message) as caught:
        advance(experiment, steps, EVENTFUL)
    assert "seed 1" in str(caught.value) and "decsim-tui resume" in str(caught.value)
    assert experiment.behind == 1 and not experiment.uncommitted
    last = max(step for step, _ in experiment.reader.heads())
    assert last == experiment.simulation.now - 1


def test_a_sound_run_keeps_them_all() -> None:
    with opened() as experiment:
        advance(experiment, STEPS, EVERYTHING)
        assert experiment.simulation.assembly.counts["ACCEPTED"]


def test_nobody_votes_twice(monkeypatch: Patch) -> None:
    pending = Assembly.pending

    def forgetful(assembly: Assembly) -> Any:
        for poll in assembly.polls:
            poll.cast[:] = 0
        return pending(assembly)

    monkeypatch.setattr(Assembly, "pending", forgetful)
    with opened({"consensus.min_confirmations": 12}) as experiment:
        breaks(experiment, "somebody votes twice", steps=16)


def test_one_ballot_counts_once(experiment: Run, monkeypatch: Patch) -> None:
    append = StepDraft.append

    def doubled(draft: StepDraft, row: Any) -> int:
        if isinstance(row, TallyRow):
            both = (2 * row.confirm, 2 * row.refute, 2 * row.abstain, 2 * row.ballots)
            row = TallyRow(row.step, row.signature, *both)
        return append(draft, row)

    monkeypatch.setattr(StepDraft, "append", doubled)
    breaks(experiment, "somebody votes twice")


def test_a_tally_is_the_sum_of_its_ballots(experiment: Run, monkeypatch: Patch) -> None:
    pack = ballot_box._pack

    def heavier(*given: Any) -> Any:
        count = pack(*given)
        return dataclasses.replace(count, refute=count.refute + 0.5)

    monkeypatch.setattr(ballot_box, "_pack", heavier)
    breaks(experiment, "the tally is not that of its ballots")


@pytest.mark.parametrize("wrong", ["ACCEPTED", "REJECTED"])
def test_a_verdict_follows_from_the_votes(experiment: Run, monkeypatch: Patch, wrong: str) -> None:
    monkeypatch.setattr(Poll, "verdict", lambda *_, **__: wrong)
    breaks(experiment, f"{wrong}, but the votes say")


def test_a_verdict_goes_by_the_recorded_weights(experiment: Run, monkeypatch: Patch) -> None:
    verdict = Poll.verdict

    def lighter(poll: Poll, *given: Any, **more: Any) -> Any:
        found = verdict(poll, *given, **more)
        poll.tally = dataclasses.replace(poll.tally, confirm=poll.tally.confirm + 0.25)
        return found

    monkeypatch.setattr(Poll, "verdict", lighter)
    breaks(experiment, "goes by other weights than were recorded|but the votes say")


def test_accepted_implies_the_quorum(experiment: Run, monkeypatch: Patch) -> None:
    def generous(*_: Any) -> str:
        return "ACCEPTED"

    monkeypatch.setattr(rules.ShareRule, "decide", generous)
    # These would withhold it.
    experiment.config.consensus.min_groups = 1
    experiment.config.consensus.odd_share = 0.0
    breaks(experiment, "accepted without a quorum")


def test_a_vote_ends(experiment: Run, monkeypatch: Patch) -> None:
    monkeypatch.setattr(Poll, "verdict", lambda *_, **__: None)
    breaks(experiment, "it has no verdict, but should")


def test_none_expires_too_early(experiment: Run, monkeypatch: Patch) -> None:
    monkeypatch.setattr(Poll, "verdict", lambda *_, **__: "EXPIRED")
    breaks(experiment, "expired too early")


def test_final_is_final(experiment: Run, monkeypatch: Patch) -> None:
    conclude = Assembly._conclude

    def again(assembly: Assembly, decided: Any, *given: Any) -> None:
        conclude(assembly, decided, *given)
        assembly.polls._polls[decided.poll.id] = decided.poll

    monkeypatch.setattr(Assembly, "_conclude", again)
    breaks(experiment, "has ended before")


def test_there_is_no_second_verdict(experiment: Run, monkeypatch: Patch) -> None:
    append = StepDraft.append

    def twice(draft: StepDraft, row: Any) -> int:
        if type(row).__name__ == "VerdictRow":
            append(draft, row)
        return append(draft, row)

    monkeypatch.setattr(StepDraft, "append", twice)
    breaks(experiment, "a second verdict")


def test_there_is_no_vote_after_the_verdict(experiment: Run, monkeypatch: Patch) -> None:
    late: list[Any] = []
    record = Population.record

    def with_a_late_vote(simulation: Population) -> None:
        for values in simulation.draft.rows("tallies"):
            decided = {row[2] for row in simulation.draft.rows("verdicts")}
            if values[2] in decided:
                late.append(values)
        if late and late[0][1] < simulation.now:
            _, _, *rest = late[0][:-1]
            simulation.draft.append(TallyRow(simulation.now, *rest))
        record(simulation)

    monkeypatch.setattr(Population, "record", with_a_late_vote)
    breaks(experiment, "votes are counted after its verdict")


def test_who_is_stopped_does_not_vote(experiment: Run, monkeypatch: Patch) -> None:
    orders = Population._orders

    def ignoring_faults(simulation: Population) -> Any:
        nobody = np.zeros_like(simulation.stopped)
        return dataclasses.replace(orders(simulation), stopped=nobody)

    def believing_all(simulation: Population, *given: Any) -> None:
        simulation.assembly.collect(*given)

    monkeypatch.setattr(Population, "_orders", ignoring_faults)
    monkeypatch.setattr(Population, "collect", believing_all)
    with pytest.raises(InvariantError, match="a vote of somebody who has none"):
        advance(experiment, 8, {**EVENTFUL, 8: (CRASH,)})


def test_who_was_asked_and_runs_says_something(experiment: Run, monkeypatch: Patch) -> None:
    collect = Assembly.collect

    def losing(assembly: Assembly, agents: Any, votes: Any, reasons: Any, radii: Any) -> None:
        votes = votes.copy()
        votes[::3] = 0
        collect(assembly, agents, votes, reasons, radii)

    monkeypatch.setattr(Assembly, "collect", losing)
    breaks(experiment, "voters are not eligible - abstained - stopped")


def test_voters_are_counted_right(experiment: Run, monkeypatch: Patch) -> None:
    voters = Poll.voters.fget  # type: ignore[attr-defined]
    monkeypatch.setattr(Poll, "voters", property(lambda poll: voters(poll)[1:]))
    breaks(experiment, "voters are not eligible - abstained - stopped")


def test_no_publisher_votes_on_its_own(experiment: Run, monkeypatch: Patch) -> None:
    def everyone(box: BallotBox, *_: Any) -> Any:
        return np.ones(box._agents, dtype=np.bool_)

    monkeypatch.setattr(BallotBox, "_committee", everyone)
    breaks(experiment, "its publisher may vote on it")


@pytest.mark.parametrize("place", ["value", "hash", "seq"])
def test_the_chain_is_unbroken(experiment: Run, monkeypatch: Patch, place: str) -> None:
    record = Population.record

    def tampered(simulation: Population) -> None:
        record(simulation)
        ((seq, step, *rest, digest),) = simulation.draft.rows("steps")
        row = {
            "value": (seq, step, rest[0], rest[1] + 1, *rest[2:], digest),
            "hash": (seq, step, *rest, bytes(32)),
            "seq": (seq + 1, step, *rest, digest),
        }[place]
        simulation.draft._rows["steps"] = [row]

    monkeypatch.setattr(Population, "record", tampered)
    breaks(experiment, r"row \d+ does not follow the one before")


def test_a_step_follows_the_last_recorded_row(experiment: Run) -> None:
    """As if somebody else had written a whole step in between."""
    ledger = experiment.ledger
    ledger._tip = ledger._tip._replace(seq=ledger._tip.seq + 1)
    with pytest.raises(InvariantError, match="does not follow the last recorded row"):
        advance(experiment, 1)


def test_a_step_that_is_cut_off_is_none(experiment: Run, monkeypatch: Patch) -> None:
    monkeypatch.setattr(Population, "record", lambda simulation: simulation.draft.append(odd))
    odd = SignatureRow(8, 1, 3, 0.5, bytes(32), bytes(32), "[]", b"12345678")
    breaks(experiment, "does not end with its own head")


# -- after a checkpoint ----------------------------------------------------------------------------


@pytest.mark.parametrize("step", [8, 12])
def test_the_books_are_kept_over_a_checkpoint(
    tmp_path: Path, monkeypatch: Patch, step: int
) -> None:
    """Whoever voted before the checkpoint cannot vote again after it."""
    ledger = tmp_path / "ledger.db"
    with opened({"consensus.min_confirmations": 12}, file=ledger) as experiment:
        advance(experiment, step, EVENTFUL)
        file.write(experiment.take_checkpoint(), tmp_path / "c.npz")
        assert any(len(poll.voters) for poll in experiment.simulation.assembly.polls)
        settings = loaded({"consensus.min_confirmations": 12})
        sound, broken = (risen(tmp_path / "c.npz", settings, ledger) for _ in range(2))
        try:
            advance(sound, 5, EVENTFUL)
            for poll in broken.simulation.assembly.polls:
                poll.cast[:] = 0
            with pytest.raises(InvariantError, match=r"somebody votes twice|has no verdict"):
                advance(broken, 5, EVENTFUL)
        finally:
            sound.close()
            broken.close()


# -- on screen -------------------------------------------------------------------------------------


def failing(monkeypatch: Patch, at: int) -> Callable[[], None]:
    """From this step on, the ledger's rows do not follow each other."""
    record = Population.record

    def tampered(simulation: Population) -> None:
        record(simulation)
        if simulation.now >= at:
            simulation.draft.head = bytes(32)

    monkeypatch.setattr(Population, "record", tampered)
    return monkeypatch.undo


def test_a_run_fails_with_the_command_that_shows_it_again(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    heal = failing(monkeypatch, at=5)
    engine = Engine(loaded({"simulation.checkpoint_interval": 2}), tmp_path / "run")
    engine.start()
    assert engine._thread is not None
    engine._thread.join(30)
    snapshot = engine.snapshot
    assert snapshot.state is RunState.FAILED and snapshot.step <= 4
    assert snapshot.cause.startswith("step 5 breaks an invariant: the step does not end with its")
    assert "; seed 1; nothing of it is recorded" in snapshot.cause
    assert snapshot.cause.endswith(f"to reproduce: decsim-tui resume {tmp_path}/run")
    assert "step.failed" in {error.kind for error in snapshot.errors}
    again = resume_run(tmp_path / "run")
    with pytest.raises((InvariantError, StepError), match="step 5 breaks an invariant"):
        again.run(1)
    assert again.close()
    heal()
    healed = resume_run(tmp_path / "run")
    healed.run(2)
    assert healed.close()
