"""Seeded damage to texts, bytes, trees of plain data, and argument lists.

Everything is drawn from one `Random`, so a case is its seed.
"""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import Any

INVISIBLE = (
    *("\x1b[31m", "\x1b]0;owned\x07", "\u202egnp.exe", "\u2066", "\x00", "\x7f"),
    *("\x9b2J", "\u2028", "\ufeff"),
)
"""Control and bidirectional characters that must never reach a terminal."""
NASTY_TEXTS = (
    *INVISIBLE,
    *("", " ", "[bold red]x[/]", "[@click=app.quit]x[/]", "{}", "%s%n", "../../etc/passwd"),
    *("~nosuchuser/x", "/dev/null", "a" * 5000, "é" * 90, "\ud7ff", "日本語", "*a", "&a", "null"),
    *("!!python/object:os.system", "~", "yes", "off", "nan", "-inf", "1_000", "0x10", "1e400"),
    *("2020-01-01", "'; DROP TABLE signatures; --", "$(reboot)", "`id`", "-1", "0", "1.5"),
    *("true", "{", "[", "- "),
)
NASTY_VALUES: tuple[Any, ...] = (
    *NASTY_TEXTS,
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, -(2**70), 10**400, 0.5, -0.0, 1e308),
    *(float("inf"), float("-inf"), float("nan"), [], [1], [[]], {}, {"a": 1}, {1: 2}),
    *({"fraction": 2}, {"agents": [-1]}, {"agents": [10**9]}, {"centre": [0]}, [None], b"\xff"),
)
NASTY_BYTES = (
    *(text.encode("utf-8", "surrogatepass") for text in NASTY_TEXTS),
    *(b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n\n\n", b"\t", b",,,,", b'"', b"\x80", b"inf"),
    *(b"1e999", b"9" * 400),
)


def damaged(data: bytes, random: Random) -> bytes:
    """Bytes with one to three random injuries, mostly one."""
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        data = _injured(data, random)
    return data


def _injured(data: bytes, random: Random) -> bytes:
    if not data:
        return random.choice(NASTY_BYTES)
    at = random.randrange(len(data))
    match random.randrange(9):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + bytes([data[at] ^ (1 << random.randrange(8))]) + data[at + 1 :]
        case 2:
            return data[:at] + random.choice(NASTY_BYTES) + data[at:]
        case 3:
            return data[:at] + data[at + random.randint(1, 40) :]
        case 4:
            lines = data.splitlines(keepends=True)
            random.shuffle(lines)
            return b"".join(lines)
        case 5:
            lines = data.splitlines(keepends=True)
            return b"".join([*lines, random.choice(lines)])
        case 6 | 7:
            return _swapped(data, random)
        case _:
            return bytes(random.randrange(256) for _ in range(random.randint(0, 60)))


def _swapped(data: bytes, random: Random) -> bytes:
    """One cell of one line replaced, whatever separates the cells."""
    lines = data.split(b"\n")
    row = random.randrange(len(lines))
    separator = max((b",", b"\t", b":", b" "), key=lines[row].count)
    cells = lines[row].split(separator)
    cell = random.choice(NASTY_BYTES) if random.random() < 0.6 else b"%d" % random.randint(-9, 999)
    cells[random.randrange(len(cells))] = cell
    lines[row] = separator.join(cells)
    return b"\n".join(lines)


def disturbed(tree: Any, random: Random) -> Any:
    """Plain data with one to three random changes of values, keys and structure."""
    tree = deepcopy(tree)
    for _ in range(random.randint(1, 3)):
        place = _some_container(tree, random)
        if isinstance(place, dict):
            _disturb_mapping(place, random)
        elif isinstance(place, list) and place:
            place[random.randrange(len(place))] = deepcopy(random.choice(NASTY_VALUES))
    return tree


def _some_container(tree: Any, random: Random) -> Any:
    """A mapping or a list somewhere in the tree."""
    while True:
        inner = tree.values() if isinstance(tree, dict) else tree
        deeper = [item for item in inner if isinstance(item, dict | list) and item]
        if not deeper or random.random() < 0.3:
            return tree
        tree = random.choice(deeper)


def _disturb_mapping(mapping: dict[Any, Any], random: Random) -> None:
    key = random.choice(list(mapping)) if mapping else "x"
    match random.randrange(5):
        case 0 | 1:
            mapping[key] = deepcopy(random.choice(NASTY_VALUES))
        case 2:
            mapping.pop(key, None)
        case 3:
            mapping[_misspelt(str(key), random)] = mapping.pop(key, 1)
        case _:
            mapping[random.choice([*NASTY_TEXTS, 1, None, True])] = deepcopy(
                random.choice(NASTY_VALUES)
            )


def _misspelt(word: str, random: Random) -> str:
    at = random.randrange(len(word) + 1)
    return word[:at] + random.choice(["x", "_", "", *INVISIBLE]) + word[at + 1 :]
