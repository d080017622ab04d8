"""What panes ask of the app; the table of contents of everything that travels upwards."""

from __future__ import annotations

from typing import Literal

from textual.message import Message

from sim.commands import Inspect
from sim.snapshot import Value


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


class ShowLog(Message):
    """Show the log of the run."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        """Of the error that is looked at; empty where it is none."""


class GoToStep(Message):
    """Show a step on the timeline."""

    def __init__(self, step: int) -> None:
        super().__init__()
        self.step = step
        """Its number."""


class MarkSignature(Message):
    """The cursor came to a signature."""

    def __init__(self, signature: int) -> None:
        super().__init__()
        self.signature = signature
        """Its id."""


class MarkAgent(Message):
    """The cursor came to an agent."""

    def __init__(self, agent: int) -> None:
        super().__init__()
        self.agent = agent
        """Its id."""


class ActOn(Message):
    """Open a dialog that means one agent."""

    def __init__(self, agent: int, what: Literal["inject", "adversaries"]) -> None:
        super().__init__()
        self.agent = agent
        self.what = what


class TurnKnob(Message):
    """Give a parameter the value that its knob was turned to."""

    def __init__(self, key: str, value: Value, presses: int) -> None:
        super().__init__()
        self.key = key
        """`section.name`."""
        self.value = value
        self.presses = presses
        """How often it was turned up more than down."""


class PreviewKnob(Message):
    """Compute what a parameter would have done at another value; an empty key ends that."""

    def __init__(self, key: str, value: float) -> None:
        super().__init__()
        self.key = key
        self.value = value


class Watch(Message):
    """What is marked on the dashboard is to be in the pictures."""

    def __init__(self, marked: Inspect) -> None:
        super().__init__()
        self.marked = marked


class Aim(Message):
    """A dialog would reach these agents; none where it does not say which, or is closed."""

    def __init__(self, agents: frozenset[int] = frozenset()) -> None:
        super().__init__()
        self.agents = agents
        """Their ids."""


class MarkStep(Message):
    """The crosshair came to a step."""

    def __init__(self, step: int) -> None:
        super().__init__()
        self.step = step
        """Its number."""


class ThemeKept(Message):
    """A theme was tried and kept."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        """Its name."""


class Say(Message):
    """Tell in the status line what was done: it hides no pane."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        """A short sentence."""
