"""The part of a form that says which agents something reaches."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical

from sim.commands import Targets
from sim.snapshot import Grid
from tui.screens.bounds import Bounds, agent_ids, bounds_of
from tui.screens.choice import Choice
from tui.screens.fields import Entry, FormLine

SHARE, IDS, REGION = "share of agents", "agents by id", "around a cell"
_FORMS = {SHARE: ("share",), IDS: ("ids",), REGION: ("column", "row", "radius", "spread")}


class TargetsForm(Vertical):
    """A share, ids, or a region around a cell of the grid."""

    DEFAULT_CSS = "TargetsForm { height: auto; }"

    def __init__(self, grid: Grid, cursor: int, share: float) -> None:
        """`cursor` is the agent that a region is suggested around."""
        super().__init__()
        self._grid = grid
        self._cursor = cursor
        self._share = share
        self._entries: dict[str, Entry[float | int] | Entry[tuple[int, ...]]] = {}

    def compose(self) -> ComposeResult:
        """The choice of the way, and the fields of that way."""
        yield FormLine("Targets", Choice((SHARE, IDS, REGION), id="way"))
        width, population = max(1, self._grid.width), len(self._grid.states)
        column, row = self._cursor % width, self._cursor // width
        self._number("share", "Share", f"{self._share:g}", bounds_of(Targets, "fraction"))
        self._entries["ids"] = Entry(
            "Agents", str(self._cursor), lambda text: agent_ids(text, population),
            expected=f"e.g. 3, 7, 10-14; below {population:,}", id="ids",
        )  # fmt: skip
        self._number("column", "Column", f"{column}", Bounds(True, 0, high=max(0, width - 1)))
        height = max(0, self._grid.height - 1)
        self._number("row", "Row", f"{row}", Bounds(True, 0, high=height))
        self._number("radius", "Radius", "2", bounds_of(Targets, "radius"), "cells")
        self._number("spread", "Spread", "0", bounds_of(Targets, "spread"), "cells/step")
        yield from (self._entries[name] for name in _FORMS[SHARE])

    def _number(self, name: str, label: str, value: str, bounds: Bounds, unit: str = "") -> None:
        self._entries[name] = Entry(
            label, value, bounds.parse, expected=bounds.expected, unit=unit, id=name
        )

    def on_choice_changed(self) -> None:
        """Show the fields of the chosen way; they are made when they are first needed."""
        wanted = _FORMS[self.query_one("#way", Choice).value]
        for name, entry in self._entries.items():
            entry.display = name in wanted
        self.mount_all(self._entries[n] for n in wanted if not self._entries[n].is_attached)

    def targets(self) -> Targets:
        """What the form says.

        Raises:
            EntryError: a field of the chosen way is unusable.
        """
        way = self.query_one("#way", Choice).value
        found = [self._entries[name].parse() for name in _FORMS[way]]
        if way == IDS:
            ids = found[0]
            assert isinstance(ids, tuple)
            return Targets(agents=ids)
        numbers = [value for value in found if not isinstance(value, tuple)]
        if way == SHARE:
            return Targets(fraction=float(numbers[0]))
        column, row, radius, spread = numbers
        return Targets(centre=(int(column), int(row)), radius=float(radius), spread=float(spread))
