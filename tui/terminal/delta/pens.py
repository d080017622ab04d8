"""Pens: how a cell is drawn, and the shortest way from one pen to another."""

from __future__ import annotations

from dataclasses import dataclass

from rich.color import Color, ColorSystem
from rich.style import Style

from tui.terminal.delta.palette import shown

_ATTRIBUTES = (
    ("bold", "1", "22"),
    ("dim", "2", "22"),
    ("italic", "3", "23"),
    ("underline", "4", "24"),
    ("blink", "5", "25"),
    ("blink2", "6", "25"),
    ("reverse", "7", "27"),
    ("conceal", "8", "28"),
    ("strike", "9", "29"),
    ("underline2", "21", "24"),
    ("frame", "51", "54"),
    ("encircle", "52", "54"),
    ("overline", "53", "55"),
)
"""Attribute of a Rich style, the code that sets it, and the one that takes it away."""
_OFF = {on: off for _, on, off in _ATTRIBUTES}
_SEEN_IN_SPACES = frozenset({"4", "7", "9", "21", "51", "52", "53"})
_FOREGROUND, _BACKGROUND = "39", "49"
_KEPT = 8192
"""Styles remembered; a frame has a few hundred."""


@dataclass(frozen=True, slots=True)
class Pen:
    """Codes of SGR, and a hyperlink."""

    attributes: tuple[str, ...] = ()
    foreground: str = _FOREGROUND
    background: str = _BACKGROUND
    link: str = ""
    space: bool = False
    """Whether it is for spaces only, so that any pen will do that looks the same in them."""

    @property
    def blank(self) -> Pen:
        """What is seen of it in a space: most of the time nothing but a background."""
        if any(each in _SEEN_IN_SPACES for each in self.attributes):
            return self
        return Pen(background=self.background, link=self.link, space=True)

    @property
    def erases(self) -> bool:
        """Whether an erased cell looks as a space drawn with it."""
        return not self.link and self.blank.space


class Pens:
    """Numbers pens: each is one character, so that the pens of a row are a string.

    Args:
        colours: what the terminal can show; colours beyond that are replaced by the nearest.
    """

    def __init__(self, colours: ColorSystem) -> None:
        self._colours = colours
        self._pens: list[Pen] = []
        self._numbers: dict[Pen, str] = {}
        self._blanks: list[str] = []
        self._of_style: dict[Style, str] = {}
        self._changes: dict[str, str] = {}
        self._number(Pen())

    PLAIN = chr(0)
    """The pen of a terminal that was just reset."""

    @property
    def full(self) -> bool:
        """Whether there are so many that they have to be forgotten; the screen is painted anew."""
        return len(self._pens) > 50_000

    def __getitem__(self, number: str) -> Pen:
        return self._pens[ord(number)]

    def blank(self, number: str) -> str:
        """The pen that stands for another one in spaces: who has it draws them as well."""
        return self._blanks[ord(number)]

    def of(self, style: Style | None) -> str:
        """The pen of a style."""
        if style is None:
            return self.PLAIN
        number = self._of_style.get(style)
        if number is None:
            if len(self._of_style) > _KEPT:
                self._of_style.clear()
            number = self._of_style[style] = self._number(self._pen(style))
        return number

    def change(self, old: str, new: str) -> str:
        """What makes the terminal draw with another pen."""
        if old == new:
            return ""
        both = old + new
        found = self._changes.get(both)
        if found is None:
            if len(self._changes) > 1 << 16:
                self._changes.clear()
            found = self._changes[both] = _change(self[old], self[new])
        return found

    def _number(self, pen: Pen) -> str:
        number = self._numbers.get(pen)
        if number is None:
            number = self._numbers[pen] = chr(len(self._pens))
            self._pens.append(pen)
            self._blanks.append(number)
            self._blanks[ord(number)] = self._number(pen.blank)
        return number

    def _pen(self, style: Style) -> Pen:
        link = f"id={style.link_id};{style.link}" if style.link else ""
        return Pen(
            tuple(on for name, on, _ in _ATTRIBUTES if getattr(style, name)),
            self._codes(style.color, _FOREGROUND, foreground=True),
            self._codes(style.bgcolor, _BACKGROUND, foreground=False),
            link,
        )

    def _codes(self, colour: Color | None, default: str, *, foreground: bool) -> str:
        if colour is None:
            return default
        return ";".join(shown(colour, self._colours).get_ansi_codes(foreground))


def _change(old: Pen, new: Pen) -> str:
    sgr = ""
    if steps := _codes(old, new):
        anew = _codes(Pen(), new)
        ways = [";".join(steps), ";".join(["0", *anew]) if anew else ""]
        sgr = f"\x1b[{min(ways, key=len)}m"
    return sgr if old.link == new.link else f"{sgr}\x1b]8;{new.link or ';'}\x1b\\"


def _codes(old: Pen, new: Pen) -> list[str]:
    gone = dict.fromkeys(_OFF[on] for on in old.attributes if on not in new.attributes)
    # One code takes several away (bold and dim); what is to stay is set again.
    stays = [on for on in new.attributes if on not in old.attributes or _OFF[on] in gone]
    codes = [*gone, *stays]
    if old.foreground != new.foreground:
        codes.append(new.foreground)
    if old.background != new.background:
        codes.append(new.background)
    return codes
