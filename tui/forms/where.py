"""Where a file will be, whole: the field that it is typed in may show a part of it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from rich.cells import cell_len
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
    _path: Path | None = None

    def follow(self, entry: Entry[Path]) -> None:
        """Say what the entry stands for."""
        try:
            self._path = entry.parse().absolute()
        except (EntryError, OSError):
            self._path = None
        self._say()

    def on_resize(self) -> None:
        """Break it elsewhere."""
        self._say()

    def _say(self) -> None:
        text, width = Text(), self.size.width
        if self._path is not None:
            text.append("Writes ").append(printable(self._path.name, 200), "bold").append(" into")
            folder = printable(str(self._path.parent), 600)
            fits = text.cell_len + 1 + cell_len(folder) <= width
            text.append(f" {folder}" if fits else "\n" + "\n".join(_lines(folder, width)))
        self.update(text)


def _lines(path: str, width: int) -> list[str]:
    """A path broken where a folder begins; before there is a width, in one line."""
    lines = [""]
    for part in re.findall(r"/?[^/]+|/", path):
        if lines[-1] and cell_len(lines[-1] + part) > width > 0:
            lines.append("")
        lines[-1] += part
    return lines
