"""What the app leaves behind when it closes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sim.snapshot import RunState, Snapshot
from sim.text import command_line, quantity
from tui.theme.glyphs import Glyphs
from tui.widgets.line import printable


@dataclass(frozen=True, slots=True)
class Ending:
    """How the run stood when the app was left."""

    run_dir: str
    """Empty where the run had not begun."""
    step: int
    """Steps done."""
    state: RunState
    cause: str
    closed: bool
    """Whether the engine ended in time; if not, close it again before the process ends."""
    detached: bool = False
    """Whether the run goes on without the screen."""
    refused: bool = False
    """Whether the run could not begin because of what the user gave."""
    outcome: str = ""
    """Final statistics in a few words; empty where there are none."""
    gone: bool = False
    """Whether somebody took the run directory away."""

    @classmethod
    def of(cls, snapshot: Snapshot, *, before: RunState, closed: bool) -> Ending:
        """The ending that the last snapshot shows.

        Args:
            snapshot: the last one, when the engine may have been closed already.
            before: the state before closing, as a finished run that is closed is finished.
            closed: whether the engine ended in time.
        """
        state = before if before is RunState.FINISHED else snapshot.state
        return cls(
            snapshot.run_dir,
            snapshot.step,
            state,
            snapshot.cause,
            closed,
            refused=snapshot.refused,
            outcome=_outcome(snapshot),
            gone=_is_gone(snapshot.run_dir),
        )

    @property
    def code(self) -> int:
        """Exit code: 2 where the run was refused, as without a screen, 1 where it failed."""
        if self.refused:
            return 2
        failed = self.gone or (not self.detached and self.state is RunState.FAILED)
        return 1 if failed else 0

    @property
    def lines(self) -> tuple[str, ...]:
        """What the terminal keeps after the app: what became of the run, and how to go on.

        Commands have lines of their own, to be copied. Nothing where there is no run.
        """
        if not self.run_dir:
            failed = self.state is RunState.FAILED
            text = printable(f"Failed before the first step: {self.cause}", 600)
            return (text,) if failed else ()
        if self.gone:
            what = f"Ended at step {self.step:,}: {self.run_dir} was moved or removed while in use"
            return (printable(what, 600),)
        if self.detached:
            back = command_line("attach", self.run_dir)
            return (f"Left at step {self.step:,}; it goes on", f"watch: {back}")
        words = {RunState.FINISHED: "Finished", RunState.FAILED: "Failed"}
        how = words.get(self.state, "Unfinished")
        parts = [f"{how} at step {self.step:,}, kept in {self.run_dir}"]
        if self.outcome:
            parts.append(self.outcome)
        if self.state is not RunState.FINISHED:
            parts.append(f"continue: {command_line('resume', self.run_dir)}")
        parts.append(f"replay: {command_line('replay', self.run_dir)}")
        return tuple(parts)


def _is_gone(run_dir: str) -> bool:
    """Whether there was a run directory and is none, whether the engine has met that yet or not."""
    try:
        return bool(run_dir) and not Path(run_dir).lstat()
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _outcome(snapshot: Snapshot) -> str:
    """Signatures by verdict, and how well the flows of the whole run were judged."""
    votes, quality = snapshot.consensus, snapshot.quality
    if not votes.published:
        return ""
    counts = f"{votes.accepted:,} accepted, {votes.rejected:,} rejected, {votes.expired:,} expired"
    left = votes.published - votes.accepted - votes.rejected - votes.expired
    counts += f", {left:,} open" if left else ""
    words = f"{quantity(votes.published, 'signature')}: {counts}"
    f1 = quality.collective.f1
    return words if f1 is None else f"{words}; F1 {f1:.2f}"


def window_title(snapshot: Snapshot, glyphs: Glyphs) -> str:
    """How a run stands, for the title of the terminal's window: `decsim ▶ 1,269 quickstart`."""
    symbol = getattr(glyphs, snapshot.state.value)
    name = printable(snapshot.scenario or snapshot.traffic, 60)
    return glyphs.plain(f"decsim {symbol} {snapshot.step:,} {name}".rstrip())
