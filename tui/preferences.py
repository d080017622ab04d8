"""What somebody chose for the screen, remembered from one session to the next."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from sim.machine import files
from sim.text import quoted, shown

_MOST = 10_000
"""A file larger than this is none of ours."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """Empty texts: never chosen."""

    theme: str = ""
    theme_16: str = ""
    """Theme where the terminal has sixteen colours."""
    heat: str = ""
    """What colours the agents of the map."""
    tab: str = ""
    """Which of the panes that share a place is in front."""
    welcome: bool = True
    """Whether a run begins with a card for those who see it for the first time."""


class PreferenceFile:
    """One small file, for its owner's eyes.

    Args:
        path: where; None remembers nothing.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.note = ""
        """Why what the file says is not used, in one line."""
        self.now = self._read()

    def remember(self, **changes: str | bool) -> None:
        """Change what is remembered, and write it if that is new.

        A folder that cannot be written to is no reason to disturb anybody: it is remembered until
        the app ends.
        """
        after = replace(self.now, **changes)  # type: ignore[arg-type]
        if after == self.now:
            return
        self.now = after
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            files.write_whole(self._path, json.dumps(asdict(after), indent=2) + "\n")
        except OSError as error:
            self.note = f"{shown(self._path)}: cannot be written ({error.strerror or error})"

    def _read(self) -> Preferences:
        if self._path is None:
            return Preferences(welcome=False)
        try:
            with self._path.open("rb") as file:
                found = json.loads(file.read(_MOST + 1))
            return _checked(found)
        except FileNotFoundError:
            pass
        except OSError as error:
            self.note = f"{shown(self._path)}: cannot be read ({error.strerror or error})"
        except (ValueError, RecursionError) as error:
            what = str(error) if type(error) is ValueError else "expected an object in JSON"
            self.note = f"{shown(self._path)}: {what}; it is ignored"
        return Preferences()


def _checked(found: Any) -> Preferences:
    if not isinstance(found, dict):
        raise ValueError("expected an object in JSON")
    values: dict[str, Any] = {}
    for field in fields(Preferences):
        value = found.get(field.name, field.default)
        if type(value) is not type(field.default) or len(str(value)) > 60:
            raise ValueError(f"{field.name}: {quoted(str(value))} is not what is expected there")
        values[field.name] = value
    return Preferences(**values)
