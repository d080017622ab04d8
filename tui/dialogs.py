"""Opens dialogs over the dashboard, whoever asks for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from textual.app import App

from sim.commands import StopAttack
from sim.config.load import LoadedConfig
from sim.config.parameters import parameter_named
from sim.snapshot import RunState
from tui.forms.dialog import Dialog
from tui.keys.action import Action
from tui.messages import Say
from tui.panes.pane import Pane
from tui.record.book import Book
from tui.screens.adversaries import AdversariesDialog
from tui.screens.agent import AgentInspector
from tui.screens.alarm import ALARMS, AlarmDialog
from tui.screens.export import Export, ExportDialog
from tui.screens.faults import FaultsDialog
from tui.screens.help import HelpDialog
from tui.screens.inject import InjectDialog
from tui.screens.key_ids import KeyIdsDialog
from tui.screens.leave import LeaveDialog
from tui.screens.log import LogDialog
from tui.screens.parameter import ParameterEditor
from tui.screens.parameters import ParametersDialog
from tui.screens.pause_cause import PauseCause
from tui.screens.save import SaveDialog, save_effective
from tui.screens.signature import SignatureInspector
from tui.screens.steps import StepsDialog
from tui.screens.stop import StopDialog, attacks_meant
from tui.screens.theme import ThemeDialog
from tui.steering import Steering
from tui.theme.glyphs import Glyphs
from tui.widgets.line import printable


class Dialogs:
    """One method for each dialog and inspector.

    Args:
        app: shows them.
        steering: what they steer with and the picture that they begin with.
        loaded: the configuration of the run.
        export: writes tables into files.
        book: the record of the run.
    """

    def __init__(
        self,
        app: App[Any],
        steering: Steering,
        loaded: LoadedConfig,
        export: Export,
        book: Book,
    ) -> None:
        self._app = app
        self._steering = steering
        self._loaded = loaded
        self._export = export
        self._book = book

    def _open(self, dialog: Dialog) -> None:
        self._app.push_screen(dialog)

    def steps(self) -> None:
        """Ask how many steps."""
        self._open(StepsDialog(self._steering.latest, self._steering.give))

    def inject(self, cursor: int, chosen: tuple[int, ...] = (), kind: str = "") -> None:
        """Ask for an attack, with a kind to begin with."""
        steering = self._steering
        self._open(
            InjectDialog(steering.latest, steering.give, cursor=cursor, kind=kind, chosen=chosen)
        )

    def stop(self, agents: Sequence[int], kind: str) -> None:
        """Stop the attack that is meant; ask where there are several."""
        steering = self._steering
        meant = attacks_meant(steering.latest, agents, kind)
        if len(meant) == 1:
            steering.give(StopAttack(attack=meant[0].id))
        else:
            self._open(StopDialog(steering.latest, steering.give, attacks=meant))

    def faults(self, cursor: int, chosen: tuple[int, ...] = ()) -> None:
        """Ask what to break."""
        self._open(
            FaultsDialog(self._steering.latest, self._steering.give, cursor=cursor, chosen=chosen)
        )

    def adversaries(self, cursor: int, chosen: tuple[int, ...] = ()) -> None:
        """Ask who misbehaves."""
        self._open(
            AdversariesDialog(
                self._steering.latest, self._steering.give, cursor=cursor, chosen=chosen
            )
        )

    def parameters(self) -> None:
        """List the parameters."""
        steering = self._steering
        self._open(ParametersDialog(steering.latest, steering.give, config=self._loaded.config))

    def parameter(self, key: str) -> None:
        """Edit one parameter."""
        self._open(
            ParameterEditor(
                self._steering.latest,
                self._steering.give,
                parameter=parameter_named(key),
                config=self._loaded.config,
            )
        )

    def save(self) -> None:
        """Ask where to save the configuration."""
        steering = self._steering
        self._open(
            SaveDialog(steering.latest, steering.give, loaded=self._loaded, theme=self._app.theme)
        )

    def save_to(self, path: Path, *, over: bool) -> None:
        """Save the configuration in force without asking.

        Raises:
            SaveError: it cannot be saved so.
        """
        values = {**self._steering.latest.parameters, "ui.theme": self._app.theme}
        save_effective(path, self._loaded, values, over=over)
        self._app.post_message(Say(printable(f"saved {path.name} in {path.parent}")))

    def export(self) -> None:
        """Ask what to export."""
        steering = self._steering
        self._open(ExportDialog(steering.latest, steering.give, export=self._export))

    def theme(self, names: tuple[str, ...]) -> None:
        """List the themes."""
        self._open(ThemeDialog(self._steering.latest, self._steering.give, names=names))

    def help(self, actions: Sequence[Action], pane: Pane, glyphs: Glyphs) -> None:
        """Show what happens in a step, and all keys, those of the pane in use first."""
        steering = self._steering
        self._open(
            HelpDialog(steering.latest, steering.give, actions=actions, pane=pane, glyphs=glyphs)
        )

    def key_ids(self, actions: Sequence[Action]) -> None:
        """List the ids that `ui.keys` takes."""
        self._open(KeyIdsDialog(self._steering.latest, self._steering.give, actions=actions))

    def log(self, kind: str = "") -> None:
        """Show the end of the run's log, and before it what is about a kind of error."""
        from sim.archive.log_tail import log_about, log_tail

        shot, give = self._steering.latest, self._steering.give
        folder = Path(shot.run_dir) if shot.run_dir else None
        lines = log_tail(folder) if folder else ()
        about = log_about(folder, kind) if folder and kind else ()
        self._open(LogDialog(shot, give, lines=lines, kind=kind, about=about))

    def leave(self, others: int, end: Callable[[], None], detach: Callable[[], None]) -> None:
        """Ask whether the run is to end for all who watch it."""
        steering = self._steering
        self._open(
            LeaveDialog(steering.latest, steering.give, others=others, end=end, detach=detach)
        )

    def stop_cause(self) -> bool:
        """Explain why the run stands still, if something stopped it; whether something did."""
        steering = self._steering
        shot = steering.latest
        if shot.state in ALARMS:
            self._open(AlarmDialog(shot, steering.give))
        elif shot.state is RunState.PAUSED and shot.cause:
            self._open(PauseCause(shot, steering.give, story=self._book.story.lines))
        else:
            return False
        return True

    def agent(self, agent: int) -> None:
        """Inspect an agent."""
        steering = self._steering
        self._open(AgentInspector(steering.latest, steering.give, agent=agent, book=self._book))

    def signature(self, signature: int) -> None:
        """Inspect a signature."""
        steering = self._steering
        self._open(SignatureInspector(steering.latest, steering.give, signature=signature))
