"""Which theme a screen begins with where nobody asked for one."""

from __future__ import annotations

AUTOMATIC = "auto"
"""`ui.theme` of somebody who leaves it to the terminal."""
DARK, LIGHT, SIXTEEN = "decsim-dark", "decsim-light", "decsim-16"


def few_colours(system: str | None) -> bool:
    """Whether a colour system (as Rich names them) has no shades of its own."""
    return system in (None, "standard", "windows")


def automatic_theme(
    system: str | None, *, light: bool = False, chosen: str = "", chosen_16: str = ""
) -> str:
    """The theme for a terminal.

    Args:
        system: its colour system.
        light: whether its background is, as far as it told.
        chosen: what somebody kept on a terminal with more than sixteen colours.
        chosen_16: what somebody kept on one with sixteen.
    """
    if few_colours(system):
        return chosen_16 or SIXTEEN
    return chosen or (LIGHT if light else DARK)
