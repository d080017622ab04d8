"""The pen that the terminal keeps, and rows that it moves."""

from __future__ import annotations

from emulator import Terminal, differences
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual._compositor import LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tui.terminal.delta.capabilities import Capabilities
from tui.terminal.delta.painter import Painter
from tui.terminal.delta.shelf import AGAIN, KEEP, Shelf

PENS = [Style(color=f"#8899{n:02x}", bgcolor=f"#1122{n:02x}") for n in range(40, 44)]
LINKED = Style(color="#8899aa", bgcolor="#112233", link="https://example.org")


def frames(count: int, *, link: bool = False) -> list[LayoutUpdate]:
    """Each changes a figure in each of some colours, all over the screen."""
    styles = [*PENS, LINKED if link else PENS[0]]
    made = []
    for number in range(count):
        rows = [
            Strip([Segment(f"{number * 7 + y:<8}", style) for style in styles])
            for y in range(len(styles))
        ]
        made.append(LayoutUpdate([[row] for row in rows], Region(0, 0, 40, len(rows))))
    return made


def drawn(updates: list[LayoutUpdate], can: Capabilities) -> tuple[Terminal, list[str]]:
    painter, terminal, sent = Painter(ColorSystem.TRUECOLOR, can), Terminal(40, 5), []
    for update in updates:
        painter.update(update)
        sent.append(painter.take())
        terminal.feed(sent[-1])
    return terminal, sent


def test_a_pen_comes_back_for_two_bytes() -> None:
    plain, dear = drawn(frames(12), Capabilities())
    terminal, sent = drawn(frames(12), Capabilities(keeps=True))
    assert not differences(terminal, plain)
    assert any(AGAIN in frame for frame in sent)
    assert not any(AGAIN in frame or KEEP in frame for frame in dear)
    assert sum(map(len, sent)) < 0.95 * sum(map(len, dear))


def test_links_are_not_left_to_the_terminal_to_keep() -> None:
    plain, _ = drawn(frames(12, link=True), Capabilities())
    terminal, sent = drawn(frames(12, link=True), Capabilities(keeps=True))
    assert not differences(terminal, plain)
    for frame in sent:
        opened = False
        for part in frame.replace("\x1b]8;", "\0\1").replace(AGAIN, "\0\2").split("\0"):
            opened = not part.startswith("\1;\x1b") if part.startswith("\1") else opened
            assert not (opened and part.startswith("\2"))


def test_the_shelf_is_for_the_pen_that_is_dearest_lately() -> None:
    shelf = Shelf()
    assert shelf.deserves("a", 30)
    shelf.put("a", 1, 2)
    assert not shelf.deserves("a", 30)
    assert not shelf.deserves("b", 60)
    assert shelf.deserves("b", 60)
    shelf.put("b", 3, 4)
    for _ in range(2000):
        shelf.deserves("b", 30)
    assert sum(shelf.deserves("c", 30) for _ in range(2000))  # what was long ago counts little


def test_rows_move_together_though_one_of_them_changes_as_well() -> None:
    lines = ["".join(chr(97 + (n * n * 31 + x * 7 * n) % 26) for x in range(30)) for n in range(11)]
    changed = [*lines[1:4], lines[4][:15] + " is another", *lines[5:]]
    can = Capabilities(scroll=True)
    painter, terminal = Painter(ColorSystem.TRUECOLOR, can), Terminal(40, 10)
    for texts in (lines[:10], changed):
        rows = [[Strip([Segment(f"{text:<40}", PENS[0])])] for text in texts]
        painter.update(LayoutUpdate(rows, Region(0, 0, 40, 10)))
        sent = painter.take()
        terminal.feed(sent)
    assert sent.count("M") == 1 and len(sent) < 200
    assert terminal.text().split("\n") == [text.rstrip() for text in changed]
