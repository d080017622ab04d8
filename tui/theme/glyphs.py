"""Every symbol that the app draws, in three sets: all of Unicode, what consoles have, ASCII."""

from __future__ import annotations

from dataclasses import dataclass, replace

_TWINS = str.maketrans(
    {
        "↑": "^",
        "↓": "v",
        "→": ">",
        "←": "<",
        "×": "x",
        "–": "-",
        "—": "-",
        "…": "~",
        "≥": ">",
        "≤": "<",
        "·": ".",
        "±": "~",
        "Δ": "d",
        "µ": "u",
        "μ": "u",
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
    }
)


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of symbols. All are one cell wide."""

    ascii: bool
    braille: bool
    """Whether curves are drawn in braille dots, else in half blocks."""
    agent: tuple[str, str, str, str, str]
    """By `AgentState`: learning, normal, alert, quarantined, stopped."""
    attacked: str
    """Ground truth: attack flows in the agent's last batch."""
    adversary: str
    """Ground truth: the agent misbehaves."""
    both: str
    """Attacked and adversary."""
    shades: tuple[str, str, str, str]
    """A share in quarters, for blocks of agents."""
    bands: tuple[str, str]
    """Attacks over time: one after the other differ, as they may touch."""
    levels: tuple[str, ...]
    """Eight heights of a bar in one cell, lowest first."""
    none: str
    """A value that does not exist."""
    full: str
    """Filled part of a bar."""
    half: str
    """Filled half of a cell of a bar."""
    track: str
    """Empty part of a bar."""
    confirm: str
    """A confirming vote in a vote bar."""
    refute: str
    abstain: str
    quorum: str
    """Where a vote bar must reach."""
    accepted: str
    rejected: str
    expired: str
    pending: str
    signature: str
    tally: str
    verdict: str
    command: str
    truth: str
    step: str
    genesis: str
    running: str
    paused: str
    fault: str
    failed: str
    finished: str
    stopped: str
    loading: str
    frozen: str
    attack: str
    """An attack under way."""
    notice: str
    changed: str
    """A parameter that is not at its default."""
    cursor: str
    """In front of the row under the cursor."""
    thumb: str
    """Where the visible part of a list is."""
    bar: str
    """Between two parts of a line."""
    dot: str
    """Between two words."""
    arrow: str
    ellipsis: str
    times: str
    axis: str
    """Between a number and the curve that it measures."""
    marker: str
    """Where something was done."""
    half_block: str
    """Upper half of a cell."""
    sigma: str
    """Unit of a deviation."""
    queue: str
    """Commands that wait."""
    block: str
    """A whole cell."""

    @property
    def simple(self) -> bool:
        """Whether there are symbols that this set cannot show."""
        return not self.braille

    def shows(self, character: str) -> bool:
        """Whether the terminal that this set is for has this character."""
        if character.isascii() or self.braille:
            return True
        return not self.ascii and (character in _CONSOLE or "\xa0" < character <= "\xff")

    def plain(self, text: str) -> str:
        """`text` as this set can show it: unchanged, or with twins and `?` for the rest."""
        if self.braille or text.isascii():
            return text
        return "".join([c if self.shows(c) else _twin(c) for c in text])


def _twin(character: str) -> str:
    twin = character.translate(_TWINS)
    return twin if twin.isascii() else "?"


UNICODE = Glyphs(
    ascii=False,
    braille=True,
    agent=("○", "●", "▲", "◇", "✕"),
    attacked="◂",
    adversary="†",
    both="‡",
    shades=("░", "▒", "▓", "█"),
    bands=("▓", "▒"),
    levels=("▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"),
    none="·",
    full="━",
    half="╸",
    track="─",
    confirm="■",
    refute="□",
    abstain="·",
    quorum="┃",
    accepted="✓",
    rejected="✗",
    expired="◌",
    pending="◔",
    signature="◆",
    tally="≡",
    verdict="⚖",
    command="»",
    truth="◂",
    step="·",
    genesis="⌂",
    running="▶",
    paused="‖",
    fault="▲",
    failed="✕",
    finished="■",
    stopped="■",
    loading="◔",
    frozen="❄",
    attack="◂",
    notice="ℹ",
    changed="•",
    cursor="▸",
    thumb="┃",
    bar="│",
    dot="·",
    arrow="→",
    ellipsis="…",
    times="×",
    axis="┤",
    marker="▾",
    half_block="▀",
    sigma="σ",
    queue="◔",
    block="█",
)

ASCII = Glyphs(
    ascii=True,
    braille=False,
    agent=("o", ".", "A", "Q", "X"),
    attacked="<",
    adversary="+",
    both="#",
    shades=("1", "2", "3", "4"),
    bands=("#", "="),
    levels=("_", ".", ":", "-", "=", "+", "*", "#"),
    none=" ",
    full="=",
    half="-",
    track=".",
    confirm="#",
    refute="-",
    abstain=".",
    quorum="|",
    accepted="+",
    rejected="x",
    expired="o",
    pending="?",
    signature="S",
    tally="T",
    verdict="V",
    command=">",
    truth="<",
    step=".",
    genesis="G",
    running=">",
    paused="=",
    fault="!",
    failed="X",
    finished="#",
    stopped="#",
    loading="o",
    frozen="*",
    attack="<",
    notice="i",
    changed="*",
    cursor=">",
    thumb="#",
    bar="|",
    dot="-",
    arrow=">",
    ellipsis="~",
    times="x",
    axis="|",
    marker="v",
    half_block="#",
    sigma="s",
    queue="~",
    block="#",
)


CONSOLE = replace(
    UNICODE,
    braille=False,
    agent=("o", "•", "▲", "■", "x"),
    attacked="◄",
    adversary="+",
    both="#",
    levels=("·", "-", "=", "░", "▒", "▄", "▓", "█"),
    full="■",
    half="▌",
    refute="=",
    quorum="│",
    accepted="+",
    rejected="x",
    expired="o",
    pending="?",
    signature="S",
    tally="T",
    verdict="V",
    truth="◄",
    genesis="G",
    running="►",
    paused="=",
    failed="x",
    loading="o",
    frozen="*",
    attack="◄",
    notice="i",
    cursor="►",
    thumb="█",
    ellipsis="~",
    times="x",
    marker="▼",
    sigma="s",
    queue="~",
)
"""What the fonts of text consoles have: frames, blocks, four triangles."""
_CONSOLE = frozenset("─│┌┐└┘├┤┬┴┼░▒▓█▀▄▌▐■•▲►▼◄←↑→↓≤≥")
"""What they have beyond Latin letters."""
