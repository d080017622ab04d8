"""The status line: what the run is doing, in one line; a fault takes a second one."""

from __future__ import annotations

from rich.cells import cell_len
from textual.geometry import Size
from textual.reactive import reactive
from textual.strip import Strip

from sim.snapshot import RunState, Snapshot
from tui.panes.pane import Pane
from tui.theme.glyphs import UNICODE, Glyphs
from tui.widgets.line import Line, fit

_INKS = {
    RunState.LOADING: "run-loading",
    RunState.RUNNING: "run-running",
    RunState.PAUSED: "run-paused",
    RunState.FAULT: "run-fault",
    RunState.FINISHED: "run-finished",
    RunState.FAILED: "run-fault",
    RunState.STOPPED: "run-finished",
}
_SERIOUS = (RunState.FAULT, RunState.FAILED)


class StatusPane(Pane, can_focus=False):
    """Run state first; the rest in the order of its weight, as far as it fits."""

    PANE = "status"
    DEFAULT_CSS = """
    StatusPane, StatusPane.-ascii {
        height: auto;
        border: none;
        padding: 0 1;
        background: $surface;
    }
    """
    frozen: reactive[bool] = reactive(False)
    """Whether the view stands still."""
    pausing: reactive[bool] = reactive(False)
    """Whether a pause was asked for and the step under way is not done yet."""

    def __init__(self, glyphs: Glyphs = UNICODE) -> None:
        super().__init__(glyphs)
        self._banners = 0

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line, and up to two for a cause that needs attention."""
        return 1 + len(self._banner(width))

    def watch_snapshot(self, old: Snapshot, new: Snapshot) -> None:
        """A fault needs another line."""
        banners = len(self._banner(self.content_size.width))
        if banners != self._banners:
            self._banners = banners
            self.refresh(layout=True)
        if new.state is not RunState.RUNNING:
            self.set_reactive(StatusPane.pausing, False)
        super().watch_snapshot(old, new)

    def watch_pausing(self) -> None:
        """Answer the key at once, however long a step takes."""
        self.redraw()

    def watch_frozen(self) -> None:
        """Say so."""
        self.redraw()

    def draw(self, width: int, height: int) -> list[Strip]:
        """The line, and the cause of a fault."""
        ink, shot = self.ink, self.snapshot
        word, state = shot.state.value, shot.state
        if self.pausing and state is RunState.RUNNING:
            word, state = "pausing", RunState.PAUSED
        glyph = getattr(self.glyphs, state.value)
        line = Line().add(f"{glyph} {word.upper()}", ink(_INKS[state], bold=True))
        if self.frozen:
            line.add("  ", ink())
            line.add(
                f" {self.glyphs.frozen} VIEW FROZEN ", ink("run-frozen", bold=True, reverse=True)
            )
        for text, colour in self._words():
            if line.width + cell_len(text) + 3 > width:
                continue
            line.add(f" {self.glyphs.bar} ", ink("ink-faint")).add(text, ink(colour))
        banner = ink("run-fault", bold=True, reverse=True)
        return [
            line.strip(width, ink()),
            *(Line().add(text, banner).strip(width, banner) for text in self._banner(width)),
        ]

    def _words(self) -> list[tuple[str, str]]:
        """What else there is to say, weightiest first."""
        shot, words = self.snapshot, []
        if shot.state in (RunState.LOADING, RunState.FINISHED) and shot.cause:
            words.append((self.safe(shot.cause), "foreground"))
        if not shot.run_id and not shot.step:
            return words
        words.append((f"step {shot.step:,}", "foreground"))
        errors, faults = sum(e.count for e in shot.errors), len(shot.faults)
        if errors:
            words.append((f"{self.glyphs.failed} {_count(errors, 'error')}", "run-fault"))
        scarce = [seen.name for seen in shot.health if not seen.healthy]
        if scarce:
            words.append((f"{self.glyphs.failed} scarce: {', '.join(scarce)}", "run-fault"))
        if faults:
            words.append((f"{self.glyphs.fault} {_count(faults, 'fault')}", "run-paused"))
        if shot.attacks:
            text = f"{self.glyphs.attack} {_count(len(shot.attacks), 'attack')}"
            words.append((text, "truth-attack"))
        words.append((_pace(shot), "foreground"))
        words.append((f"{len(shot.grid.states):,} agents", "foreground"))
        words.append((self.safe(shot.scenario or shot.traffic, None)[:24], "foreground"))
        place = f"{shot.executor}{self.glyphs.times}{shot.workers}"
        words.append((self.safe(place), "ink-dim"))
        words.append((f"seed {shot.seed}", "ink-dim"))
        if shot.undo:
            verb = "withdraws" if shot.undo.ticket else "undoes"
            words.append((self.safe(f"u {verb} {shot.undo.title}"), "ink-dim"))
        return [(text, colour) for text, colour in words if text]

    def _banner(self, width: int) -> list[str]:
        """The cause of a fault in one or two lines."""
        shot = self.snapshot
        if shot.state not in _SERIOUS or width <= 0:
            return []
        words = (
            f" {getattr(self.glyphs, shot.state.value)} {self.safe(shot.cause or 'no cause given')}"
        )
        first, rest = words[: width - 1], words[width - 1 :]
        lines = [first, "   " + rest.strip()] if rest else [first]
        return [fit(line, width, ellipsis=self.glyphs.ellipsis) for line in lines]


def _pace(shot: Snapshot) -> str:
    """Measured steps per second."""
    measured = shot.performance.steps_per_second
    return ("–" if measured is None else f"{measured:.1f}") + " steps/s"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
