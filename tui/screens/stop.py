"""Which of several attacks ends."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from sim.commands import StopAttack
from sim.snapshot import AttackView, Snapshot
from tui.forms.dialog import Dialog, Give
from tui.forms.rows import Rows
from tui.messages import Aim
from tui.screens.inject import attack_row


class StopDialog(Dialog):
    """The attacks that may be meant; whom the marked one reaches lights up on the map."""

    HEADING = "Stop which attack?"
    KEYS = (("enter", "stop"), ("↑ ↓", "move"))
    DOCKED = True

    def __init__(self, snapshot: Snapshot, give: Give, *, attacks: Sequence[AttackView]) -> None:
        super().__init__(snapshot, give)
        self._asked = {attack.id for attack in attacks}

    def content(self) -> ComposeResult:
        """One row for each."""
        yield Rows("They are over.", id="attacks")

    def on_mount(self) -> None:
        """Arrows and enter are enough."""
        self.query_one("#attacks", Rows).focus()

    def redraw(self) -> None:
        """Keep the list up to date."""
        rows = [(str(a.id), attack_row(a)) for a in self._there()]
        self.query_one("#attacks", Rows).show(rows)
        self._aim()

    def _there(self) -> list[AttackView]:
        return [attack for attack in self.snapshot.attacks if attack.id in self._asked]

    def _aim(self) -> None:
        marked = self.query_one("#attacks", Rows).key
        whom = [a.reaches.nonzero()[0].tolist() for a in self._there() if str(a.id) == marked]
        self.post_message(Aim(frozenset(whom[0] if whom else ())))

    def on_rows_moved(self, event: Rows.Moved) -> None:
        """Show whom it reaches."""
        event.stop()
        self._aim()

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Stop it."""
        event.stop()
        self.submit()

    def submit(self) -> None:
        """Stop the marked one."""
        marked = self.query_one("#attacks", Rows).key
        if marked:
            self.give(StopAttack(attack=int(marked)))
        self.dismiss()


def attacks_meant(snapshot: Snapshot, agents: Sequence[int], kind: str) -> list[AttackView]:
    """The attacks that somebody may mean.

    Args:
        snapshot: with the attacks under way.
        agents: those under the cursor of the map; none where it is elsewhere.
        kind: kind of the marked row of the attacks, or empty.
    """
    there = list(snapshot.attacks)
    here = [a for a in there if kind and a.kind == kind]
    if len(agents):
        here = [a for a in there if len(a.reaches) and a.reaches[list(agents)].any()]
    return here or there
