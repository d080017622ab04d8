"""Carries out what a line asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from sim.snapshot import Snapshot
from tui.keys.action import Action
from tui.keys.performer import Performer
from tui.messages import GoToStep
from tui.prompt import intents
from tui.prompt.completion import Candidate, candidates
from tui.prompt.history import History
from tui.prompt.parser import parse
from tui.screens.dashboard import Dashboard
from tui.screens.save import SaveError
from tui.steering import Steering

if TYPE_CHECKING:
    from tui.dialogs import Dialogs


class Prompted(Protocol):
    """What the command line knows of the app."""

    steering: Steering
    dashboard: Dashboard
    performer: Performer
    actions: tuple[Action, ...]

    @property
    def dialogs(self) -> Dialogs:
        """What can be asked for."""

    @property
    def latest(self) -> Snapshot:
        """The last picture."""


class Prompt:
    """The command line of an app.

    Args:
        app: what is steered by it.
    """

    def __init__(self, app: Prompted) -> None:
        self._app = app
        self._scope = intents.Scope(app.latest)
        self.history = History()
        self._offered: tuple[object, list[Candidate]] = (None, [])

    def open(self) -> None:
        """See what can be done now."""
        app = self._app
        self.history.leave()
        self._scope = intents.Scope(
            app.latest,
            app.dashboard.grid.agents_reached(),
            tuple(a for a in app.actions if a.id != "command" and app.performer.can(a)),
        )

    def offer(self, line: str) -> list[Candidate]:
        """What may come next in a line."""
        asked = (line, self._app.latest)
        if self._offered[0] != asked:  # asked twice for each letter
            self._offered = (asked, candidates(line, self._now))
        return self._offered[1]

    def read(self, line: str) -> intents.Intent | None:
        """What a line asks for.

        Raises:
            PromptError: it means nothing.
        """
        return parse(line, self._now)

    @property
    def _now(self) -> intents.Scope:
        return replace(self._scope, snapshot=self._app.latest)

    def save(self, intent: intents.SaveTo) -> None:
        """Save the configuration in force.

        Raises:
            PromptError: it cannot be saved so; the message says why.
        """
        try:
            self._app.dialogs.save_to(intent.path, over=intent.over)
        except SaveError as error:
            raise intents.PromptError(f"{error}; w! overwrites a file") from None

    async def carry_out(self, intent: intents.Intent) -> None:
        """Do it; what is to be saved is saved already."""
        app = self._app
        match intent:
            case intents.Give(command):
                app.steering.give(command)
            case intents.Perform(action):
                await app.performer.do(action)
            case intents.GoTo(step):
                app.dashboard.post_message(GoToStep(step))
            case intents.ShowAgent(agent):
                app.dialogs.agent(agent)
            case intents.ShowSignature(signature):
                app.dialogs.signature(signature)
            case intents.Narrow(words):
                app.dashboard.filter_text = words
            case intents.ListKeys():
                app.dialogs.key_ids(app.actions)
