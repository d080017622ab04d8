"""Keeping the truth from the agents: which columns tell it, by name and by content.

A column that is named like a label is one. So is a text that speaks of benign traffic and attacks.
And so is a column that stands and falls with the known label: a second label, a code, a severity.
Measured values do not do that: benign traffic has more than one value in them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.traffic.files import names
from sim.traffic.files.column import Numbers, Texts
from sim.traffic.files.counters import counts_rows, is_nameless_number
from sim.traffic.files.labels import MAX_CLASSES
from sim.traffic.files.moments import tells_time
from sim.traffic.files.one_hot import one_hot
from sim.traffic.files.schema import Kind
from sim.traffic.files.wording import denies, names_attack, names_benign, says_benign_beside

MAX_VALUES = 100
"""A column with more values than this is no label under another name."""

MAX_CODES = 12
"""Numbers that stand for names, such as those of an attack, have at most so many values."""

EXCEPTIONS = 0.005
"""Share of the rows of a class that may differ, as two labels of published data do."""

LOOSE = 0.03
"""The same for a column of few values with a name that no measurement has."""

SCORE_ACCURACY = 0.9
"""A score or a probability that tells attacks so well is the opinion of a detector."""

SEPARATING = 0.995
"""A number that alone tells attacks so well is a verdict, if nobody is known to measure it."""

TELLING = 0.97
"""A number that alone tells attacks so well is named, if nobody is known to measure it."""

AGREEING = 0.9
"""The same for a text or a number of few values, which may be the verdict of a detector."""

FEW = 3
"""So many nameless columns of yes and no may be the label; more are a table of such features."""

CHANCE = -6.0
"""Decimal logarithm of the chance that a column without relation to the truth falls like it."""

_RARE = 0.1
"""Fewer attacks than this share may have a feature of their own (`land` in KDD)."""

_LEAST_ROWS = 10

_LOUD = 0.02
"""Where fewer rows than this are attacks, an honest number may happen to tell them all."""

_ASKED = 16
"""So many columns of yes and no are compared with all others."""

Whole = Numbers | Texts

_COUNTERS = (counts_rows, is_nameless_number, tells_time)

_YES_NO = tuple(
    frozenset(pair.split())
    for pair in (
        "true false", "yes no", "t f", "y n", "pos neg", "0 1", "n a", "good bad", "clean infected",
        "safe unsafe", "r t", "legit fraud", "inlier outlier", "positive negative", "ok nok", "b m",
    )
)  # fmt: skip


@dataclass(slots=True)
class Hidden:
    """Columns that are no features, and why."""

    truth: dict[str, None] = field(default_factory=dict)
    """They tell the label, or go with it."""
    counters: dict[str, None] = field(default_factory=dict)
    """They count rows or time."""

    def __contains__(self, name: str) -> bool:
        return name in self.truth or name in self.counters


def speaks_of_truth(name: str, column: Whole) -> bool:
    """Tell whether the values of a text column are words for benign traffic and attacks."""
    if not isinstance(column, Texts) or not 2 <= len(column.values) <= MAX_CLASSES:
        return False
    if 2 * len(column.values) > len(column.codes):
        return False
    benign = any(map(names_benign, column.values))
    return names_both(column) or (benign and not names.measures(name))


def names_both(column: Whole) -> bool:
    """Tell whether a text column names benign traffic as well as attacks."""
    return (
        isinstance(column, Texts)
        and len(column.values) <= MAX_CLASSES
        and any(map(says_benign_beside, column.values))
        and any(map(names_attack, column.values))
    )


def looks_like_label(name: str, column: Whole) -> bool:
    """Tell whether a column says yes or no, with a name that no measurement has."""
    return not names.measures(name) and says_yes_or_no(column)


def says_yes_or_no(column: Whole) -> bool:
    """Tell whether a column has two values, such as those of a label."""
    if isinstance(column, Texts):
        if len(column.values) > MAX_CODES:
            return False
        pair = frozenset(v.casefold() for v in column.values)
        return pair in _YES_NO or (len(pair) == 2 and any(denies(v, pair) for v in column.values))
    values = set(np.unique(column.values).tolist()) if len(column.values) < 1 << 24 else set()
    return values in ({0.0, 1.0}, {-1.0, 1.0}, {-2.0, -1.0, 1.0})


def holds_codes(column: Whole) -> bool:
    """Tell whether a column may number the kinds of attacks, with 0 for benign traffic."""
    if not isinstance(column, Numbers):
        return False
    found = np.unique(column.values[~np.isnan(column.values)])
    whole = bool((found == np.floor(found)).all())
    return whole and 2 <= len(found) <= MAX_CODES and bool((found == 0).any())


def follows(name: str, column: Whole, labels: NDArray[np.int16], columns: int) -> bool:
    """Tell whether a column stands and falls with the label.

    Either it is the same for all benign rows and never so for an attack; or it is the same within
    each class, with fewer values than classes; or it is a text or a code, not of a measured kind,
    each value of which belongs to one class, or to attacks only. Each must be more than chance.

    Args:
        name: Its name.
        column: The column, (N,).
        labels: (N,) index of the class, 0 benign, -1 unknown.
        columns: Among how many columns it was found.
    """
    labels = _benign_first(labels)
    known = labels >= 0
    codes, values = _codes(column)
    if values < 2 or values > MAX_VALUES:
        return _missing_follows(column, labels, columns)
    counts = _table(codes[known], labels[known], values)
    if counts.shape[1] < 2:
        return False
    measured = names.measures(name)
    share = EXCEPTIONS if measured or values > MAX_CODES else LOOSE
    if _separates(counts, share) or _coarser(counts, share):
        return _certain(counts, columns) or _certain(counts.T, columns)
    kind = isinstance(column, Texts) or values <= MAX_CODES or names.is_code(name)
    if measured or not kind:
        return False
    two = np.stack([counts[:, 0], counts[:, 1:].sum(axis=1)], axis=1)
    return any(_pure(table) and _certain(table, columns) for table in (counts, two))


def _pure(counts: NDArray[np.int64]) -> bool:
    """Tell whether each value belongs to one class."""
    return bool(((counts > 0).sum(axis=1) <= 1).all())


def _benign_first(labels: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return the labels; where none is benign, the most frequent class takes the place of it."""
    known = labels[labels >= 0]
    if not len(known) or (known == 0).any():
        return labels
    most = int(np.bincount(known).argmax())
    return np.where(labels == most, np.int16(0), labels)


