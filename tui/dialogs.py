"""An app that opens dialogs over its dashboard."""

from __future__ import annotations

from sim.config.load import LoadedConfig
from sim.config.parameters import parameter_named
from sim.steerable import Steerable
from tui.footer import Footer
from tui.forms.dialog import Dialog
from tui.messages import EditParameter, InspectAgent, InspectSignature
from tui.panes.grid import GridPane
from tui.screens.adversaries import AdversariesDialog
from tui.screens.agent import AgentInspector
from tui.screens.dashboard import Dashboard
from tui.screens.export import Export, ExportDialog
from tui.screens.faults import FaultsDialog
from tui.screens.help import HelpDialog
from tui.screens.inject import InjectDialog
from tui.screens.parameter import ParameterEditor
from tui.screens.parameters import ParametersDialog
from tui.screens.save import SaveDialog
from tui.screens.signature import SignatureInspector
from tui.screens.steps import StepsDialog
from tui.screens.theme import ThemeDialog
from tui.steering import SteeringApp
from tui.theme.glyphs import Glyphs
from tui.theme.themes import load_themes


class DialogApp(SteeringApp):
    """One method for each dialog and inspector, whoever asks for it."""

    def __init__(
        self, engine: Steerable, glyphs: Glyphs, config: LoadedConfig, export: Export
    ) -> None:
        super().__init__(engine)
        self.footer = Footer()
        self.dashboard = Dashboard(glyphs, self.footer)
        self.shelf = load_themes()
        self._loaded = config
        self._export = export

    def _open(self, dialog: Dialog) -> None:
        self.push_screen(dialog)

    def action_steps(self) -> None:
        """Ask how many steps."""
        self._open(StepsDialog(self.latest, self.give))

    def action_inject(self) -> None:
        """Ask which attack."""
        self.open_inject()

    def open_inject(self, kind: str = "") -> None:
        """Ask for an attack, with a kind to begin with."""
        self._open(InjectDialog(self.latest, self.give, cursor=self._cursor, kind=kind))

    def action_faults(self) -> None:
        """Ask what to break."""
        self._open(FaultsDialog(self.latest, self.give, cursor=self._cursor))

    def action_adversaries(self) -> None:
        """Ask who misbehaves."""
        self._open(AdversariesDialog(self.latest, self.give, cursor=self._cursor))

    def action_parameters(self) -> None:
        """List the parameters."""
        self._open(ParametersDialog(self.latest, self.give, config=self._loaded.config))

    def edit_parameter(self, key: str) -> None:
        """Open the editor of one parameter."""
        if key == "ui.theme":
            self.action_theme()
            return
        self._open(
            ParameterEditor(
                self.latest,
                self.give,
                parameter=parameter_named(key),
                config=self._loaded.config,
            )
        )

    def action_save(self) -> None:
        """Ask where to save the configuration."""
        self._open(SaveDialog(self.latest, self.give, loaded=self._loaded, theme=self.theme))

    def action_export(self) -> None:
        """Ask what to export."""
        self._open(ExportDialog(self.latest, self.give, export=self._export))

    def action_theme(self) -> None:
        """List the themes."""
        self._open(ThemeDialog(self.latest, self.give, names=self.shelf.names))

    def action_help(self) -> None:
        """Show all keys."""
        self._open(HelpDialog(self.latest, self.give))

    def on_inspect_agent(self, message: InspectAgent) -> None:
        """A pane asks for an agent from near."""
        self._open(AgentInspector(self.latest, self.give, agent=message.agent))

    def on_inspect_signature(self, message: InspectSignature) -> None:
        """A pane asks for a signature from near."""
        self._open(SignatureInspector(self.latest, self.give, signature=message.signature))

    def on_edit_parameter(self, message: EditParameter) -> None:
        """A pane or the list asks for the editor."""
        self.edit_parameter(message.key)

    @property
    def _cursor(self) -> int:
        """The agent under the grid's cursor."""
        return self.dashboard.query_one(GridPane).cursor

    def action_inspect(self) -> None:
        """Enter where the focused pane has no use for it: the agent under the grid's cursor."""
        if len(self.latest.grid.states):
            self.on_inspect_agent(InspectAgent(self._cursor))
