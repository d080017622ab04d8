"""Save the configuration as it is in force now."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from textual.app import ComposeResult
from textual.widgets import Static

from sim.config.document import dump_document
from sim.config.load import LoadedConfig
from sim.config.schema import Config
from sim.machine import files
from sim.snapshot import Snapshot, Value
from sim.text import shown
from tui.forms.dialog import Dialog, Give
from tui.forms.entry import Entry
from tui.forms.where import Where, folder_for
from tui.messages import Say
from tui.screens.export import file_path
from tui.widgets.line import printable


def effective_config(loaded: LoadedConfig, values: Mapping[str, Value]) -> Config:
    """The loaded configuration with the values in force laid over it."""
    sections: dict[str, dict[str, Any]] = loaded.config.model_dump()
    for key, value in values.items():
        section, name = key.split(".")
        sections[section][name] = value
    return Config.model_validate(sections)


class SaveError(Exception):
    """The configuration could not be saved; the message says why."""


def save_effective(
    path: Path, loaded: LoadedConfig, values: Mapping[str, Value], *, over: bool
) -> None:
    """Write the configuration in force into a file.

    Raises:
        SaveError: it exists and is not to be overwritten, or cannot be written.
    """
    if path.exists() and not over:
        raise SaveError(f"{shown(path)} exists")
    config = effective_config(loaded, values)
    text = dump_document(config, loaded.timeline, loaded.scenario)
    try:
        write_new_or_whole(path, text)
    except OSError as error:
        raise SaveError(f"Not saved: {shown(path)}: {error.strerror or error}") from None


def write_new_or_whole(path: Path, text: str) -> None:
    """Write `text` so that the file is never seen half written.

    Raises:
        OSError: it cannot be written.
    """
    files.write_whole(path.parent.resolve() / path.name, text)


class SaveDialog(Dialog):
    """The file; an existing one is overwritten only when asked twice."""

    HEADING = "Save the configuration in force"
    KEYS = (("enter", "save"),)

    def __init__(self, snapshot: Snapshot, give: Give, *, loaded: LoadedConfig, theme: str) -> None:
        super().__init__(snapshot, give)
        self._loaded = loaded
        self._theme = theme
        self._confirmed = ""

    def content(self) -> ComposeResult:
        """Where to."""
        path = folder_for(self.snapshot.run_dir) / "effective.yaml"
        yield Entry("File", str(path), file_path, id="file", wide=True)
        yield Where(id="where")
        commands = len(self._loaded.timeline)
        also = f", and the {commands} commands of the scenario's timeline" if commands else ""
        yield Static(f"All values in force at step {self.snapshot.step:,}{also}.", classes="quiet")

    def redraw(self) -> None:
        """Say where the file will be."""
        self.query_one(Where).follow(self.entry("file"))

    def on_input_changed(self) -> None:
        """Another file."""
        self.redraw()

    def submit(self) -> None:
        """Save."""
        if not self.entries_hold():
            return
        path: Path = self.entry("file").parse()
        if path.exists() and self._confirmed != str(path):
            self._confirmed = str(path)
            self.say("The file exists. Enter again overwrites it.")
            return
        values = {**self.snapshot.parameters, "ui.theme": self._theme}
        try:
            save_effective(path, self._loaded, values, over=True)
        except SaveError as error:
            self.say(str(error))
            return
        self.app.post_message(Say(printable(f"saved {path.name} in {path.parent}")))
        self.dismiss()
