"""The question for the background's colour: asked once, never in the way of what is typed."""

from __future__ import annotations

import os
import pty
import termios
import threading
from collections.abc import Iterator

import pytest

from tui.terminal.background_colour import BackgroundQuestion, colour_in, is_light, typed_in

PAPER = b"\x1b]11;rgb:fafa/f4f4/e8e8\x1b\\"
SLATE = b"\x1b]11;rgb:10/14/1a\x07"
IDENTITY = b"\x1b[?62;22c"


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    near, far = pty.openpty()
    yield near, far
    os.close(near)
    os.close(far)


def answering(near: int, reply: bytes) -> threading.Thread:
    def act() -> None:
        asked = b""
        while b"\x1b[c" not in asked:
            asked += os.read(near, 100)
        os.write(near, reply)

    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("reply", "light", "typed"),
    [
        (PAPER + IDENTITY, True, ""),
        (SLATE + IDENTITY, False, ""),
        (IDENTITY, False, ""),  # a terminal that knows nothing of colours
        (b"q" + PAPER + b" \x1b[A" + IDENTITY, True, "q \x1b[A"),
    ],
)
def test_the_answer_and_what_was_typed_meanwhile(terminal, reply, light, typed) -> None:
    near, far = terminal
    before = termios.tcgetattr(far)
    thread = answering(near, reply)
    colour, keys = BackgroundQuestion(far, far).answer(5.0)
    thread.join(5)
    assert (is_light(colour), keys) == (light, typed)
    assert termios.tcgetattr(far) == before


def test_a_terminal_that_says_nothing_is_not_waited_for_long(terminal) -> None:
    near, far = terminal
    question = BackgroundQuestion(far, far)
    os.write(near, b"ab")
    assert question.answer(0.05) == (None, "ab")


def test_where_there_is_no_terminal_nothing_is_asked() -> None:
    read, write = os.pipe()
    try:
        assert BackgroundQuestion(read, write).answer(5.0) == (None, "")
        os.set_blocking(read, False)
        with pytest.raises(BlockingIOError):
            os.read(read, 1)
    finally:
        os.close(read)
        os.close(write)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x1b]11;rgb:f/f/f\x07", (1.0, 1.0, 1.0)),
        (b"\x1b]11;rgba:0000/0000/0000/ffff\x1b\\", (0.0, 0.0, 0.0)),
        (b"\x1b]11;#ffffff\x07", None),
        (b"rgb:ff/ff/ff", None),
    ],
)
def test_colours_as_terminals_write_them(data, expected) -> None:
    assert colour_in(data) == expected


def test_only_answers_are_taken_out() -> None:
    assert typed_in(b"a" + PAPER + b"b" + IDENTITY + b"\xc3\xa9") == "abé"
