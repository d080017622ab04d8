"""The panes and their tab bar, laid out for the size of the terminal."""

from __future__ import annotations

from textual.app import ComposeResult, RenderResult
from textual.events import Resize
from textual.geometry import Offset, Size, Spacing
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.reactive import reactive
from textual.renderables.blank import Blank
from textual.widget import Widget

from tui.panes.pane import Pane
from tui.screens.arrangement import DOCKED, LEAST, ORDER, TABBED, Arrangement, arrange, extent
from tui.theme.glyphs import Glyphs
from tui.widgets.tab_bar import Tab, TabBar

_KNOWN = (*ORDER, *DOCKED)


class BoardLayout(Layout):
    """Gives the children of a board the places that `arrange` says."""

    name = "board"

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> ArrangeResult:
        """Placements of all children that have a place."""
        assert isinstance(parent, Board)
        arrangement = parent.arrangement(size)
        placements = []
        for child in children:
            region = (
                arrangement.bar
                if isinstance(child, TabBar)
                else arrangement.places.get(child.id or "")
            )
            if region:
                # The bar lies on the border of the strip.
                order = 1 if isinstance(child, TabBar) else 0
                placements.append(WidgetPlacement(region, Offset(), Spacing(), child, order))
        return placements


class Board(Widget):
    """The panes and the tab bar."""

    DEFAULT_CSS = """
    Board { height: 1fr; width: 1fr; background: $background; }
    """
    front: reactive[str] = reactive(ORDER[0])
    """The pane that was used last."""
    tab: reactive[str] = reactive(TABBED[0])
    """Which of the panes that share a place is in front."""
    zoomed: reactive[str | None] = reactive(None)

    def __init__(self, panes: list[Pane], glyphs: Glyphs) -> None:
        super().__init__()
        self._panes = panes
        self._tabbed = (*TABBED, *(pane.PANE for pane in panes if pane.PANE not in _KNOWN))
        self._bar = TabBar(glyphs)
        self._tabs: tuple[Tab, ...] = ()
        self._errors = 0
        self._layout = BoardLayout()

    @property
    def layout(self) -> Layout:
        """How the children are placed."""
        return self._layout

    def compose(self) -> ComposeResult:
        """The tab bar and all panes; which are shown depends on the size."""
        yield self._bar
        yield from self._panes

    def arrangement(self, size: Size) -> Arrangement:
        """Where everything is now."""
        place = (size.width, size.height)
        return arrange(
            *place, self.front, self.tab, self.zoomed, tabbed=self._tabbed, terminal=self.app.size
        )

    def use(self, pane_id: str) -> None:
        """Bring a pane to the front."""
        self.front = pane_id
        if pane_id in self._tabbed:
            self.tab = pane_id
        if self.zoomed is not None:
            self.zoomed = pane_id
        self.show()

    def show(self) -> None:
        """Display what has a place, hide the rest."""
        arrangement = self.arrangement(self.size)
        for pane in self._panes:
            pane.display = pane.id in arrangement.places
        self._bar.display = bool(arrangement.tabs)
        self._tabs = tuple(
            Tab(pane.PANE, pane.KEY, pane.NAME, pane.SHORT)
            for pane in self._panes
            if pane.PANE in arrangement.tabs
        )
        self.count(self._errors)
        for pane in self._panes:
            pane.set_class(pane.PANE in arrangement.tabs, "-tabbed")
        self._bar.used = self.front in arrangement.tabs
        self._bar.front = next((p for p in arrangement.tabs if p in arrangement.places), "")
        self.refresh(layout=True)

    def count(self, errors: int) -> None:
        """Show how many errors there are in their tab."""
        self._errors = errors
        self._bar.tabs = tuple(
            tab._replace(badge=errors) if tab.pane == "errors" else tab for tab in self._tabs
        )

    def render(self) -> RenderResult:
        """What is needed, where there is too little."""
        width, height = LEAST
        if extent(*self.app.size) == "none":
            return f"needs {width}×{height}"
        return Blank(self.styles.background)

    def on_resize(self, event: Resize) -> None:
        """Another size, another arrangement; who was hidden for want of room is in use again."""
        self.show()
        if self.screen.focused is None:
            self.call_after_refresh(self._use_front)

    def _use_front(self) -> None:
        front = next((pane for pane in self._panes if self.front == pane.PANE), None)
        if front is not None and front.display and self.screen.focused is None:
            front.focus()
