"""Configuration files: what is written comes back, whatever it is."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.commands import (
    InjectAttack,
    InjectFault,
    Redo,
    SetAdversaries,
    SetParameter,
    StopAttack,
    Targets,
    Undo,
)
from sim.config.document import TimelineEntry, dump_document, read_document
from sim.config.load import load_config, reload_config
from sim.config.parameters import Parameter, parameters, parse_value
from sim.config.paths import shipped
from sim.config.schema import Config
from sim.config.yaml_text import parse_yaml
from sim.text import LONGEST, quoted

RELAXED = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def test_the_default_file_has_every_key_with_its_default_and_a_comment() -> None:
    path = shipped("config") / "default.yaml"
    assert read_document(path).values == {p.key: p.default for p in parameters()}
    lines = path.read_text().splitlines()
    for parameter in parameters():
        name = parameter.key.split(".")[1]
        at = [i for i, x in enumerate(lines) if x.startswith(f"  {name}:")]
        comments = [" ".join(_comment_above(lines, i)) for i in at]
        assert any(
            parameter.help in text and f"Effect: {parameter.applies}." in text for text in comments
        ), parameter.key


def _comment_above(lines: list[str], at: int) -> list[str]:
    found: list[str] = []
    while lines[at - 1].startswith("  #"):
        at -= 1
        found.insert(0, lines[at].strip("# "))
    return found


def values_of(parameter: Parameter) -> st.SearchStrategy[object]:
    low = parameter.low if parameter.low is not None else -1e9
    high = parameter.high if parameter.high is not None else 1e9
    if parameter.kind == "bool":
        return st.booleans()
    if parameter.kind == "choice":
        return st.sampled_from(parameter.choices)
    if parameter.kind == "int":
        return st.integers(int(low), int(min(high, 2**63 - 1)))
    if parameter.kind == "float":
        return st.floats(low, high, exclude_min=parameter.low_open)
    return st.text(max_size=30)


CHANGES = st.fixed_dictionaries({}, optional={p.key: values_of(p) for p in parameters()})
TARGETS = st.one_of(
    st.builds(Targets, fraction=st.floats(0, 1, exclude_min=True)),
    st.builds(Targets, agents=st.lists(st.integers(0, 10**6), min_size=1, max_size=4).map(tuple)),
    st.builds(
        Targets,
        centre=st.tuples(st.integers(-5, 99), st.integers(-5, 99)),
        radius=st.floats(0, 50),
        spread=st.floats(0, 5),
    ),
)
COMMANDS = st.one_of(
    st.builds(SetParameter, st.just("consensus.quorum"), st.floats(0, 1, exclude_min=True)),
    st.builds(SetParameter, st.just("traffic.loop"), st.booleans()),
    st.builds(SetParameter, st.just("consensus.rule"), st.sampled_from(["majority", "weighted"])),
    st.builds(
        InjectAttack,
        st.sampled_from(["ddos", "beacon"]),
        st.floats(0, 1, exclude_min=True),
        st.integers(1, 10**6),
        TARGETS,
    ),
    st.builds(StopAttack, st.integers(0, 10**6)),
    st.builds(SetAdversaries, st.sampled_from(["spam", "honest"]), TARGETS),
    st.builds(InjectFault, st.sampled_from(["agent_crash", "refit_failure"]), TARGETS),
    st.just(Undo()),
    st.just(Redo()),
)


@RELAXED
@given(changes=CHANGES)
def test_any_valid_configuration_comes_back_unchanged(tmp_path: Path, changes) -> None:
    sections: dict[str, dict[str, object]] = {}
    for key, value in changes.items():
        section, name = key.split(".")
        sections.setdefault(section, {})[name] = value
    config = Config.model_validate(sections)
    file = tmp_path / "config.yaml"
    file.write_bytes(dump_document(config, ()).encode("utf-8"))
    found = read_document(file).values
    for parameter in parameters():
        section, name = parameter.key.split(".")
        assert found[parameter.key] == getattr(getattr(config, section), name), parameter.key


@RELAXED
@given(commands=st.lists(st.tuples(st.integers(1, 500), COMMANDS), max_size=5))
def test_any_timeline_comes_back_in_order(tmp_path: Path, commands) -> None:
    timeline = tuple(TimelineEntry(at, command) for at, command in commands)
    file = tmp_path / "config.yaml"
    file.write_text(dump_document(Config(), timeline, "a name"), encoding="utf-8")
    loaded = reload_config(file)
    assert loaded.scenario == "a name"
    assert loaded.timeline == tuple(sorted(timeline, key=lambda entry: entry.at))


@pytest.mark.parametrize("parameter", parameters(), ids=lambda p: p.key)
def test_bounds_hold_on_both_sides(parameter: Parameter) -> None:
    for bound, outward in ((parameter.low, -1), (parameter.high, 1)):
        if bound is None:
            assert parameter.kind in ("str", "bool", "choice"), "a number without a bound"
            continue
        if not (parameter.low_open and bound == parameter.low):
            assert parse_value(parameter, min(int(bound), 2**63 - 1)) == min(bound, 2**63 - 1)
        with pytest.raises(ValueError, match=parameter.key):
            parse_value(parameter, int(bound) + outward * 1024)


@given(st.recursive(st.integers() | st.text() | st.floats(), st.lists, max_leaves=30))
def test_a_quoted_value_is_short_and_printable(value: object) -> None:
    shown = quoted(value)
    assert len(shown) <= LONGEST
    assert shown.isascii()
    assert shown.isprintable()


def test_a_quoted_value_costs_little() -> None:
    tangled: list[object] = ["x" * 10**6]
    for _ in range(40):
        tangled = [tangled] * 10
    assert len(quoted(tangled)) <= LONGEST
    assert quoted(1 << 10**6).startswith("0x1000")


@pytest.mark.parametrize(
    "text",
    [
        "!!timestamp x",
        "!!int ''",
        "!!bool x",
        "!!float x",
        "!!python/object:os.system {}",
        "[" * 100_000,
        "a: {<<: {b: 1}}",
        "a: 1\na: 2",
        "2020-99-99",
        "\x00",
        "? {a: 1}\n: 2",
    ],
    ids=lambda text: text[:20],
)
def test_yaml_that_is_none_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the type is the contract
        parse_yaml(text)
    assert str(caught.value).isprintable()
    assert not isinstance(caught.value, yaml.YAMLError)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 600 + "]" * 600,
        "{a: " * 600 + "1" + "}" * 600,
        "- " * 600 + "1",
        "\n".join(" " * n + "a:" for n in range(600)),
        "\n".join(" " * n + "a:\n" + " " * n + "-" for n in range(300)),
    ],
    ids=["lists", "mappings", "dashes", "keys", "lists below their keys"],
)
def test_a_document_has_few_levels_whatever_opens_them(text: str) -> None:
    """Nothing is made of it before: some versions of PyYAML overrun the stack."""
    with pytest.raises(ValueError, match="nested too deeply: more than 500 levels"):
        parse_yaml(text)


def test_aliases_cannot_make_a_message_explode(tmp_path: Path) -> None:
    lines = ["ui: &a0 [1, 2]"] + [
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)
    ]
    file = tmp_path / "laughs.yaml"
    file.write_text("\n".join(lines))
    with pytest.raises(ValueError, match="expected a mapping of keys"):
        read_document(file)


def test_a_scenario_found_by_path_is_named_after_its_file(tmp_path: Path) -> None:
    (tmp_path / "worm.yaml").write_text("simulation: {agents: 9}")
    loaded = load_config(scenario=str(tmp_path / "worm.yaml"), environment={})
    assert loaded.scenario == "worm"
    assert loaded.config.simulation.agents == 9


@pytest.mark.parametrize("mark", "-,{[:\n")
def test_marks_within_texts_and_comments_are_no_values(mark: str) -> None:
    many = mark * 200_000
    text = "# " + many + "\na: 1\n" if mark != "\n" else many + "a: 1\n"
    assert parse_yaml(text) == {"a": 1}
    assert parse_yaml(f"a: '{many.strip()}'\n") == {"a": many.strip()}


def test_a_document_of_too_many_values_is_refused() -> None:
    for text in ("a: [" + "1," * 200_000 + "]", "- 1\n" * 200_000):
        with pytest.raises(ValueError, match="more than 150,000 values"):
            parse_yaml(text)
