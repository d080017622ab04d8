"""Which set of symbols a terminal can show."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Mapping

from tui.theme.glyphs import ASCII, CONSOLE, UNICODE, Glyphs

_CONSOLES = ("linux", "screen.linux", "tmux.linux", "fbterm", "cons", "vt", "ansi", "sun")
"""Beginnings of the names of terminals whose fonts have little."""


def choose_glyphs(
    ascii_only: bool, encoding: str | None = None, environ: Mapping[str, str] = os.environ
) -> Glyphs:
    """The set that the terminal can show.

    Args:
        ascii_only: `ui.ascii`.
        encoding: of the terminal; that of standard output by default.
        environ: the environment, for the locale and the terminal's name.
    """
    if ascii_only or _locale(environ) in ("C", "POSIX"):
        return ASCII
    name = encoding or getattr(sys.__stdout__, "encoding", None) or "utf-8"
    try:
        if not codecs.lookup(name).name.startswith("utf"):
            return ASCII
    except LookupError:
        return ASCII
    return CONSOLE if environ.get("TERM", "").startswith(_CONSOLES) else UNICODE


def _locale(environ: Mapping[str, str]) -> str:
    """The locale that was asked for; Python itself replaces C by C.UTF-8 in `LC_CTYPE`."""
    given = [environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")]
    if given[:2] == ["", "C.UTF-8"] and given[2] in ("C", "POSIX"):
        return given[2]
    return next((value for value in given if value), "")
