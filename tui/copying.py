"""What `y` puts on the clipboard."""

from __future__ import annotations

from textual.widget import Widget

from sim.snapshot import Snapshot
from sim.text import command_line
from tui.panes.grid import GridPane
from tui.panes.list_pane import ListPane
from tui.panes.record_pane import RecordPane


def copied(snapshot: Snapshot, focused: Widget | None) -> str:
    """The marked row or agent, the run's place and head, and how to compute it again."""
    lines = [_marked(focused)] if _marked(focused) else []
    lines.append(snapshot.run_dir)
    lines.append(f"step {snapshot.step} head {snapshot.performance.ledger_head}")
    lines.append(command_line("replay", snapshot.run_dir))
    return "\n".join(lines) + "\n"


def _marked(focused: Widget | None) -> str:
    if isinstance(focused, GridPane):
        return f"agent {focused.cursor}"
    if isinstance(focused, RecordPane):
        number = focused.marked_number
        return "" if number is None else focused.text_of(number).strip()
    if isinstance(focused, ListPane):
        row = focused.list_cursor.row(focused.listed)
        return " ".join(row.text.split()) if row is not None else ""
    return ""
