"""Which columns tell the truth of a row: as they are called, or by what they say."""

from __future__ import annotations

from collections.abc import Mapping

from sim.traffic.files import names
from sim.traffic.files.column import Numbers, Texts
from sim.traffic.files.label_columns import Choice
from sim.traffic.files.labels import MAX_CLASSES
from sim.traffic.files.names import key
from sim.traffic.files.one_hot import one_hot
from sim.traffic.files.schema import Kind, Schema
from sim.traffic.files.truth import holds_codes, looks_like_label, names_both, speaks_of_truth
from sim.traffic.files.wording import BENIGN_WORDS, PLAIN_WORDS, says_benign

Whole = Numbers | Texts


def choose(
    schema: Schema, columns: Mapping[str, Whole], kinds: Mapping[str, Kind], wanted: str
) -> Choice:
    """Choose the label columns.

    Args:
        schema: What the format calls its labels.
        columns: The columns of the file.
        kinds: What is known of them.
        wanted: `auto`, `none`, or the name of a column that is there.
    """
    named = {key(c): c for c in reversed(list(columns))}
    if wanted == "none":
        return Choice()
    if wanted != "auto":
        return Choice(named[key(wanted)])
    for groups in (
        (schema.coarse_labels, schema.fine_labels),
        (names.COARSE_LABELS, names.FINE_LABELS),
    ):
        coarse, fine = (_first(named, group) for group in groups)
        if coarse is None and fine is not None and _is_plain(columns[fine]):
            return Choice(fine)  # such as `attack` of Bot-IoT: 0 and 1
        if coarse or fine:
            return Choice(coarse, fine)
    for name in names.FURTHER_COARSE:
        if name not in named:
            continue
        column, kind = columns[named[name]], kinds[named[name]]
        at_end = named[name] == list(columns)[-1]
        if _is_label(named[name], column, kind) or (at_end and holds_codes(column)):
            return Choice(named[name], guessed=kinds[named[name]] is not Kind.LABEL)
    said = [n for n, c in columns.items() if kinds[n] is Kind.LABEL and _usable(c)]
    said = [n for n in said if not _is_opinion(n, columns[n])]
    said = [n for n in said if _tells_benign(columns[n])] or said
    unknown = {n: c for n, c in columns.items() if kinds[n] is Kind.AUTO}
    spoken = [n for n, c in unknown.items() if names_both(c)]
    spoken += [n for n, c in unknown.items() if speaks_of_truth(n, c) and _usable(c)]
    best = min(said, key=lambda n: len(_values(columns[n])), default=None)
    if spoken and (best is None or not _tells_benign(columns[best])):
        best = spoken[0]
    if best is None:
        rest = [n for n in columns if kinds[n] is not Kind.IDENTIFIER]
        last = [n for n in rest[-1:] if kinds[n] is Kind.AUTO and n not in one_hot(unknown, ())]
        best = next((n for n in last if looks_like_label(n, columns[n])), None)
    return Choice(best, guessed=best is not None)


def _is_label(name: str, column: Whole, kind: Kind) -> bool:
    """Tell whether a column with a likely name is one, by what is in it."""
    if kind is Kind.LABEL:
        return _usable(column)
    return kind is Kind.AUTO and (looks_like_label(name, column) or names_both(column))


def _is_plain(column: Whole) -> bool:
    """Tell whether a label says whether there is an attack, and never which."""
    words = {v.removesuffix(".0").casefold() for v in _values(column)}
    return bool(words & PLAIN_WORDS) and words <= PLAIN_WORDS | BENIGN_WORDS


def _tells_benign(column: Whole) -> bool:
    """Tell whether a label says of some rows that they are benign."""
    return any(map(says_benign, _values(column)))


def _is_opinion(name: str, column: Whole) -> bool:
    """Tell whether a column says how suspicious a flow is, and so is no label by itself."""
    if not isinstance(column, Texts) or not _all_numbers(column) or len(column.values) <= 2:
        return False
    fractions = any("." in v.removesuffix(".0") for v in column.values)
    return fractions or names.judges(name)


def _first(named: Mapping[str, str], wanted: tuple[str, ...]) -> str | None:
    return next((named[k] for k in wanted if k in named), None)


def _values(column: Whole) -> tuple[str, ...]:
    return column.values if isinstance(column, Texts) else ()


def _usable(column: Whole) -> bool:
    """Tell whether a column can be a label: a few values, not a text for each row."""
    values = len(_values(column))
    rows = len(column.codes if isinstance(column, Texts) else column.values)
    return 1 <= values <= MAX_CLASSES and (2 * values <= rows or values <= 2)


def completed(
    choice: Choice,
    columns: Mapping[str, Whole],
    candidates: set[str],
) -> Choice:
    """Return the choice with a column that names the attacks, where there is a well-known one.

    Args:
        choice: What has been chosen.
        columns: The columns of the file.
        candidates: Those that tell the truth.
    """
    if choice.fine is not None or choice.coarse is None:
        return choice
    named = {key(c): c for c in reversed(list(columns)) if c in candidates and c != choice.coarse}
    for name in names.FURTHER_FINE:
        column = columns.get(named.get(name, ""))
        if isinstance(column, Texts) and not _all_numbers(column) and _usable(column):
            return Choice(choice.coarse, named[name], choice.guessed)
    for name in columns:
        if name in candidates and name != choice.coarse and _names_attacks(name, columns[name]):
            return Choice(choice.coarse, name, choice.guessed)
    return choice


def _names_attacks(name: str, column: Whole) -> bool:
    """Tell whether a column that tells the truth says which attack it is, by name and content."""
    return (
        isinstance(column, Texts)
        and names.names_attacks(name)
        and not (_all_numbers(column) or _is_plain(column))
        and _usable(column)
    )


def _all_numbers(column: Texts) -> bool:
    """Tell whether a column holds numbers only, where it holds anything."""
    return all(v.lstrip("+-").replace(".", "", 1).isdigit() for v in column.values if v)
