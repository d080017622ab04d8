"""Foreign text: whatever it holds, what is printed of it is safe, on one line and bounded."""

from __future__ import annotations

import shlex
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.text import (
    clean,
    command_line,
    failure,
    nearest,
    one_line,
    parse_json,
    printable,
    quantity,
    quoted,
    shown,
    spreadsheet_cell,
    typed,
)

HARM = "".join(map(chr, [*range(32), *range(127, 160), 0x202E, 0x2066, 0x200B, 0xFEFF, 0xD800]))
FOREIGN = st.text(max_size=40) | st.text(alphabet=HARM + "aé\\'\"", max_size=40)
ASCII: list[Callable[[str], str]] = [quoted, shown, lambda text: failure(ValueError(text))]
SAFE = [
    *ASCII,
    printable,
    spreadsheet_cell,
    one_line,
    clean,
    lambda text: command_line("resume", text),
]


def harms(text: str) -> bool:
    """Whether a terminal could be steered, or a reader be fooled, by a character of a text."""
    kinds = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    # Soft hyphens and the like are invisible; two that belong to emoji and scripts are drawn.
    return any(unicodedata.category(c) in kinds for c in text)


@pytest.mark.parametrize("make", SAFE)
@given(text=FOREIGN)
def test_nothing_that_harms_comes_through(make: Callable[[str], str], text: str) -> None:
    if make is clean:
        text = "".join(c for c in text if unicodedata.category(c) != "Cf" or c in HARM)
    assert not harms(make(text))


@pytest.mark.parametrize("make", ASCII)
@given(text=FOREIGN)
def test_a_message_is_printable_ascii_and_bounded(make: Callable[[str], str], text: str) -> None:
    made = make(9 * text)
    assert made.isascii() and (not made or made.isprintable())
    assert len(made) <= 320


@given(FOREIGN)
def test_a_command_line_is_taken_by_a_shell_as_it_is_meant(text: str) -> None:
    if text == printable(text):
        assert shlex.split(command_line("resume", text)) == ["decsim-tui", "resume", text]


@given(FOREIGN, st.sampled_from([*"=+-@\t\r\n", " =", '"@', "＝"]))
def test_no_cell_is_a_formula(text: str, beginning: str) -> None:
    cell = spreadsheet_cell(f"{beginning}{text}x")
    assert cell.startswith("'")


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_a_number_stays_a_number(number: float) -> None:
    assert spreadsheet_cell(repr(number)) == repr(number)
    assert spreadsheet_cell("-1.5") == "-1.5"


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "[" * 40 + "]" * 40, '{"a":' * 40 + "1" + "}" * 40]
)
def test_data_that_is_nested_deeply_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"nested more than 32|Expecting"):
        parse_json(text)


def test_data_that_is_long_is_refused() -> None:
    assert parse_json("[1]", longest=3) == [1]
    with pytest.raises(ValueError, match="has 4 characters, expected at most 3"):
        parse_json("[12]", longest=3)


def test_the_phrases() -> None:
    assert (quantity(0, "row"), quantity(1, "row"), quantity(1200, "row")) == (
        "0 rows",
        "1 row",
        "1,200 rows",
    )
    assert [typed(v) for v in (True, False, 0.60, 3, "weighted")] == [
        "true",
        "false",
        "0.6",
        "3",
        "weighted",
    ]
    assert nearest("qorum", ["quorum", "majority"]) == "; did you mean 'quorum'?"
    assert nearest("zzz", ["quorum"]) == ""
    assert failure(ValueError()) == "ValueError"
