"""Scenarios: shipped with the package, or the user's own."""

from __future__ import annotations

from pathlib import Path

from sim.config.document import Document, read_document
from sim.config.paths import shipped, user_config
from sim.errors import ConfigError
from sim.text import nearest, quoted

DEFAULT_SCENARIO = "quickstart"
"""What the app and `run` do when nothing else is asked."""


def scenario_files() -> dict[str, Path]:
    """Name → file; the user's own scenarios hide shipped ones of the same name."""
    folders = (shipped("config") / "scenarios", user_config() / "scenarios")
    return {file.stem: file for folder in folders for file in sorted(folder.glob("*.yaml"))}


def find_scenario(name_or_path: str) -> Document:
    """The scenario of this name, or in this file.

    Raises:
        ConfigError: there is none, or it is wrong.
    """
    files = scenario_files()
    if name_or_path in files:
        return _named(read_document(files[name_or_path]))
    path = Path(name_or_path)
    if path.suffix in {".yaml", ".yml"} or "/" in name_or_path:
        return _named(read_document(path))
    raise ConfigError(
        f"--scenario: {quoted(name_or_path)} is neither a scenario nor a file"
        f"{nearest(name_or_path, files)}"
        f" (scenarios: {', '.join(files)})"
    )


def _named(document: Document) -> Document:
    if document.name:
        return document
    return Document(
        path=document.path,
        name=document.path.stem,
        description=document.description,
        values=document.values,
        timeline=document.timeline,
    )
