"""The truth of each row: from the wording of a file to one list of classes.

Labels are for measuring and for dealing rows; no agent sees them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.text import quantity
from sim.traffic.files import first_version
from sim.traffic.files.column import Texts
from sim.traffic.files.table import BENIGN, UNKNOWN
from sim.traffic.files.text import clean, error, listed, shown
from sim.traffic.files.wording import (
    BENIGN_WORDS,
    PLAIN_WORDS,
    denies,
    is_placeholder,
    says_benign,
    says_nothing,
)

MAX_CLASSES = 1000
"""More than this many classes is not a label column."""

NAME_LIMIT = 48
_ATTACK = "attack"
_SILENT = frozenset(("none", "-"))
"""Benign beside the names of attacks; where nothing else is said, nobody has labelled anything."""


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """The truth of all rows."""

    labels: NDArray[np.int16]
    """(N,) index into `names`, -1 where it is unknown."""
    names: tuple[str, ...] = (BENIGN,)
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    """What makes figures meaningless, or nearly so."""


class _Judge:
    """Says of single labels whether they are benign.

    Args:
        words: All words of the column that decides.
        benign: Those that the caller names, in lower case; empty for the usual ones.
        inverted: Whether the column is called such that yes means benign.
    """

    def __init__(
        self, words: Iterable[str | None], benign: tuple[str, ...], *, inverted: bool = False
    ) -> None:
        self._named = frozenset(benign)
        known = {w for w in words if w is not None}
        plain = {w.casefold() for w in known} <= PLAIN_WORDS | BENIGN_WORDS
        self.inverted = inverted and plain and not benign
        self._silent = bool(known) and {w.casefold() for w in known} <= _SILENT
        self._minus = known <= {"0", "-1"}
        self._denied = frozenset(w for w in known if denies(w, known))
        # scikit-learn's outlier detectors, Kyoto 2006+: 1 is normal, -1 and -2 are not.
        self.signed = (
            not benign
            and bool(known & {"-1", "-2"})
            and "1" in known
            and known <= {"1", "-1", "-2"}
        )

    def benign(self, word: str | None) -> bool:
        """Tell whether a label means benign traffic."""
        if word is None:
            return False
        if self._named:
            return word.casefold() in self._named
        if self.inverted:
            return word.casefold() in PLAIN_WORDS
        return word == "1" if self.signed else word in self._denied or says_benign(word)

    def name(self, coarse: str | None, fine: str | None) -> str | None:
        """Return the class of a row, None when it is not known."""
        if self._silent:
            return None if coarse is None or self.benign(fine) else self._attack(fine)
        if coarse is None:
            return BENIGN if self.benign(fine) else self._attack(fine)
        if self.benign(coarse):
            return BENIGN
        return self._attack(coarse if fine is None or self.benign(fine) else fine)

    def _attack(self, word: str | None) -> str | None:
        if word is None:
            return None
        if word.casefold() in PLAIN_WORDS or (word == "-1" and (self.signed or self._minus)):
            return _ATTACK
        if self.inverted:
            return _ATTACK
        return f"class {word}" if word.lstrip("-").isdigit() else word


class _FirstJudge(_Judge):
    """Says it in the words of version 0.1."""

    def benign(self, word: str | None) -> bool:
        """Tell whether a label means benign traffic."""
        return word is not None and word.casefold() in first_version.BENIGN_WORDS

    def name(self, coarse: str | None, fine: str | None) -> str | None:
        """Return the class of a row, None when it is not known."""
        if coarse is None:
            return BENIGN if self.benign(fine) else self._attack(fine)
        if self.benign(coarse):
            return BENIGN
        return self._attack(coarse if fine is None or self.benign(fine) else fine)

    def _attack(self, word: str | None) -> str | None:
        if word is None or word.casefold() not in first_version.PLAIN_WORDS:
            return word if word is None or not word.lstrip("-").isdigit() else f"class {word}"
        return _ATTACK


def classify(
    path: Path,
    rows: int,
    coarse: Texts | None,
    fine: Texts | None,
    *,
    fine_benign: bool = False,
    benign: tuple[str, ...] = (),
    inverted: bool = False,
    first: bool = False,
) -> Classes:
    """Turn one or two label columns into classes.

    The coarse column decides between benign and attack where it says either; the fine one names the
    attack. Args are (N,) columns of `rows` rows; `fine_benign` says that the fine column also names
    kinds of benign traffic, `benign` what means benign in this file, `inverted` that yes does,
    `first` that words are understood as in version 0.1.

    Raises:
        TrafficError: More than `MAX_CLASSES` classes, or none of the `benign` words is there.
    """
    if coarse is None and fine is None:
        return Classes(np.full(rows, UNKNOWN, dtype=np.int16))
    one, two = coarse or _nothing(rows), fine or _nothing(rows)
    width = len(two.values) + 1
    pairs = (one.codes.astype(np.int64) + 1) * width + two.codes + 1
    unique, inverse, counts = np.unique(pairs, return_inverse=True, return_counts=True)
    words = [
        (_word(one, int(p) // width, first), _word(two, int(p) % width, first)) for p in unique
    ]
    deciding = [a if coarse is not None else b for a, b in words]
    _check_named(path, words, benign)
    judge = (_FirstJudge if first else _Judge)(deciding, benign, inverted=inverted and not first)
    names = [judge.name(a, b) for a, b in words]
    classes = (BENIGN, *sorted({n for n in names if n is not None and n != BENIGN}))
    if len(classes) > MAX_CLASSES:
        raise error(path, f"{len(classes):,} classes in the label column; not a label column?")
    index = {name: i for i, name in enumerate(classes)}
    coded = np.array([UNKNOWN if n is None else index[n] for n in names], dtype=np.int16)
    notes = () if fine_benign else _contradictions(judge, words, counts)
    if judge.signed:
        notes += ("labels 1 and -1: 1 is read as benign (traffic.benign names another)",)
    if judge.inverted:
        notes += ("labels: yes is read as benign, as the column is called (traffic.benign)",)
    labels = coded[inverse.reshape(-1)]
    return Classes(labels, classes, (*notes, *_placeholders(one, two)), _warnings(labels, classes))


def _check_named(
    path: Path, words: list[tuple[str | None, str | None]], benign: tuple[str, ...]
) -> None:
    known = {w.casefold() for pair in words for w in pair if w is not None}
    absent = [b for b in benign if b not in known]
    if absent:
        raise error(
            path, f"traffic.benign: no label {shown(absent[0])}; there are {listed(sorted(known))}"
        )


def _nothing(rows: int) -> Texts:
    return Texts(np.full(rows, -1, dtype=np.int32), ())


def _word(texts: Texts, code: int, first: bool) -> str | None:
    """Return the label text with 1.0 written as 1; None where it says nothing."""
    if code == 0:
        return None
    word = clean(texts.values[code - 1], NAME_LIMIT).removesuffix(".")
    word = word[:-2] if word.endswith(".0") and word[:-2].lstrip("-").isdigit() else word
    if first:
        return None if word.casefold() in first_version.UNKNOWN_WORDS else word
    word = word.removeprefix("+") if word[1:].isdigit() else word
    word = str(int(word)) if word.isascii() and word.isdigit() else word  # 00 and 01
    return None if says_nothing(word) else word


def _contradictions(
    judge: _Judge, words: list[tuple[str | None, str | None]], counts: NDArray[np.intp]
) -> tuple[str, ...]:
    """Count the rows whose two labels disagree; the coarse one has been believed."""
    differ = [
        a is not None and b is not None and judge.benign(a) != judge.benign(b) for a, b in words
    ]
    count = int(counts[np.array(differ, dtype=np.bool_)].sum())
    return (f"{quantity(count, 'row')} with two labels that disagree",) if count else ()


def _placeholders(*columns: Texts) -> tuple[str, ...]:
    """Say how many rows nobody has labelled, and in what words."""
    said = [v for c in columns for v in c.values]
    silent = all(v.casefold() in _SILENT or says_nothing(v) for v in said)
    if silent and not any(said):
        return ("the column with labels is empty: truth unknown",)
    for texts in columns:
        codes = [i for i, v in enumerate(texts.values) if is_placeholder(v) or (silent and v)]
        if codes:
            count = int(np.isin(texts.codes, codes).sum())
            example = shown(clean(texts.values[codes[0]], NAME_LIMIT))
            only = "only the placeholder" if count == len(texts.codes) else "a placeholder"
            return (f"{quantity(count, 'row')} with {only} {example} for a label: truth unknown",)
    return ()


def _warnings(labels: NDArray[np.int16], classes: tuple[str, ...]) -> tuple[str, ...]:
    known = labels[labels != UNKNOWN]
    if not len(known) or (known == 0).any():
        return ()
    most = int(np.bincount(known).argmax())
    return (
        f"no label means benign: all {quantity(len(known), 'labelled row')} count as attacks, most"
        f" often {shown(classes[most])} ({int((known == most).sum()):,}); traffic.benign names the"
        " labels of benign traffic",
    )
