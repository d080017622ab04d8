"""The truth of each row: from the wording of a file to one list of classes.

Labels are for measuring and for dealing rows; no agent sees them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.traffic.files.column import Texts
from sim.traffic.files.schema import COARSE_LABELS, FINE_LABELS, Schema, key
from sim.traffic.files.table import BENIGN, UNKNOWN
from sim.traffic.files.text import clean, error, nearest, quantity, shown

MAX_CLASSES = 1000
"""More than this many classes is not a label column."""

NAME_LIMIT = 48

_BENIGN_WORDS = frozenset(
    ("normal", "benign", "background", "0", "normal traffic", "-", "none", "false", "no", "f")
)
_UNKNOWN_WORDS = frozenset(("", "(empty)", "nan", "null", "?", "na", "n/a", "<na>", "unknown"))
_PLAIN_WORDS = frozenset(("1", "true", "yes", "t", "attack"))
"""Words that say attack without naming it."""

_ATTACK = "attack"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which columns tell the truth; None where there is none."""

    coarse: str | None
    fine: str | None


def choose(path: Path, schema: Schema, columns: list[str], wanted: str) -> Choice:
    """Choose the label columns.

    Args:
        path: For messages.
        schema: What the format calls its labels.
        columns: The columns of the file.
        wanted: `auto`, `none`, or the name of a column.

    Raises:
        TrafficError: The named column is not in the file.
    """
    named = {key(c): c for c in reversed(columns)}
    if wanted == "none":
        return Choice(None, None)
    if wanted != "auto":
        if key(wanted) not in named:
            hint = nearest(wanted, columns)
            raise error(path, f"no column {shown(wanted)} to take labels from{hint}")
        return Choice(named[key(wanted)], None)
    coarse = next((named[k] for k in schema.coarse_labels if k in named), None)
    fine = next((named[k] for k in schema.fine_labels if k in named), None)
    if coarse is None and fine is None:
        coarse = next((named[k] for k in COARSE_LABELS if k in named), None)
        fine = next((named[k] for k in FINE_LABELS if k in named), None)
    return Choice(coarse, fine)


def classify(
    path: Path, rows: int, coarse: Texts | None, fine: Texts | None, *, fine_benign: bool
) -> tuple[NDArray[np.int16], tuple[str, ...], tuple[str, ...]]:
    """Turn one or two label columns into classes.

    The coarse column decides between benign and attack where it says either; the fine one names the
    attack. Args are (N,) columns of `rows` rows; `fine_benign` says that the fine column also names
    kinds of benign traffic.

    Returns:
        (N,) labels, the classes, and notes.

    Raises:
        TrafficError: More than `MAX_CLASSES` classes.
    """
    if coarse is None and fine is None:
        return np.full(rows, UNKNOWN, dtype=np.int16), (BENIGN,), ()
    first, second = coarse or _nothing(rows), fine or _nothing(rows)
    width = len(second.values) + 1
    pairs = (first.codes.astype(np.int64) + 1) * width + second.codes + 1
    unique, inverse, counts = np.unique(pairs, return_inverse=True, return_counts=True)
    words = [(_word(first, int(p) // width), _word(second, int(p) % width)) for p in unique]
    names = [_name(a, b) for a, b in words]
    classes = (BENIGN, *sorted({n for n in names if n is not None and n != BENIGN}))
    if len(classes) > MAX_CLASSES:
        raise error(path, f"{len(classes):,} classes in the label column; not a label column?")
    index = {name: i for i, name in enumerate(classes)}
    coded = np.array([UNKNOWN if n is None else index[n] for n in names], dtype=np.int16)
    notes = () if fine_benign else _contradictions(words, counts)
    return coded[inverse.reshape(-1)], classes, notes


def _nothing(rows: int) -> Texts:
    return Texts(np.full(rows, -1, dtype=np.int32), ())


def _word(texts: Texts, code: int) -> str | None:
    """Return the label text with 1.0 written as 1; None where it says nothing."""
    if code == 0:
        return None
    word = clean(texts.values[code - 1], NAME_LIMIT).removesuffix(".")
    word = word[:-2] if word.endswith(".0") and word[:-2].lstrip("-").isdigit() else word
    return None if word.casefold() in _UNKNOWN_WORDS else word


def _says_benign(word: str | None) -> bool:
    return word is not None and word.casefold() in _BENIGN_WORDS


def _name(coarse: str | None, fine: str | None) -> str | None:
    """Return the class of a row, None when it is not known."""
    if coarse is None:
        return BENIGN if _says_benign(fine) else _attack(fine)
    if _says_benign(coarse):
        return BENIGN
    return _attack(coarse if fine is None or _says_benign(fine) else fine)


def _attack(word: str | None) -> str | None:
    if word is None:
        return None
    if word.casefold() in _PLAIN_WORDS:
        return _ATTACK
    return f"class {word}" if word.lstrip("-").isdigit() else word


def _contradictions(
    words: list[tuple[str | None, str | None]], counts: NDArray[np.intp]
) -> tuple[str, ...]:
    """Count the rows whose two labels disagree; the coarse one has been believed."""
    differ = [
        a is not None and b is not None and _says_benign(a) != _says_benign(b) for a, b in words
    ]
    count = int(counts[np.array(differ, dtype=np.bool_)].sum())
    return (f"{quantity(count, 'row')} with two labels that disagree",) if count else ()
