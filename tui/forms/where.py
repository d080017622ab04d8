"""Where a file will be, whole: the field that it is typed in may show a part of it."""

from __future__ import annotations

import os
from pathlib import Path

from rich.text import Text
from textual.widgets import Static

from tui.forms.bounds import EntryError
from tui.forms.entry import Entry
from tui.widgets.line import printable


def folder_for(run_dir: str) -> Path:
    """Where files about a run are suggested: beside it, or here if it is another user's."""
    path = Path(run_dir)
    try:
        foreign = path.stat().st_uid != os.getuid()
    except PermissionError:
        foreign = True
    except OSError:
        foreign = False
    return Path.cwd() if foreign else path


class Where(Static):
    """The name first, then the folder, over as many lines as they need."""

    DEFAULT_CSS = """
    Where { height: auto; color: $text-muted; }
    """

    def follow(self, entry: Entry[Path]) -> None:
        """Say what the entry stands for."""
        try:
            path = entry.parse().absolute()
        except (EntryError, OSError):
            self.update("")
            return
        text = Text("Writes ").append(printable(path.name, 200), "bold")
        self.update(text.append(f" into {printable(str(path.parent), 600)}"))
