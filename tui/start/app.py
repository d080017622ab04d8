"""The start screen: resume, replay or delete a run that is kept, or begin a new one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.filter import LineFilter
from textual.widgets import Static

from sim.archive.directory import RunDirectory
from sim.archive.overview import Overview, overview_of
from sim.archive.removal import remove_run
from sim.errors import DecsimError
from tui.forms.rows import Rows
from tui.start.choice import Choice
from tui.start.run_words import HEADER, RIGHT, run_words, size_words
from tui.start.scenarios import Offer, offered
from tui.terminal.background import in_background
from tui.theme.glyphs import Glyphs
from tui.theme.plain import SimpleSymbols
from tui.theme.themes import load_themes, variable_defaults
from tui.widgets.line import fit, printable

_RESUMABLE = ("interrupted", "failed", "finished")
_KEYS = {
    "runs": ("enter resume", "n new run", "r replay", "d delete"),
    "new": ("enter begin", "esc back to the runs"),
}
_LEAVE = "q leave"
_WHAT = "decsim-tui: a live laboratory for decentralised anomaly detection"
_LEAST_NEEDED = ("SIZE", "SCENARIO", "ACCEPTED", "AGE", "F1", "STEPS", "STATE")
"""Columns in the order in which they are left out where there is no room for all."""


class StartApp(App[Choice], inherit_bindings=False):
    """Returns what was chosen, or None.

    Args:
        runs: the runs that are kept, newest first.
        theme: name of the theme.
        glyphs: symbols that the terminal can show.
        clock: seconds since the epoch.
    """

    TITLE = "decsim-tui"
    ALLOW_SELECT = False  # as in the app itself
    CSS = """
    Screen { layout: vertical; background: $background; color: $foreground; }
    #what { height: 1; padding: 0 1; background: $surface; text-style: bold; }
    #head { height: 1; padding: 0 2; color: $foreground-muted; }
    #list { height: 1fr; margin: 0 1; }
    #about {
        height: auto; min-height: 7; max-height: 50%; margin: 0 1; padding: 0 1;
        border: round $border-blurred; border-title-color: $primary;
    }
    #keys { height: 1; padding: 0 1; color: $primary; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,ctrl+q,ctrl+c", "leave", "Leave", priority=True),
        Binding("escape", "runs", "Back"),
        Binding("n", "new", "New"),
        Binding("r", "replay", "Replay"),
        Binding("d", "delete", "Delete"),
    ]

    def __init__(
        self,
        runs: Sequence[RunDirectory],
        *,
        theme: str,
        glyphs: Glyphs,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self._runs = {str(run.path): run for run in runs}
        self._overviews: dict[str, Overview] = {}
        self._offers: dict[str, Offer] = {}
        self._theme = theme
        self._glyphs = glyphs
        self._clock = clock
        self._doomed = ""
        """The run whose deletion waits for a second press."""
        self.listed = "runs"

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Simple symbols where the terminal has no others."""
        simple = [SimpleSymbols(self._glyphs)] if self._glyphs.simple else []
        return [*super().get_line_filters(), *simple]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The colours of the domain's states."""
        return variable_defaults(self.current_theme)

    def compose(self) -> ComposeResult:
        """What this is, the list, what is marked, the keys."""
        yield Static(id="what", markup=False)
        yield Static(id="head", markup=False)
        yield Rows("Nothing is kept any more: n begins a new run.", id="list")
        yield Static(id="about", markup=False)
        yield Static(id="keys", markup=False)

    def on_mount(self) -> None:
        """Show the ids at once; what is in the runs is read behind it."""
        shelf = load_themes()
        for theme in shelf.themes:
            self.register_theme(theme)
        self.theme, _ = shelf.choose(self._theme, self.available_themes)
        self._list.focus()
        self._show()
        self.run_worker(self._read())

    def on_resize(self) -> None:
        """As many columns as fit, once the size is known."""
        self.call_later(self._show)

    @property
    def _list(self) -> Rows:
        return self.query_one("#list", Rows)

    async def _read(self) -> None:
        for path, run in list(self._runs.items()):
            overview = await in_background(lambda run=run: overview_of(run))  # type: ignore[misc]
            if path in self._runs:
                self._overviews[path] = overview
                self._show()

    # What is shown.

    def _show(self) -> None:
        rows = self._run_rows() if self.listed == "runs" else self._offer_rows()
        self._list.show(rows)
        self.query_one("#what", Static).update(_WHAT if len(_WHAT) <= self._room else self.TITLE)
        self.query_one("#keys", Static).update(_fitting(_KEYS[self.listed], self.size.width - 2))
        self._tell()

    def _run_rows(self) -> list[tuple[str, Text]]:
        now = self._clock()
        words = {
            path: run_words(self._overviews[path], now)
            if path in self._overviews
            else (run.run_id, *([""] * (len(HEADER) - 1)))
            for path, run in self._runs.items()
        }
        widths = [max(map(len, column)) for column in zip(HEADER, *words.values(), strict=True)]
        kept = _columns(widths, self._room)
        self.query_one("#head", Static).update(_aligned(HEADER, widths, kept))
        return [
            (path, Text(" " + fit(_aligned(cells, widths, kept), self._room)))
            for path, cells in words.items()
        ]

    @property
    def _room(self) -> int:
        """Cells of a row, without its margins and the scroll bar."""
        return max(self.size.width - 4, 1)

    def _offer_rows(self) -> list[tuple[str, Text]]:
        self._offers = self._offers or {offer.name: offer for offer in offered()}
        self.query_one("#head", Static).update("SCENARIO")
        width = max(map(len, self._offers)) + 2
        return [
            (name, Text(f" {fit(f'{name:<{width}}{printable(offer.text)}', self._room)}"))
            for name, offer in self._offers.items()
        ]

    def _tell(self) -> None:
        about, key = self.query_one("#about", Static), self._list.key
        about.border_title = None
        if self.listed == "new" and key in self._offers:
            about.border_title = printable(key)
            about.update(printable(self._offers[key].text))
        elif key in self._overviews:
            about.border_title = printable(self._overviews[key].run_id)
            about.update(self._about(self._overviews[key]))
        else:
            about.update("")

    def _about(self, found: Overview) -> str:
        if self._doomed == found.run_dir:
            return f"d once more deletes this run and its {size_words(found.size)} for ever."
        if found.problem:
            return printable(f"It cannot be used: {found.problem}")
        if found.state == "running":
            return "It is running: `decsim-tui attach` watches and steers it."
        lines = [printable(found.run_dir)]
        if found.steps is not None:
            lines.append(f"{found.steps:,} steps are recorded.")
        if found.accepted is not None:
            lines.append(f"{found.accepted:,} of {found.published:,} signatures were accepted.")
        if found.f1 is not None:
            lines.append(f"F1 of all agents together: {found.f1:.2f}.")
        resume = "Resume goes on where it stopped, paused"
        if found.traffic_ended:
            lines.append("Its traffic has ended: the run is complete.")
            resume = "Resume shows it as it ended"
        replay = "replay computes it again and says whether every step is the same"
        return "\n".join([*lines, f"{resume}; {replay}."])

    # What is done.

    def on_rows_moved(self) -> None:
        """Say more about what is marked."""
        self._doomed = ""
        self._tell()

    def on_rows_chosen(self) -> None:
        """Enter."""
        key = self._list.key
        if self.listed == "new":
            if self._offers[key].usable:
                self.exit(Choice("new", key))
        elif self._usable(key):
            self.exit(Choice("resume", key))

    def _usable(self, key: str) -> bool:
        return key in self._overviews and self._overviews[key].state in _RESUMABLE

    def action_new(self) -> None:
        """List the scenarios."""
        self._turn("new")

    def action_runs(self) -> None:
        """To the runs."""
        self._turn("runs")

    def _turn(self, mode: str) -> None:
        if self.listed != mode:
            self.listed, self._doomed = mode, ""
            self._list.cursor = 0
            self._show()

    def action_replay(self) -> None:
        """Compute the marked run again."""
        if self.listed == "runs" and self._usable(self._list.key):
            self.exit(Choice("replay", self._list.key))

    def action_delete(self) -> None:
        """Delete the marked run; asked twice."""
        key = self._list.key
        if self.listed != "runs" or key not in self._overviews:
            return
        if self._doomed != key:
            self._doomed = key
            self._tell()
            return
        try:
            remove_run(self._runs[key])
        except (DecsimError, OSError) as error:
            self._doomed = ""
            self._tell()
            self.query_one("#about", Static).update(printable(f"Not deleted: {error}"))
            return
        del self._runs[key], self._overviews[key]
        self._doomed = ""
        self._show()

    def action_leave(self) -> None:
        """Leave; nothing was begun."""
        self.exit(None)


def _columns(widths: Sequence[int], room: int) -> list[int]:
    """Numbers of the columns that there is room for; the first is always there."""
    kept = list(range(len(HEADER)))
    for name in _LEAST_NEEDED:
        if sum(widths[n] + 2 for n in kept) - 2 <= room:
            break
        kept.remove(HEADER.index(name))
    return kept


def _aligned(cells: Sequence[str], widths: Sequence[int], kept: Sequence[int]) -> str:
    parts = [f"{cells[n]:>{widths[n]}}" if RIGHT[n] else f"{cells[n]:<{widths[n]}}" for n in kept]
    return "  ".join(parts).rstrip()


def _fitting(keys: Sequence[str], room: int) -> str:
    """Whole keys, how to leave among them."""
    for count in range(len(keys), -1, -1):
        text = " · ".join([*keys[:count], _LEAVE])
        if len(text) <= room:
            break
    return text
