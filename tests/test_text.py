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
    printable,
    quantity,
    quoted,
    shown,
    typed,
)

HARM = "".join(map(chr, [*range(32), *range(127, 160), 0x202E, 0x2066, 0x200B, 0xFEFF, 0xD800]))
FOREIGN = st.text(max_size=40) | st.text(alphabet=HARM + "aé\\'\"", max_size=40)
ASCII: list[Callable[[str], str]] = [quoted, shown, lambda text: failure(ValueError(text))]
SAFE = [*ASCII, printable, one_line, clean, lambda text: command_line("resume", text)]


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
