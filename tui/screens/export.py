"""Export what the ledger holds into a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual.app import ComposeResult

from sim.archive.exports import COLUMNS, SCENARIO, TABLES, lacking
from sim.errors import DecsimError
from sim.snapshot import Snapshot
from sim.text import quantity
from tui.forms.bounds import EntryError
from tui.forms.choice import Choice
from tui.forms.dialog import Dialog, Give
from tui.forms.entry import Entry
from tui.forms.where import Where, folder_for
from tui.messages import Say
from tui.terminal.background import in_background
from tui.widgets.line import printable

Export = Callable[[Path, str, str, Path], int]
"""Run directory, what, format, file → rows written."""


def export_run(run_dir: Path, what: str, file_format: str, out: Path) -> int:
    """Write a table of a run into a file; imported at the first use, as it is not needed before.

    Returns:
        Rows written.
    """
    from sim.archive.export import export_run as export

    return export(run_dir, what, file_format, out)


class ExportDialog(Dialog):
    """What, format and file. The export runs beside the screen."""

    HEADING = "Export"
    KEYS = (("enter", "export"), ("tab", "next field"))
    APPLY = "Export"

    def __init__(self, snapshot: Snapshot, give: Give, *, export: Export = export_run) -> None:
        super().__init__(snapshot, give)
        self._export = export
        self._suggested = ""
        self._confirmed = ""
        self._busy = False

    def content(self) -> ComposeResult:
        """The form."""
        yield Choice("What", tuple(COLUMNS), id="what")
        yield Choice("Format", TABLES, id="format", lacking=lacking)
        self._suggested = self._suggestion(next(iter(COLUMNS)), TABLES[0])
        yield Entry("File", self._suggested, file_path, id="file", wide=True)
        yield Where(id="where")

    def redraw(self) -> None:
        """Say where the file will be."""
        self.query_one(Where).follow(self.entry("file"))

    def on_input_changed(self) -> None:
        """Another file."""
        self.redraw()

    def _suggestion(self, what: str, file_format: str) -> str:
        folder = folder_for(self.snapshot.run_dir)
        beside = folder == Path(self.snapshot.run_dir)
        return str(folder / ("exports" if beside else "") / f"{what}.{file_format}")

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Offer the formats there are, and suggest another file unless one was named."""
        event.stop()
        if event.choice.id == "what":
            more = (SCENARIO,) if event.choice.value == "journal" else ()
            self.query_one("#format", Choice).offer((*TABLES, *more))
        file = self.entry("file")
        suggestion = self._suggestion(*self._asked())
        if file.value == self._suggested:
            file.value = suggestion
        self._suggested = suggestion
        self.redraw()

    def _asked(self) -> tuple[str, str]:
        return self.query_one("#what", Choice).value, self.query_one("#format", Choice).value

    def submit(self) -> None:
        """Export; an existing file is overwritten only when asked twice."""
        if self._busy or not self.entries_hold():
            return
        if package := lacking(self._asked()[1]):
            self.say(f"Needs {package}: pip install {package}")
            return
        out: Path = self.entry("file").parse()
        if out.exists() and self._confirmed != str(out):
            self._confirmed = str(out)
            self.say("The file exists. Enter again overwrites it.")
            return
        self._busy = True
        self.say("Exporting …", calm=True)
        # A worker of the app: it outlives this dialog if the person leaves it.
        self.app.run_worker(self._run(*self._asked(), out))

    async def _run(self, what: str, file_format: str, out: Path) -> None:
        run_dir = Path(self.snapshot.run_dir)
        try:
            if out.parent == run_dir / "exports":
                out.parent.mkdir(mode=0o700, exist_ok=True)
            rows = await in_background(lambda: self._export(run_dir, what, file_format, out))
        except (DecsimError, OSError, ImportError) as error:
            self._fail(str(error))
            return
        words = f"{quantity(rows, 'row')} of {what} in {out.name}, in {out.parent}"
        self.app.post_message(Say(printable(words)))
        if self.is_attached:
            self.close_if_current()

    def _fail(self, reason: str) -> None:
        self._busy = False
        if self.is_attached:
            self.say(f"Not exported: {reason}")
        else:
            self.app.notify(printable(f"Not exported: {reason}"), severity="error", markup=False)


def file_path(text: str) -> Path:
    """The file that was typed.

    Raises:
        EntryError: none was, it is a folder, or it can be no path.
    """
    if not text or "\0" in text:
        raise EntryError("expected a file")
    try:
        path = Path(text).expanduser()
        if path.is_dir():
            raise EntryError("is a folder")
    except (OSError, RuntimeError):
        raise EntryError("expected a file") from None
    return path
