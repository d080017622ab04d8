"""Options of the app alone: how a run is shown; nothing of them enters the run."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from tui.command_line.completion import themes
from tui.command_line.help import GroupedOption

if TYPE_CHECKING:
    from sim.config.schema import UiSection
    from tui.terminal.delta.cast import Cast

F = TypeVar("F", bound=Callable[..., Any])

_LOW_BYTES_PER_SECOND = 3000
_LOW_HZ = 2.0

_option = functools.partial(click.option, cls=GroupedOption, section="The screen")
_OPTIONS = (
    _option("--theme", metavar="NAME", help="Colours; see `themes`.", shell_complete=themes),
    _option("--ascii", is_flag=True, help="Draw with ASCII characters only."),
    _option("--low-bandwidth", is_flag=True, help="Fewer updates, for a slow line."),
    _option("--cast", metavar="FILE", help="Record the screen as an asciicast."),
)


@dataclass(frozen=True, slots=True)
class ViewOptions:
    """What was said on the command line about the screen, unchecked."""

    theme: str | None = None
    ascii: bool = False
    low_bandwidth: bool = False
    cast: str | None = None

    @property
    def given(self) -> tuple[str, ...]:
        """Names of the options that were used."""
        names = [f.name for f in fields(self) if getattr(self, f.name) not in (None, False)]
        return tuple("--" + name.replace("_", "-") for name in names)

    def applied(self, ui: UiSection) -> UiSection:
        """The configured screen, with what was asked for.

        Raises:
            InputError: there is no such theme, or no such key.
        """
        _check_keys(ui)
        if self.theme is not None:
            ui = ui.model_copy(update={"theme": _known_theme(self.theme)})
        if self.ascii:
            ui = ui.model_copy(update={"ascii": True})
        if not self.low_bandwidth:
            return ui
        most = ui.max_bytes_per_second or _LOW_BYTES_PER_SECOND
        return ui.model_copy(
            update={
                "refresh_hz": min(ui.refresh_hz, _LOW_HZ),
                "max_bytes_per_second": min(most, _LOW_BYTES_PER_SECOND),
            }
        )

    @contextmanager
    def recording(self) -> Iterator[Cast | None]:
        """The recording that was asked for, if any.

        Raises:
            InputError: the file cannot be made.
        """
        if self.cast is None:
            yield None
            return
        from tui.terminal.delta.cast import Cast

        with open_cast(self.cast) as file:
            yield Cast(file, time.monotonic, title="decsim-tui")


def _check_keys(ui: UiSection) -> None:
    if ui.keys:
        from tui.actions import keymap_in

        keymap_in(ui.keys)


def _known_theme(name: str) -> str:
    from textual.theme import BUILTIN_THEMES

    from sim.errors import InputError
    from sim.text import nearest, quoted
    from tui.theme.choice import AUTOMATIC
    from tui.theme.themes import load_themes

    names = load_themes().names
    if name not in (*names, *BUILTIN_THEMES, AUTOMATIC):
        hint = nearest(name, names) or f"; expected one of {', '.join(names)}"
        raise InputError(f"--theme: no theme {quoted(name)}{hint}")
    return name


def open_cast(name: str) -> TextIO:
    """A file for a recording; what was in it is gone.

    Raises:
        InputError: it cannot be made.
    """
    from sim.errors import InputError
    from sim.text import shown

    if name == "-":
        raise InputError("--cast: '-' is standard output, where the screen is; expected a file")
    try:
        return Path(name).expanduser().open("w", encoding="utf-8")
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"--cast: {shown(name)} cannot be written ({reason})") from None


def view_options(command: F) -> F:
    """Give a command the options of the app; it receives them as `view: ViewOptions`."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        view = ViewOptions(**{f.name: kwargs.pop(f.name) for f in fields(ViewOptions)})
        return command(*args, view=view, **kwargs)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]
