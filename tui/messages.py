"""What panes ask of the app; the table of contents of everything that travels upwards."""

from __future__ import annotations

from textual.message import Message


class InspectAgent(Message):
    """Show one agent from near."""

    def __init__(self, agent: int) -> None:
        super().__init__()
        self.agent = agent
        """Id of the agent."""


class InspectSignature(Message):
    """Show one signature with its votes from near."""

    def __init__(self, signature: int) -> None:
        super().__init__()
        self.signature = signature
        """Id of the signature."""


class EditParameter(Message):
    """Open the dialog for one live parameter."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key
        """`section.name`, as in `sim.config.parameters`."""


class ChoosePane(Message):
    """Bring one pane to the front; handled by the dashboard."""

    def __init__(self, pane_id: str) -> None:
        super().__init__()
        self.pane_id = pane_id
        """As in `tui.screens.dashboard.PANES`."""