def _missing_follows(column: Whole, labels: NDArray[np.int16], columns: int) -> bool:
    """Tell whether there is a value exactly where there is an attack, or where there is none."""
    present = column.codes >= 0 if isinstance(column, Texts) else column.values == column.values
    missing = np.logical_not(present)
    known = labels >= 0
    if not missing[known].any() or missing[known].all():
        return False
    counts = _table(missing[known].astype(np.int64), np.minimum(labels[known], 1), 2)
    return counts.shape[1] == 2 and _separates(counts, EXCEPTIONS) and _certain(counts, columns)


def _codes(column: Whole) -> tuple[NDArray[np.int64], int]:
    """Return (N,) the values as numbers from 0, missing ones too, and how many there are."""
    if isinstance(column, Texts):
        present, codes = np.unique(column.codes, return_inverse=True)
    else:
        sample = np.unique(column.values[: 50 * MAX_VALUES])
        if len(sample) > MAX_VALUES + 1:
            return np.empty(0, dtype=np.int64), len(sample)
        present, codes = np.unique(column.values, return_inverse=True)
    return codes.reshape(-1).astype(np.int64), len(present)


def _table(codes: NDArray[np.int64], labels: NDArray[np.int16], values: int) -> NDArray[np.int64]:
    """Return (V, K) in how many rows value and class meet, classes without rows left out."""
    classes = int(labels.max(initial=0)) + 1
    counts = np.bincount(codes * classes + labels, minlength=values * classes)
    table = counts.reshape(values, classes)
    kept = np.append(True, table[:, 1:].any(axis=0))
    return np.asarray(table[:, kept])


def _separates(counts: NDArray[np.int64], exceptions: float) -> bool:
    """Tell whether one value is that of the benign rows, and of no other."""
    mode = int(counts[:, 0].argmax())
    benign, attacks = counts[:, 0].sum(), counts[:, 1:].sum()
    return bool(
        attacks
        and counts[mode, 0] >= (1 - exceptions) * benign
        and counts[mode, 1:].sum() <= exceptions * attacks
    )


