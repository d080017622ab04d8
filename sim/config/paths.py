"""Where things are: shipped themes and configuration, the user's own, run directories."""

from __future__ import annotations

from pathlib import Path

from sim.machine import folders


def shipped(name: str) -> Path:
    """The folder `themes` or `config`: of the checkout first, of the installed package second."""
    package = Path(__file__).resolve().parents[1]
    checkout = package.parent / name
    if checkout.is_dir() and (checkout.parent / "pyproject.toml").is_file():
        return checkout
    return package / "_data" / name


def user_config() -> Path:
    """The user's own configuration folder (XDG)."""
    return folders.user_config()


def runs() -> Path:
    """The folder in which run directories are made by default (XDG state)."""
    return folders.user_state() / "runs"


def keeps_runs() -> bool:
    """Whether anything is kept there; what it is, `sim.archive.kept` finds out."""
    try:
        return any(runs().iterdir())
    except OSError:
        return False
