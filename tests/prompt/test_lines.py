"""What lines of the command line mean, what may come next, and the way back through them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pictures import busy, empty

from sim.commands import (
    Condition,
    InjectAttack,
    InjectFault,
    Pause,
    PauseWhen,
    Resume,
    SetAdversaries,
    SetPace,
    SetParameter,
    Step,
    StopAttack,
    Targets,
)
from tui.actions import ACTIONS, EVERYTHING
from tui.prompt.completion import candidates
from tui.prompt.history import History
from tui.prompt.intents import (
    Give,
    GoTo,
    ListKeys,
    Narrow,
    Perform,
    PromptError,
    SaveTo,
    Scope,
    ShowAgent,
    ShowSignature,
)
from tui.prompt.parser import parse
from tui.prompt.verbs import VERBS, verbs

SCOPE = Scope(busy(), actions=ACTIONS)
CHOSEN = Scope(busy(), chosen=(3, 4, 9), actions=ACTIONS)
FIRST, SECOND = SCOPE.snapshot.attacks


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("set detection.threshold .7", SetParameter("detection.threshold", 0.7)),
        (":set detection.threshold=.7", SetParameter("detection.threshold", 0.7)),
        ("set consensus.rule weighted", SetParameter("consensus.rule", "weighted")),
        ("set simulation.steps_per_second 4", SetPace(4.0)),
        ("inject ddos", InjectAttack("ddos")),
        ("inject d 20% for 50 steps", InjectAttack("ddos", duration=50, targets=Targets(0.2))),
        ("inject ddos on 3,7,10-12 intensity .9",
         InjectAttack("ddos", 0.9, targets=Targets(agents=(3, 7, 10, 11, 12)))),
        ("inject beacon at 2,3 radius 1 spread .5 for 9",
         InjectAttack("beacon", duration=9, targets=Targets(centre=(2, 3), spread=0.5))),
        (f"stop #{SECOND.id}", StopAttack(SECOND.id)),
        (f"stop {FIRST.kind}", StopAttack(FIRST.id)),
        ("poison 20%", SetAdversaries("poison", Targets(0.2))),
        ("adversaries collude all", SetAdversaries("collude", Targets(1.0))),
        ("honest", SetAdversaries("honest", Targets(1.0))),
        ("fault agent_crash 3", InjectFault("agent_crash", Targets(agents=(3,)))),
        ("fault slow_disk for 5", InjectFault("slow_disk", duration=5)),
        ("step", Step(1)),
        ("step 1,000", Step(1000)),
        ("pause", Pause()),
        ("pause when poison_accepted > 0", PauseWhen(Condition("poison_accepted", ">", 0))),
        ("pause when never", PauseWhen()),
        ("resume", Resume()),
        ("res", Resume()),
        ("pace full", SetPace(0.0)),
        ("pace 2.5", SetPace(2.5)),
    ],
)  # fmt: skip
def test_a_line_gives_a_command(line, command) -> None:
    assert parse(line, SCOPE) == Give(command)


@pytest.mark.parametrize(
    ("line", "intent"),
    [
        ("", None),
        ("  ", None),
        ("goto 41", GoTo(41)),
        ("agent 7", ShowAgent(7)),
        ("signature 42", ShowSignature(42)),
        ("filter kind:ddos !poison", Narrow("kind:ddos !poison")),
        ("filter", Narrow("")),
        ("w a file.yaml", SaveTo(Path("a file.yaml"), over=False)),
        ("w! x.yaml", SaveTo(Path("x.yaml"), over=True)),
        ("keys", ListKeys()),
    ],
)
def test_a_line_asks_the_app(line, intent) -> None:
    assert parse(line, SCOPE) == intent


def test_whatever_a_key_does_a_word_does() -> None:
    names = verbs()
    for action in ACTIONS:
        if action.id not in names:
            assert parse(action.id, SCOPE) == Perform(action)
    assert parse("q", SCOPE) == parse("quit", SCOPE)
    assert parse("e", SCOPE) == parse("export", SCOPE)


def test_who_is_selected_is_meant_where_nobody_is_named() -> None:
    chosen = Targets(agents=(3, 4, 9))
    assert parse("inject ddos for 3", CHOSEN) == Give(InjectAttack("ddos", 0.6, 3, chosen))
    assert parse("poison", CHOSEN) == Give(SetAdversaries("poison", chosen))
    assert parse("poison 10%", CHOSEN) == Give(SetAdversaries("poison", Targets(0.1)))
    assert parse("poison selected", CHOSEN) == Give(SetAdversaries("poison", chosen))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("injekt ddos", "no command 'injekt'; did you mean 'inject'?"),
        ("set", "expected a parameter"),
        ("set detection.treshold 1", "unknown key 'detection.treshold'; did you mean"),
        ("set detection.threshold 7", "detection.threshold: '7' is not a number > 0 and ≤ 1"),
        ("set detection.threshold", "expected a number > 0 and ≤ 1"),
        ("set simulation.agents 7", "simulation.agents takes effect at a restart"),
        ("set detection.threshold .7 .8", "'.8' is too much"),
        ("inject", "expected attack"),
        ("inject prt_scan", "no attack 'prt_scan'; did you mean 'port_scan'?"),
        ("inject ddos 200%", "share '200%': must be above 0%, at most 100%"),
        ("inject ddos 9999", "agents '9999': expected 20%, there are agents 0 to 399"),
        ("inject ddos at 99,1", "cell '99,1': expected COLUMN,ROW below 20,20"),
        ("inject ddos for ever", "steps 'ever': expected a whole number"),
        ("inject ddos quickly", "agents 'quickly': expected 20%, ids such as 3, 7, 10-14"),
        ("stop #99", "no attack '99' is under way"),
        ("stop", "expected which attack: #"),
        ("poison selected", "no agent is selected: v on the map selects"),
        ("pause when bored > 1", "no figure 'bored'"),
        ("pause when alerts", "expected one of < <= == >= > and a number"),
        ("pause when alerts > many", "number 'many': expected a number"),
        ("goto 999999", "step '999999': must be 0 to 481"),
        ("agent 400", "agent '400': must be 0 to 399"),
        ("quit now", "'now' is too much"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(line, message) -> None:
    with pytest.raises(PromptError) as found:
        parse(line, SCOPE)
    assert message in str(found.value)
    assert "\n" not in str(found.value)


def test_before_the_run_nothing_is_there_to_stop_or_inspect() -> None:
    for line in ("stop", "agent 0", "inject ddos", "goto 1"):
        with pytest.raises(PromptError):
            parse(line, Scope(empty()))


WORDS = st.sampled_from(
    [*verbs(), "20%", "at", "1,2", "for", "intensity", "radius", "when", "alerts", ">", "0", "-1",
     "all", "selected", "3-9", "ddos", "agent_crash", "nan", "inf", "1e9", "detection.threshold"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(st.one_of(WORDS, st.text(max_size=5))).map(" ".join)))
def test_no_line_breaks_the_parser(line) -> None:
    with suppress(PromptError):
        parse(line, CHOSEN)


@given(st.one_of(st.text(), st.lists(WORDS).map(" ".join)))
@example("set l")
def test_a_completion_goes_on_with_what_was_typed(line) -> None:
    last = line.split()[-1] if line[-1:].strip() else ""
    kept = line[: len(line) - len(last)]
    for found in candidates(line, CHOSEN):
        assert found.line == kept + found.word
        assert last in (found.word[: len(last)], found.word.rpartition(".")[2][: len(last)])
        assert found.line != line


def words(line: str, scope: Scope = SCOPE) -> list[str]:
    return [c.word for c in candidates(line, scope)]


def test_what_may_come_next() -> None:
    assert words("inj") == ["inject"]
    assert words("set detection.thr") == ["detection.threshold"]
    assert words("set consensus.rule ") == ["majority", "quorum", "weighted"]
    assert words("inject d") == ["ddos"]
    assert {"20%", "all", "at", "for", "intensity"} <= set(words("inject ddos "))
    assert words("inject ddos ", CHOSEN)[0] == "selected"
    assert words("inject ddos at ") == ["10,10"]
    assert words("pause ") == ["when"]
    assert "poison_accepted" in words("pause when poi")
    assert words("stop ") == [f"#{FIRST.id}", f"#{SECOND.id}"]
    assert "freeze" in words("fre")


def test_every_word_can_be_completed() -> None:
    offered = words("")
    assert {verb.name for verb in VERBS} <= set(offered)
    assert {"poison", "freeze", "attacks"} <= set(offered)


def test_the_way_back_keeps_to_what_was_typed() -> None:
    history = History()
    for line in ("set a 1", "step 5", "set b 2", "step 5"):
        history.add(line)
    assert history.lines == ["set a 1", "set b 2", "step 5"]
    assert history.back("") == "step 5"
    assert history.back("step 5") == "set b 2"
    assert history.forth("set b 2") == "step 5"
    assert history.forth("step 5") == ""
    assert history.back("set") == "set b 2"
    assert history.back("set b 2") == "set a 1"
    assert history.back("set a 1") == "set a 1"


@pytest.mark.parametrize(
    ("line", "action"), [("heat", "grid.heat"), ("trut", "grid.truth"), ("grid.h", "grid.heat")]
)
def test_what_a_pane_does_is_found_by_its_own_name(line, action) -> None:
    found = parse(line, Scope(busy(), actions=EVERYTHING))
    assert isinstance(found, Perform)
    assert found.action.id == action
    assert action in [c.word for c in candidates(line, Scope(busy(), actions=EVERYTHING))]
