"""The main screen: the panes over one snapshot, laid out for the size of the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, ClassVar, TypeVar, get_args

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import DescendantFocus, Resize
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from sim.commands import Inspect
from sim.snapshot import EMPTY, RunState, Snapshot
from tui.keys.action import Action
from tui.keys.inside import bindings_of
from tui.messages import (
    ChoosePane,
    GoToStep,
    MarkAgent,
    MarkSignature,
    PreviewKnob,
    Watch,
)
from tui.panes.attacks import AttacksPane
from tui.panes.engine import EnginePane
from tui.panes.errors import ErrorsPane
from tui.panes.grid import GridPane
from tui.panes.grid_legend import Heat
from tui.panes.inspector import InspectorPane
from tui.panes.journal import JournalPane
from tui.panes.ledger import LedgerPane
from tui.panes.list_pane import ListPane
from tui.panes.pane import Pane
from tui.panes.parameters import ParametersPane
from tui.panes.quality import QualityPane
from tui.panes.record_pane import RecordPane
from tui.panes.signatures import SignaturesPane
from tui.panes.status import StatusPane
from tui.panes.story import StoryPane
from tui.panes.timeline import TimelinePane
from tui.preferences import Preferences
from tui.record.book import Book
from tui.screens.arrangement import DOCKED, TABBED
from tui.screens.board import Board
from tui.screens.turns import Turns
from tui.screens.welcome import WelcomeCard
from tui.theme.glyphs import UNICODE, Glyphs

PANES: tuple[type[Pane], ...] = (
    GridPane,
    TimelinePane,
    SignaturesPane,
    StoryPane,
    LedgerPane,
    ParametersPane,
    JournalPane,
    ErrorsPane,
    EnginePane,
    AttacksPane,
    QualityPane,
    InspectorPane,
)
"""In the order of their keys, then what is docked."""

P = TypeVar("P", bound=Pane)


class Dashboard(Screen[None]):
    """All panes, fed by one snapshot.

    Args:
        glyphs: symbols to draw with.
        footer: widget for the last line, if any.
        book: the record of the run.
        further: panes of plug-ins, which are tabs of the strip.
    """

    DEFAULT_CSS = """
    Dashboard { layout: vertical; layers: default above; background: $background; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("dashboard", "welcome")

    snapshot: reactive[Snapshot] = reactive(EMPTY, repaint=False)
    filter_text: reactive[str] = reactive("", repaint=False)
    """Rows of the lists that do not contain it are hidden."""
    frozen: reactive[bool] = reactive(False)
    """Whether the view stands still while the run goes on."""

    def __init__(
        self,
        glyphs: Glyphs = UNICODE,
        footer: Widget | None = None,
        book: Book | None = None,
        further: Sequence[Pane] = (),
    ) -> None:
        super().__init__()
        self.book = book if book is not None else Book()
        self._status = StatusPane(glyphs)
        self._panes = [*(pane(glyphs, self.book) for pane in PANES), *further]
        self._order = tuple(pane.PANE for pane in self._panes if pane.PANE not in DOCKED)
        """In which tab goes through them."""
        self._board = Board(list(self._panes), glyphs)
        self._footer = footer
        self._glyphs = glyphs
        self._welcome: WelcomeCard | None = None
        self._dismissed = False
        self.hurried = False
        """Whether pictures come faster than anyone reads: then panes are drawn by turns."""
        self._turns = Turns(self._order)
        self._marked = Inspect()
        self._populated = False
        """Whether there are agents yet."""
        self._read: dict[str, int] = {}
        """Version of the record that each pane has drawn."""

    def compose(self) -> ComposeResult:
        """Status line, board, footer."""
        yield self._status
        yield self._board
        if self._welcome is not None:
            yield self._welcome
        if self._footer is not None:
            yield self._footer

    def watch_snapshot(self, snapshot: Snapshot) -> None:
        """Hand it down: to all panes, or to those whose turn it is."""
        self._board.count(sum(error.count for error in snapshot.errors))
        self._turns.note()
        if not self._populated and len(snapshot.grid.states):
            self._populated = True
            self.call_after_refresh(self._mark)
        if not self.hurried or snapshot.state is not RunState.RUNNING:
            self.catch_up()
            return
        if self.app.screen is not self:
            if self._turns.behind():
                self.catch_up()
            return
        self._turns.advance()
        self.grid.hurried = True
        if self._turns.turned:
            self._status.snapshot = snapshot
        for pane in self._panes:
            if pane.PANE not in self._turns.resting:
                pane.snapshot = snapshot

    def idle(self) -> None:
        """No picture has come: after a while all panes show the last one."""
        if self._turns.idle:
            self.hurried = False
            self.catch_up()

    def catch_up(self) -> None:
        """Let all panes show the same picture."""
        self._turns.draw_all()
        self.grid.catch_up()
        for pane in (self._status, *self._panes):
            pane.snapshot = self.snapshot

    def read_on(self) -> None:
        """The record has grown: draw what shows it."""
        ledger = self._pane(LedgerPane)
        came = ledger.turn_pages()
        version = self.book.version
        for pane in self._panes:
            grown = pane.FROM_RECORD and self._read.get(pane.PANE) != version
            if pane.PANE in self._turns.resting:
                continue
            if pane.is_on_screen and (grown or (came and pane is ledger)):
                self._read[pane.PANE] = version
                pane.redraw()

    def watch_filter_text(self, text: str) -> None:
        """Hand it to the list that it is for."""
        pane = self.filtered
        if pane is not None:
            pane.filter_text = text

    def _pane(self, kind: type[P]) -> P:
        """The pane of one kind, also while the app opens or closes."""
        return next(pane for pane in self._panes if isinstance(pane, kind))

    @property
    def grid(self) -> GridPane:
        """The map."""
        return self._pane(GridPane)

    @property
    def knobs(self) -> ParametersPane:
        """The parameters."""
        return self._pane(ParametersPane)

    @property
    def front(self) -> Pane:
        """The pane that was used last."""
        return next(pane for pane in self._panes if self._board.front == pane.PANE)

    def on_mark_signature(self, message: MarkSignature) -> None:
        """Show it from near, where there is room."""
        message.stop()
        self._follow(signature=message.signature)

    def on_mark_agent(self, message: MarkAgent) -> None:
        """Likewise."""
        message.stop()
        self._follow(agent=message.agent)

    def _follow(self, agent: int | None = None, signature: int | None = None) -> None:
        if not self._pane(InspectorPane).is_on_screen:
            agent = signature = None
        if (agent, signature) != (self._marked.agent, self._marked.signature):
            self._watch(agent=agent, signature=signature)

    def _mark(self) -> None:
        """Show what is marked in the pane in use from near, also where nobody moved the mark."""
        front = self.front
        if isinstance(front, GridPane | SignaturesPane):
            front.moved()
        elif self._marked.agent is None and self._marked.signature is None:
            self._pane(GridPane).moved()

    def on_preview_knob(self, message: PreviewKnob) -> None:
        """Have it in the pictures."""
        message.stop()
        self._watch(knob=message.key, value=message.value)

    def _watch(self, **marked: Any) -> None:
        """Have what is marked in the pictures."""
        self._marked = replace(self._marked, **marked)
        self.post_message(Watch(self._marked))

    def attack_pointed_at(self) -> tuple[list[int], str]:
        """Agents under the cursor of the map, or the kind of the marked attack, or nobody."""
        front = self.front
        if isinstance(front, GridPane):
            return front.under_cursor().tolist(), ""
        row = front.list_cursor.row(front.listed) if isinstance(front, AttacksPane) else None
        return [], row.item.kind if row is not None else ""

    def by_use(self) -> list[Pane]:
        """The panes, the one that was used last first."""
        return sorted(self._panes, key=lambda pane: self._board.front != pane.PANE)

    @property
    def filtered(self) -> ListPane | RecordPane | None:
        """The list in use, which a filter is for; where none is, the one in front of the strip."""
        for name in (self._board.front, self._board.tab):
            pane = next(pane for pane in self._panes if name == pane.PANE)
            if isinstance(pane, ListPane | RecordPane):
                return pane
        return None

    def clear_filter(self) -> bool:
        """Show all rows of all lists again; whether any were hidden."""
        lists = [p for p in self._panes if isinstance(p, ListPane | RecordPane) and p.filter_text]
        for pane in lists:
            pane.filter_text = ""
        return bool(lists)

    def on_go_to_step(self, message: GoToStep) -> None:
        """Look at a step of the timeline."""
        message.stop()
        if self.book.series.length:
            self._pane(TimelinePane).go_to(message.step)
            self._choose("timeline")

    def begin_with(self, preferences: Preferences, actions: Iterable[Action]) -> None:
        """Show what was shown last time. Before the first paint."""
        for heat in get_args(Heat):
            if heat == preferences.heat:
                self.grid.set_reactive(GridPane.heat, heat)
        if preferences.tab in TABBED:
            self._board.set_reactive(Board.tab, preferences.tab)
        if preferences.welcome:
            self._welcome = WelcomeCard(actions, self._glyphs)

    @property
    def chosen(self) -> dict[str, str | bool]:
        """What of the present look is worth remembering."""
        seen: dict[str, str | bool] = {"heat": self.grid.heat, "tab": self._board.tab}
        return seen | ({"welcome": False} if self._dismissed else {})

    def on_resize(self, event: Resize) -> None:
        """The card of the first start needs room."""
        if self._welcome is not None:
            self._welcome.fit(event.size)
        self.call_after_refresh(self._mark)

    def action_never_again(self) -> None:
        """Put the card of the first start away."""
        if self._welcome is not None:
            self._dismissed = True
            self._welcome.remove()
            self._welcome = None

    @property
    def pausing(self) -> bool:
        """Whether a pause was asked for and has not come yet."""
        return self._status.pausing

    @pausing.setter
    def pausing(self, pausing: bool) -> None:
        self._status.pausing = pausing

    def say(self, text: str) -> None:
        """Answer a key that could do nothing, in the status line."""
        self._status.say(text)

    @property
    def now(self) -> int:
        """Step that the run has reached, also while the view stands still."""
        return self._status.now

    def hear(self, step: int, state: RunState) -> None:
        """How the run stands, also while the view stands still."""
        self._status.now, self._status.live = step, state

    def watch_frozen(self, frozen: bool) -> None:
        """Show it in the status line."""
        self._status.frozen = frozen

    @property
    def zoomed(self) -> str | None:
        """Id of the pane that fills the screen, if one does."""
        return self._board.zoomed

    def zoom(self, pane_id: str | None) -> None:
        """Let one pane fill the screen, or (None) bring the others back."""
        self._board.zoomed = pane_id
        if pane_id is not None:
            self._choose(pane_id)
        self._board.show()

    def toggle_zoom(self) -> None:
        """Zoom the pane that was used last, or return."""
        self.zoom(None if self.zoomed else self._board.front)

    def action_unzoom(self) -> None:
        """Bring the other panes back."""
        self.zoom(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape is ours only while a pane is zoomed, or the card of the first start is there."""
        if action == "never_again":
            return self._welcome is not None and self._welcome.display
        return self.zoomed is not None if action == "unzoom" else True

    def focus_pane(self, number: int) -> None:
        """Focus a pane by its place in the order, from 1, and bring it to the front."""
        if 1 <= number <= len(self._order):
            self._choose(self._order[number - 1])

    def focus_named(self, name: str) -> None:
        """Focus a pane by its id."""
        if name in self._order:
            self._choose(name)

    def walk(self, by: int) -> None:
        """Go to the next or the previous pane, of all that there are."""
        place = self._order.index(self._board.front)
        self._choose(self._order[(place + by) % len(self._order)])

    def action_walk(self, by: int) -> None:
        """Go to the next or the previous pane."""
        self.walk(by)

    def on_choose_pane(self, message: ChoosePane) -> None:
        """A tab was clicked."""
        message.stop()
        self._choose(message.pane_id)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Remember the pane in use."""
        if isinstance(event.widget, Pane) and event.widget.PANE in self._order:
            self._board.use(event.widget.PANE)

    def _choose(self, pane_id: str) -> None:
        self._board.use(pane_id)
        for pane in self._panes:
            if pane.id == pane_id:
                pane.focus()
