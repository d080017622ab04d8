"""Help: whole at 80 columns, in sections, coloured for people only."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import click
import pytest
from cli_harness import assert_one_error_line, call

from tui.cli import command
from tui.command_line.opening import require_terminal
from tui.command_line.progress import progress


def commands(group: click.Group, *before: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, found in group.commands.items():
        yield (*before, name), found
        if isinstance(found, click.Group):
            yield from commands(found, *before, name)


ALL = dict(commands(command))


@pytest.mark.parametrize("words", [(), *ALL], ids=" ".join)
def test_help_fits_in_80_columns_and_nothing_is_cut(words, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    long, short = call(*words, "--help"), call(*words, "-h")
    assert (long.code, long.out) == (0, short.out)
    assert all(len(line) <= 80 for line in long.out.splitlines()), long.out
    _usage, _, body = long.out.partition("\n\n")
    assert "..." not in body
    assert long.out.isascii() or "≥" in long.out


def test_every_command_is_in_a_section_of_the_help() -> None:
    listed = [found for section in command.sections.values() for found in section]
    assert sorted(found.name or "" for found in listed) == sorted(command.commands)


def test_help_has_sections_and_examples() -> None:
    text = call("run", "-h").out
    assert "Set one key; repeatable." in text
    for heading in ("Options:", "The run:", "Examples:"):
        assert heading in text
    for heading in ("Runs:", "Records:", "Set-up:", "The screen:", "Examples:"):
        assert heading in call("-h").out


@pytest.mark.parametrize(
    "words", [name for name, found in ALL.items() if found.epilog], ids=" ".join
)
def test_examples_begin_as_they_are_typed(words) -> None:
    for line in str(ALL[words].epilog).splitlines():
        assert line.startswith(f"decsim-tui {words[0]}")


def test_config_alone_shows_its_help() -> None:
    result = call("config")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("Usage: decsim-tui config")
    assert result.err.count("\n") > 5


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
    ],
)
def test_help_is_coloured_unless_nobody_wants_it(variables, coloured: bool) -> None:
    import os
    import pty

    near, far = pty.openpty()
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM")}
    done = subprocess.Popen(
        [sys.executable, "-m", "tui", "config", "-h"], stdout=far, env=environment | variables
    )
    os.close(far)
    text = b""
    try:
        while block := os.read(near, 4096):
            text += block
    except OSError:  # how a pseudo-terminal says that its far end is closed
        pass
    os.close(near)
    assert done.wait() == 0
    assert (b"\x1b[1m" in text) is coloured


@pytest.mark.parametrize("arguments", [[], ["--paused", "--ascii"], ["--scenario", "worm"]])
def test_the_app_wants_stdout_to_be_a_terminal(arguments: list[str], tmp_path) -> None:
    result = call(*arguments)
    assert_one_error_line(result)
    assert "stdout is no terminal" in result.err
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("option", ["--paused", "--ascii", "--low-bandwidth"])
def test_options_of_the_screen_are_not_for_runs_without_one(option: str) -> None:
    assert_one_error_line(call(option, "run", "--steps", "1"))
    assert_one_error_line(call("run", "--steps", "1", option))


def test_no_pace_is_told_before_the_first_step(monkeypatch, capsys) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress("replay", None) as advance:
        assert "?" not in capsys.readouterr().err
        advance(40)
        advance(41)
    assert "?step/s" not in capsys.readouterr().err


@pytest.mark.parametrize("redirected", ["stdin", "stdout", "stderr"])
def test_it_is_said_which_stream_is_no_terminal(monkeypatch, redirected) -> None:
    for name in ("stdin", "stdout", "stderr"):
        stream = SimpleNamespace(isatty=lambda there=name != redirected: there)
        monkeypatch.setattr(sys, "__stderr__" if name == "stderr" else name, stream)
    with pytest.raises(click.UsageError, match=f"^{redirected} is no terminal, expected one"):
        require_terminal()
