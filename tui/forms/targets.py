"""The part of a form that says which agents something reaches."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from sim.commands import Targets
from sim.snapshot import Grid
from sim.text import quantity
from tui.forms.bounds import Bounds, EntryError, agent_ids, bounds_of
from tui.forms.choice import Choice
from tui.forms.entry import Entry
from tui.messages import Aim

SHARE, IDS, REGION = "share of agents", "agents by id", "around a cell"
TargetsEntry = Entry[float | int] | Entry[tuple[int, ...]]
_FORMS = {SHARE: ("share",), IDS: ("ids",), REGION: ("column", "row", "radius", "spread")}


class TargetsForm(Vertical):
    """A share, ids, or a region around a cell of the grid."""

    DEFAULT_CSS = "TargetsForm { height: auto; }"

    def __init__(self, grid: Grid, cursor: int, share: float, chosen: tuple[int, ...] = ()) -> None:
        """`cursor` is the agent that a region is suggested around, `chosen` are selected ones."""
        super().__init__()
        self._grid = grid
        self._cursor = cursor
        self._share = share
        self._chosen = chosen
        self._entries: dict[str, TargetsEntry] = {}

    def compose(self) -> ComposeResult:
        """The choice of the way, and the fields of the first one."""
        first = IDS if self._chosen else SHARE
        yield Choice("Targets", (SHARE, IDS, REGION), first, id="way")
        yield from self._made(_FORMS[first])
        yield Static("", id="reaches", classes="quiet", markup=False)

    def on_choice_changed(self) -> None:
        """Show the fields of the chosen way; they are made when they are first needed."""
        wanted = _FORMS[self.query_one("#way", Choice).value]
        self.mount_all(self._made(wanted), before="#reaches")
        for name, entry in self._entries.items():
            entry.display = name in wanted
        self._aim()

    def on_mount(self) -> None:
        """Show who is meant from the beginning."""
        self._aim()

    def on_show(self) -> None:
        """They are asked for again."""
        self._aim()

    def on_hide(self) -> None:
        """They are not asked for."""
        self.post_message(Aim())

    def on_input_changed(self) -> None:
        """Show who is meant while one types."""
        self._aim()

    def _aim(self) -> None:
        """Light up who is meant on the map, and say how many they are."""
        try:
            targets = self.targets()
        except EntryError:
            agents, words = frozenset[int](), ""
        else:
            agents, words = self._meant(targets)
        self.query_one("#reaches", Static).update(words)
        self.post_message(Aim(agents))

    def _meant(self, targets: Targets) -> tuple[frozenset[int], str]:
        population, width = len(self._grid.states), max(self._grid.width, 1)
        if targets.fraction is not None:
            count = quantity(min(targets.count(population), population), "agent")
            return frozenset(), f"{'':12}{count} by lot"
        agents = frozenset(targets.agents)
        if targets.centre is not None:
            agents = frozenset(
                a for a in range(population) if targets.covers(a % width, a // width)
            )
        grows = ", and it spreads" if targets.spread else ""
        return agents, f"{'':12}{quantity(len(agents), 'agent')}{grows}"

    def _made(self, names: Iterable[str]) -> list[TargetsEntry]:
        """The fields of these names that were not there yet."""
        new = {name: self._entry(name) for name in names if name not in self._entries}
        self._entries |= new
        return list(new.values())

    def _entry(self, name: str) -> TargetsEntry:
        width, height = max(1, self._grid.width), max(1, self._grid.height)
        column, row = self._cursor % width, self._cursor // width
        match name:
            case "share":
                share = bounds_of(Targets, "fraction")
                return self._number(name, "Share", f"{self._share:g}", share)
            case "ids":
                population = len(self._grid.states)
                return Entry(
                    "Agents", written_ids(self._chosen or (self._cursor,)),
                    lambda text: agent_ids(text, population),
                    expected=f"e.g. 3, 7, 10-14; below {population:,}", id="ids",
                )  # fmt: skip
            case "column":
                return self._number(name, "Column", f"{column}", Bounds(True, 0, high=width - 1))
            case "row":
                return self._number(name, "Row", f"{row}", Bounds(True, 0, high=height - 1))
            case "radius":
                return self._number(name, "Radius", "2", bounds_of(Targets, "radius"), "cells")
            case _:
                spread = bounds_of(Targets, "spread")
                return self._number(name, "Spread", "0", spread, "cells/step")

    def _number(
        self, name: str, label: str, value: str, bounds: Bounds, unit: str = ""
    ) -> Entry[float | int]:
        return Entry(label, value, bounds.parse, expected=bounds.expected, unit=unit, id=name)

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


def written_ids(agents: Iterable[int]) -> str:
    """Ids as a person would type them: neighbours as a range."""
    runs: list[list[int]] = []
    for agent in sorted(agents):
        if runs and agent == runs[-1][-1] + 1:
            runs[-1].append(agent)
        else:
            runs.append([agent])
    return ", ".join(f"{r[0]}-{r[-1]}" if len(r) > 1 else str(r[0]) for r in runs)
