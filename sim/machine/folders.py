"""The user's own folders, by the XDG Base Directory Specification."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import platformdirs

APP: Final = "decsim-tui"


def user_config() -> Path:
    """Where the user's settings lie."""
    return _absolute(platformdirs.user_config_dir(APP), ".config")


def user_state() -> Path:
    """Where runs lie, and what else outlives a process."""
    return _absolute(platformdirs.user_state_dir(APP), ".local/state")


def _absolute(said: str, usual: str) -> Path:
    """The folder; a relative one, which would move with the shell, is ignored as specified.

    Args:
        said: by the environment or the system.
        usual: what is taken instead, in the home folder.
    """
    path = Path(said)
    return path if path.is_absolute() else Path.home() / usual / APP