def _coarser(counts: NDArray[np.int64], exceptions: float) -> bool:
    """Tell whether each class has one value of its own, though some may share theirs."""
    sizes, modes = counts.sum(axis=0), counts.argmax(axis=0)
    if (counts.max(axis=0) < (1 - exceptions) * sizes).any():
        return False
    other = modes != modes[0]
    rare = sizes[other].sum() < _RARE * sizes[1:].sum()
    return bool(other.any() and not rare)


def _certain(counts: NDArray[np.int64], columns: int) -> bool:
    """Tell whether that (V, K) values determine classes is beyond chance.

    Of all ways to give N rows K classes of these sizes, at most K to the power of V are such that
    each of the V values belongs to one class.
    """
    values, classes = counts.shape
    sizes = counts.sum(axis=0)
    ways = math.lgamma(sizes.sum() + 1) - sum(math.lgamma(n + 1) for n in sizes.tolist())
    chance = values * math.log(max(classes, 2)) - ways
    return bool(chance / math.log(10) + math.log10(max(columns, 1)) < CHANCE)


def threshold_accuracy(column: Whole, labels: NDArray[np.int16]) -> float:
    """Return how well one threshold tells attacks from benign: mean of both shares told rightly.

    Args:
        column: The column, (N,); a text tells nothing.
        labels: (N,) index of the class, 0 benign, -1 unknown.
    """
    if not isinstance(column, Numbers):
        return 0.0
    labels = _benign_first(labels)
    known = (labels >= 0) & ~np.isnan(column.values)
    values, attack = column.values[known], labels[known] > 0
    attacks = int(attack.sum())
    if min(attacks, len(attack) - attacks) < _LEAST_ROWS:
        return 0.0
    order = np.argsort(values, kind="stable")
    values, attack = values[order], attack[order]
    ends = np.append(values[1:] != values[:-1], True)
    below = np.cumsum(attack)[ends] / attacks
    benign = np.cumsum(~attack)[ends] / (len(attack) - attacks)
    return float(0.5 + np.abs(benign - below).max() / 2)


def group_accuracy(column: Whole, labels: NDArray[np.int16]) -> float:
    """Return how well the values of a column tell attacks from benign, in whatever order.

    Args:
        column: The column, (N,); one of many values tells nothing.
        labels: (N,) index of the class, 0 benign, -1 unknown.
    """
    labels = _benign_first(labels)
    known = labels >= 0
    codes, values = _codes(column)
    if not 2 <= values <= MAX_CODES:
        return 0.0
    counts = _table(codes[known], np.minimum(labels[known], 1), values)
    if counts.shape[1] < 2 or counts.sum(axis=0).min() < _LEAST_ROWS:
        return 0.0
    return float((counts / counts.sum(axis=0)).max(axis=1).sum() / 2)


def agreement(column: Whole, labels: NDArray[np.int16]) -> float:
    """Return how well a column tells attacks from benign, by a threshold or by its values."""
    return max(threshold_accuracy(column, labels), group_accuracy(column, labels))


def may_be_verdict(column: Whole) -> bool:
    """Tell whether a column may be a code or a score, as far as can be seen without a label."""
    if isinstance(column, Texts):
        return 2 <= len(column.values) <= MAX_CODES
    known = column.values[~np.isnan(column.values)]
    if len(known) < _LEAST_ROWS or known.min() == known.max():
        return False
    if known.min() >= 0 and known.max() <= 1:
        return True
    return bool((known == np.floor(known)).all() and len(np.unique(known)) <= MAX_CODES)


def hide(
    columns: Mapping[str, Whole],
    kinds: Mapping[str, Kind],
    references: Sequence[NDArray[np.int16]],
) -> Hidden:
    """Return the columns of no known meaning that tell the truth or count rows.

    Args:
        columns: The columns of a file by name.
        kinds: What is known of them; only the unknown ones are looked at.
        references: (N,) classes that are the truth: those of the label, 0 benign, -1 unknown, and
            those of further columns with labels.
    """
    hidden = Hidden()
    unknown = {n: c for n, c in columns.items() if kinds[n] is Kind.AUTO}
    spoken = {n: c for n, c in unknown.items() if speaks_of_truth(n, c)}
    hidden.truth.update(dict.fromkeys(spoken))
    further = (classes_of(c, references[0]) for c in spoken.values())
    every = [*references, *(labels for labels in further if labels is not None)]
    reported = any(map(names.reports, columns))
    for name, column in unknown.items():
        if name not in hidden and (
            (reported and names.judges(name))
            or any(follows(name, column, labels, len(columns)) for labels in every)
            or _is_score(name, column, references[0])
        ):
            hidden.truth[name] = None
    told = [n for n, c in unknown.items() if any(map(_is_indicator(c), every))]
    hidden.truth.update(dict.fromkeys(told if len(told) > 1 else ()))
    classes = one_hot(columns, every)
    hidden.truth.update(dict.fromkeys(n for n in unknown if n in classes))
    for name, column in unknown.items():
        if name not in hidden and any(t(name, column) for t in _COUNTERS):
            hidden.counters[name] = None
    rest = {n: c for n, c in unknown.items() if n not in hidden}
    hidden.truth.update(dict.fromkeys(apart(rest, references[0], len(columns))))
    return hidden


