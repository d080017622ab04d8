"""What a terminal can do beyond what all can, by its entry in the terminal database."""

from __future__ import annotations

from dataclasses import dataclass

try:
    import curses
except ImportError:  # a Python built without it
    curses = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Sequences that save bytes where they are understood."""

    repeat: bool = False
    """REP, `CSI n b`: the last character again."""
    erase: bool = False
    """EL erases with the current background."""
    scroll: bool = False
    """Margins, and lines inserted and deleted within them."""
    keeps: bool = False
    """A pen and a place of the cursor, which can be had back: DECSC, DECRC."""
    returns: bool = False
    """The terminal's device turns a line feed into a carriage return and a line feed."""


def of_terminal(name: str, fileno: int, *, returns: bool) -> Capabilities:
    """What the database says of a terminal; nothing where it does not know the name.

    Args:
        name: its type, as in `TERM`.
        fileno: the terminal; some systems keep a database per device.
        returns: see `Capabilities.returns`.
    """
    if curses is None or not name:
        return Capabilities(returns=returns)
    try:
        curses.setupterm(name, fileno)
    except curses.error:
        return Capabilities(returns=returns)
    return Capabilities(
        # Some name another terminal's type and cannot repeat, so a probe has to confirm it.
        repeat=bool(curses.tigetstr("rep")),
        erase=bool(curses.tigetflag("bce") > 0 and curses.tigetstr("el")),
        scroll=all(curses.tigetstr(each) for each in ("csr", "il", "dl")),
        keeps=(curses.tigetstr("sc"), curses.tigetstr("rc")) == (b"\x1b7", b"\x1b8"),
        returns=returns,
    )
