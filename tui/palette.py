"""The palette: every action, every parameter, and every kind of attack, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol, runtime_checkable

from textual.app import ComposeResult
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.events import Click

from sim.config.parameters import parameters
from sim.snapshot import Snapshot
from tui.actions import available
from tui.keys.action import Action
from tui.widgets.line import printable


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the palette."""

    name: str
    help: str
    run: Callable[[], object]
    first: bool
    """Whether it is offered before anything is typed."""


@runtime_checkable
class Offering(Protocol):
    """What the palette knows of the app."""

    @property
    def latest(self) -> Snapshot:
        """The picture that is shown."""

    @property
    def actions(self) -> tuple[Action, ...]:
        """All actions, with the keys that they have here."""

    def edit_parameter(self, key: str) -> None:
        """Open the editor of a parameter."""

    def action_inject(self, kind: str = "") -> None:
        """Open the dialog of attacks."""

    async def perform(self, action: Action) -> None:
        """Do what a key does, in the pane that it belongs to."""

    def performable(self, action: Action) -> bool:
        """Whether it can be done now."""


class _Entries(CommandList):
    """Textual's, which looks up what was clicked among entries that may be others by then."""

    def _on_click(self, event: Click) -> None:  # type: ignore[override]
        """Nothing was clicked where the entry is gone. Textual's own handler comes after this."""
        entry = event.style.meta.get("option")
        if entry is not None and entry >= self.option_count:
            event.prevent_default()
            event.stop()


class Palette(CommandPalette):
    """Textual's, which looks for the marked entry also where none is laid out."""

    def compose(self) -> ComposeResult:
        """Textual's parts, with a list that bears any click."""
        for part in super().compose():
            yield _Entries() if type(part) is CommandList else part

    @property
    def _has_parts(self) -> bool:
        """Whether the list and the line above it are there: not any more while it closes."""
        return bool(self.query(CommandList)) and bool(self.query("#--input"))

    def _watch__list_visible(self) -> None:
        """A search that is done only once the palette closes shows nothing."""
        if self._has_parts:
            super()._watch__list_visible()

    async def _watch__show_busy(self) -> None:
        """Likewise."""
        if self._has_parts:
            await super()._watch__show_busy()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing moves in a list of which nothing is seen."""
        if action == "command_list" and not self.query_one(CommandList)._index_to_line:
            return False
        return super().check_action(action, parameters)


class ActionProvider(Provider):
    """Entries for what is possible now."""

    @property
    def decsim(self) -> Offering:
        """The app, as far as it is known here."""
        app: object = self.app
        assert isinstance(app, Offering)
        return app

    async def discover(self) -> Hits:
        """What is offered before anything is typed: the actions."""
        for entry in self.entries():
            if entry.first:
                yield DiscoveryHit(entry.name, entry.run, help=entry.help)

    async def search(self, query: str) -> Hits:
        """What matches."""
        matcher = self.matcher(query)
        for entry in self.entries():
            score = matcher.match(entry.name)
            if score > 0:
                yield Hit(score, matcher.highlight(entry.name), entry.run, help=entry.help)

    def entries(self) -> Iterator[Entry]:
        """Actions, then parameters, then attacks."""
        snapshot = self.decsim.latest
        yield from self._actions()
        for parameter in parameters():
            if parameter.live and parameter.key != "ui.theme":
                run = partial(self.decsim.edit_parameter, parameter.key)
                yield Entry(f"Set {parameter.key} …", parameter.help, run, first=False)
        if available("inject", snapshot):
            for kind in snapshot.attack_kinds:
                run = partial(self.decsim.action_inject, kind)
                yield Entry(f"Inject {printable(kind, 40)} …", "Inject this attack.", run, False)

    def _actions(self) -> Iterator[Entry]:
        for action in self.decsim.actions:
            if action.id != "palette" and self.decsim.performable(action):
                run = partial(self.decsim.perform, action)
                name = f"{action.name(self.decsim.latest)}  ({action.shown.split()[0]})"
                first = action.place == "app" and not action.id.startswith("pane_")
                yield Entry(name, action.help, run, first)