def tied(columns: Mapping[str, Whole], among: int) -> list[str]:
    """Return columns that stand and fall with one of yes and no, where no label is known.

    A second label, a code or a score does so, and hardly ever what is measured.

    Args:
        columns: The columns that may be labels, by name, in the order of the file.
        among: How many columns there are in all.
    """
    found: dict[str, None] = {}
    asking = [n for n, c in columns.items() if says_yes_or_no(c)]
    for asked in asking[:_ASKED]:
        labels = classes_of(columns[asked])
        if labels is None:
            continue
        for name, column in columns.items():
            if name != asked and follows(name, column, labels, among):
                found.update(dict.fromkeys((asked, name)))
        if scores := apart({n: c for n, c in columns.items() if n != asked}, labels, among):
            found.update(dict.fromkeys((asked, *scores)))
    return [name for name in columns if name in found]


def _is_indicator(column: Whole) -> Callable[[NDArray[np.int16]], bool]:
    """Return what tells whether a column is 1 in all rows of one class and nowhere else.

    A single column like that may be measured (`land` in KDD); several are a label as 0 and 1.
    """
    ones_at = column.values == 1 if isinstance(column, Numbers) and says_yes_or_no(column) else []

    def is_one(labels: NDArray[np.int16]) -> bool:
        ones = labels[ones_at]
        one = ones[:1].max(initial=0)
        return bool(one > 0 and (ones == one).all() and len(ones) == (labels == one).sum())

    return is_one


def _is_score(name: str, column: Whole, labels: NDArray[np.int16]) -> bool:
    """Tell whether it is what a detector says of a flow: high for attacks, or low."""
    return names.judges(name) and agreement(column, labels) >= SCORE_ACCURACY


def apart(columns: Mapping[str, Whole], labels: NDArray[np.int16], among: int) -> list[str]:
    """Return columns, measured by no known name, each of which tells all attacks alone.

    Scores and identifiers of attacks do so. So do measurements of one loud attack, but then several
    of them, and those of a rare one.

    Args:
        columns: Columns by name.
        labels: (N,) index of the class, 0 benign, -1 unknown.
        among: How many columns there are in all.
    """
    labels = _benign_first(labels)
    known = labels >= 0
    attacks = int((labels > 0).sum())
    if attacks < max(2 * _LEAST_ROWS, _LOUD * known.sum()):
        return []
    rest = {n: c for n, c in columns.items() if not names.measures(n)}
    found = [n for n, c in rest.items() if _tells_all(c, labels, among)]
    return found if len(found) <= FEW and 2 * len(found) < among else []


def _tells_all(column: Whole, labels: NDArray[np.int16], columns: int) -> bool:
    if threshold_accuracy(column, labels) >= SEPARATING:
        return True
    codes, values = _codes(column)
    if not 2 <= values <= MAX_VALUES:
        return False
    known = labels >= 0
    counts = _table(codes[known], np.minimum(labels[known], 1), values)
    return _pure(counts) and _certain(counts, columns)


def classes_of(column: Whole, labels: NDArray[np.int16] | None = None) -> NDArray[np.int16] | None:
    """Return (N,) the values of a column as classes, a missing one too; None for too many.

    Class 0 is what most of the benign rows have, or most of all where none is known to be benign.

    Args:
        column: The column, (N,).
        labels: (N,) index of the class, 0 benign, -1 unknown; None where nothing is known.
    """
    codes, values = _codes(column)
    if not 2 <= values <= MAX_VALUES:
        return None
    benign = codes if labels is None or not (labels == 0).any() else codes[labels == 0]
    most = int(np.bincount(benign).argmax())
    return np.where(codes == most, 0, np.where(codes == 0, most, codes)).astype(np.int16)
