"""Where things are: shipped themes and configuration, the user's own, run directories."""

from __future__ import annotations

from pathlib import Path

import platformdirs

APP = "decsim-tui"


def shipped(name: str) -> Path:
    """The folder `themes` or `config`: of the checkout first, of the installed package second."""
    package = Path(__file__).resolve().parents[1]
    checkout = package.parent / name
    if checkout.is_dir() and (checkout.parent / "pyproject.toml").is_file():
        return checkout
    return package / "_data" / name


def user_config() -> Path:
    """The user's own configuration folder (XDG)."""
    return Path(platformdirs.user_config_dir(APP))


def runs() -> Path:
    """The folder in which run directories are made by default (XDG state)."""
    return Path(platformdirs.user_state_dir(APP)) / "runs"
