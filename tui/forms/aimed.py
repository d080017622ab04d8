"""A dialog that is meant for some agents."""

from __future__ import annotations

from typing import ClassVar

from sim.snapshot import Snapshot
from tui.forms.dialog import Dialog, Give
from tui.forms.targets import TargetsForm


class AimedDialog(Dialog):
    """Stands beside the map, which shows whom it means.

    Args:
        snapshot: the run now.
        give: hands a command to the engine.
        cursor: agent under the map's cursor.
        chosen: agents that were selected.
    """

    DOCKED: ClassVar[bool] = True

    def __init__(
        self, snapshot: Snapshot, give: Give, *, cursor: int = 0, chosen: tuple[int, ...] = ()
    ) -> None:
        super().__init__(snapshot, give)
        self._cursor, self._chosen = cursor, chosen

    def aim(self, share: float) -> TargetsForm:
        """The field of targets, with the share of the agents that is suggested."""
        return TargetsForm(self.snapshot.grid, self._cursor, share, self._chosen)
