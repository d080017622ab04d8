"""Reading traffic files: from a path to a `FlowTable`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import TrafficError
from sim.traffic.files import file_labels, first_version, hosts, names
from sim.traffic.files.choice import choose, completed
from sim.traffic.files.column import Numbers, Texts, number_word
from sim.traffic.files.encoding import Encoder
from sim.traffic.files.formats import format_named
from sim.traffic.files.gathering import Gathered, gather
from sim.traffic.files.knobs import Knobs
from sim.traffic.files.label_columns import Choice
from sim.traffic.files.label_file import with_labels
from sim.traffic.files.labels import Classes, classify
from sim.traffic.files.members import places_at
from sim.traffic.files.plan import FILE, HOST, Plan
from sim.traffic.files.schema import PLAIN, Kind
from sim.traffic.files.table import FlowTable
from sim.traffic.files.text import clean, listed, shown
from sim.traffic.files.truth import (
    AGREEING,
    FEW,
    TELLING,
    Hidden,
    agreement,
    classes_of,
    hide,
    looks_like_label,
    may_be_verdict,
    says_yes_or_no,
    threshold_accuracy,
    tied,
)

Whole = Numbers | Texts


def read_flows(
    path: Path,
    *,
    format: str = "auto",  # noqa: A002 - the name of the option
    label_column: str = "auto",
    deal_column: str = "",
    max_rows: int = 0,
    knobs: Knobs | None = None,
) -> FlowTable:
    """Read traffic and encode its flows.

    Numbers become sign(x)·log(1 + |x|); categories become 0/1 columns; a destination port becomes a
    number and a flag for ports below 1024; row ids, times, addresses and source ports are left out,
    and so is every column that tells the label, by its name or by what is in it. Missing and
    infinite numbers become the median of their column. `notes` tells what was done.

    Args:
        path: A file, plain or packed (gz, bz2, xz), an archive (zip, tar), a folder or a pattern;
            several files are read one after the other, in natural order.
        format: Name of a format; `auto` recognises it by content.
        label_column: `auto`, `none` to leave the truth unknown, the name of a column, or `file`
            for the names of the files.
        deal_column: Column whose values go to `groups`; `host` for the internal host of a flow;
            empty for none.
        max_rows: Read at most this many rows from the start; 0 for all.
        knobs: What cannot be seen in the file.

    Returns:
        N flows with D features, in file order.

    Raises:
        TrafficError: The file is not what it should be; one line naming file, line and column.
    """
    path = Path(path)
    wanted = format_named(format)
    if max_rows < 0:
        raise TrafficError(f"max_rows is {max_rows}: expected 0 for all rows, or more")
    knobs = knobs or Knobs()
    asked = Plan(PLAIN, label_column.strip(), deal_column.strip(), knobs)
    found = gather(places_at(path, knobs.member), asked, wanted, max_rows)
    return _encoded(path, with_labels(path, found))


_NAMED = 40
"""Most columns that a doubt names."""

_FIRST = "columns are told apart by name only, as in version 0.1: some may tell the label"


@dataclass(frozen=True, slots=True)
class _Judged:
    """What the columns of a file are."""

    kinds: dict[str, Kind]
    choice: Choice
    classes: Classes
    hidden: Hidden
    notes: tuple[str, ...]


def _encoded(path: Path, found: Gathered) -> FlowTable:
    """Turn the gathered columns into a table."""
    plan = found.plan
    whole = {name: column.finish() for name, column in found.columns.items()}
    judged = _judged(path, found, whole)
    encoder = Encoder(
        first=plan.knobs.first,
        identifiers=[n for n in found.names if plan.kind(n) is Kind.IDENTIFIER],
        excluded=[n for n in found.names if plan.excludes(n)],
        truth=[
            n for n in judged.hidden.truth if n not in (judged.choice.coarse, judged.choice.fine)
        ],
        counters=list(judged.hidden.counters),
    )
    for name, column in whole.items():
        kind = judged.kinds[name]
        if name in judged.hidden or kind in (Kind.LABEL, Kind.IDENTIFIER) or plan.excludes(name):
            continue
        encoder.add(name, kind, column)
    features, flows = encoder.matrix(path, found.rows)
    return FlowTable(
        path=path,
        format=found.format,
        features=features,
        flows=flows,
        labels=judged.classes.labels,
        classes=judged.classes.names,
        groups=_groups(plan, whole, plan.dealing(path, found.names)),
        notes=(*found.notes, *encoder.notes(), *judged.notes, *judged.classes.notes),
        warnings=(*found.warnings, *judged.classes.warnings),
        timeless=plan.schema.timeless or judged.choice.coarse is FILE,
    )


def _judged(path: Path, found: Gathered, whole: dict[str, Whole]) -> _Judged:
    """Find out which columns tell the truth, and what it is."""
    plan = found.plan
    kinds = {name: plan.kind(name) for name in whole}
    if plan.knobs.first:
        choice = _chosen(found, whole, kinds)
        classes = _classified(path, found, whole, choice)
        return _Judged(kinds, choice, classes, Hidden(), (_FIRST,))
    choice = _chosen(found, whole, kinds)
    classes = _classified(path, found, whole, choice)
    labels = {n for n, kind in kinds.items() if kind is Kind.LABEL}
    suspects = _suspects(plan, choice, whole, kinds)
    others = [n for n in (*labels, *suspects) if n not in (choice.coarse, choice.fine)]
    further = [classes_of(whole[n], classes.labels) for n in others]
    references = [classes.labels, *(c for c in further if c is not None)]
    hidden = hide(
        {n: c for n, c in whole.items() if n not in (choice.coarse, choice.fine)},
        kinds,
        references,
    )
    hidden.truth.update(dict.fromkeys(suspects))
    if plan.label_column == "auto":
        finer = completed(choice, whole, labels | set(hidden.truth))
        if finer != choice:
            choice, classes = finer, _classified(path, found, whole, finer)
    if choice.coarse is not None and kinds[choice.coarse] is not Kind.LABEL:
        hidden.truth[choice.coarse] = None
    notes = _notes(found, choice, whole, kinds, hidden, classes.labels)
    return _Judged(kinds, choice, classes, hidden, notes)


def _chosen(found: Gathered, whole: dict[str, Whole], kinds: dict[str, Kind]) -> Choice:
    """Choose the label, if need be from the names of the files, which are a column then."""
    plan = found.plan
    asked = plan.label_column == FILE and not any(names.key(n) == FILE for n in whole)
    choice = Choice()
    if plan.knobs.first and not asked:
        return first_version.choose(plan.schema, whole, plan.label_column)
    if not asked:
        choice = choose(plan.schema, whole, kinds, plan.label_column)
    nothing = plan.label_column == "auto" and choice == Choice()
    if asked or (nothing and file_labels.tell_truth(found.files)):
        whole[FILE] = file_labels.column_of(found.files)
        kinds[FILE] = Kind.LABEL
        return Choice(FILE)
    return choice


def _classified(path: Path, found: Gathered, whole: dict[str, Whole], choice: Choice) -> Classes:
    return classify(
        path,
        found.rows,
        _texts(whole, choice.coarse),
        _texts(whole, choice.fine),
        fine_benign=found.plan.schema.fine_benign,
        first=found.plan.knobs.first,
        benign=found.plan.knobs.benign,
        inverted=choice.coarse is not None and names.means_benign(choice.coarse),
    )


def _suspects(
    plan: Plan, choice: Choice, whole: dict[str, Whole], kinds: dict[str, Kind]
) -> list[str]:
    """Return what may be the label of a file without one: left out, but not believed.

    A last column of yes and no under an unusual name, what has a likely name and few values, and
    yes and no in columns without a telling name: in the first, where some formats have the label,
    and in all where they are few; and what stands and falls with another column of yes and no.
    """
    chosen = choice.coarse is not None or choice.fine is not None
    if plan.label_column != "auto" or (chosen and not _is_guess(choice, whole)):
        return []
    rest = [n for n in whole if kinds[n] is not Kind.IDENTIFIER and n != choice.coarse]
    open_ = {n: whole[n] for n in rest if kinds[n] is Kind.AUTO and not names.measures(n)}
    if chosen:
        return tied(open_, len(rest))
    found = [n for n in rest[-1:] if looks_like_label(n, whole[n])]
    found += [n for n in rest if names.is_likely(n) and classes_of(whole[n]) is not None]
    nameless = [n for n in rest if names.is_opaque(n) and says_yes_or_no(whole[n])]
    found += nameless if len(nameless) <= FEW else [n for n in nameless if n == rest[0]]
    found += tied(open_, len(rest))
    return [n for n in dict.fromkeys(found) if kinds[n] is Kind.AUTO]


def _notes(
    found: Gathered,
    choice: Choice,
    whole: dict[str, Whole],
    kinds: dict[str, Kind],
    hidden: Hidden,
    labels: NDArray[np.int16],
) -> tuple[str, ...]:
    """Say what was taken for the label though nobody said so, and what is doubtful."""
    plan, said = found.plan, list[str]()
    chosen = [c for c in (choice.coarse, choice.fine) if c is not None]
    usual = {names.key(n) for n in (*plan.schema.coarse_labels, *plan.schema.fine_labels)}
    usual |= set(names.COARSE_LABELS) | set(names.FINE_LABELS)
    if choice.coarse is FILE:
        said.append(
            "labels taken from the names of the files (traffic.label_column names a column)"
        )
    elif plan.label_column == "auto" and any(names.key(c) not in usual for c in chosen):
        said.append(f"labels taken from {listed(chosen)} (traffic.label_column names another)")
    if plan.label_column == "auto" and not chosen:
        file = f"; {FILE} takes the names of the files" if len(found.files) > 1 else ""
        said.append(f"no column with labels found (traffic.label_column names one{file})")
    others = [n for n, kind in kinds.items() if kind is Kind.LABEL and n not in chosen]
    if others:
        said.append(f"left out as further labels: {listed(others)}")
    rest = [
        n
        for n, kind in kinds.items()
        if kind is Kind.AUTO and n not in hidden and not plan.excludes(n)
    ]
    certain = bool(chosen) and not _is_guess(choice, whole)
    doubtful = [n for n in rest if names.is_suspicious(n) or (not certain and _is_odd(n, whole))]
    if doubtful:
        said.append(
            f"used as a feature, though doubtful: {listed(doubtful, _NAMED)} (if it tells the"
            f" truth: traffic.exclude={shown(clean(doubtful[0]))[1:-1]})"
        )
    silent = [n for n in rest if n not in doubtful and not (certain or names.measures(n))]
    if silent:
        said.append(
            "without a certain label no score or identifier is known from what is measured; names"
            f" of no usual measurement: {listed(silent)} (traffic.exclude leaves columns out)"
        )
    telling = [n for n in rest if n not in doubtful and _is_telling(n, whole[n], labels)]
    if telling:
        said.append(
            f"used as a feature, though it tells nearly all attacks: {listed(telling, _NAMED)} (if"
            f" it is not measured: traffic.exclude={shown(clean(telling[0]))[1:-1]})"
        )
    return tuple(said)


def _is_guess(choice: Choice, whole: dict[str, Whole]) -> bool:
    """Tell whether a label is one only by its place and by saying yes and no."""
    return choice.guessed and choice.coarse is not None and says_yes_or_no(whole[choice.coarse])


def _is_odd(name: str, whole: dict[str, Whole]) -> bool:
    """Tell whether a column may be the truth of a file of which no label is known for sure."""
    column = whole[name]
    if says_yes_or_no(column) and (name == list(whole)[-1] or not names.measures(name)):
        return True
    return not names.measures(name) and may_be_verdict(column)


def _is_telling(name: str, column: Whole, labels: NDArray[np.int16]) -> bool:
    """Tell whether a column of no known measurement goes with the label to a large extent."""
    if names.measures(name):
        return False
    return threshold_accuracy(column, labels) >= TELLING or agreement(column, labels) >= AGREEING


def _texts(kept: dict[str, Whole], name: str | None) -> Texts | None:
    """Return a column as texts, numbers written out; None for no column."""
    if name is None:
        return None
    column = kept[name]
    if isinstance(column, Texts):
        return column
    words, codes = np.unique(column.values, return_inverse=True)
    known = tuple(number_word(w) or "" for w in words.tolist())
    return Texts(codes.reshape(-1).astype(np.int32), known)


def _groups(
    plan: Plan, whole: dict[str, Whole], dealing: tuple[str, ...]
) -> NDArray[np.object_] | None:
    columns = [texts for name in dealing if (texts := _texts(whole, name)) is not None]
    if not columns:
        return None
    if plan.deal_column == HOST:
        return hosts.internal_hosts(columns[0], columns[1])
    return hosts.names(columns[0])
