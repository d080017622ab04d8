"""Labels that are in a file of their own, one for each row of the traffic, as Kitsune's are."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np

from sim.text import quantity
from sim.traffic.files.gathering import Gathered
from sim.traffic.files.lines import read_blocks
from sim.traffic.files.places import Place, beside
from sim.traffic.files.schema import Kind
from sim.traffic.files.source import open_source
from sim.traffic.files.text import error, listed, shown

NAME = "label"
"""What the column is called."""


def with_labels(path: Path, found: Gathered) -> Gathered:
    """Return the traffic with the labels that `traffic.labels` names.

    The file has a line for each row, perhaps below a header; of several fields the last counts.

    Raises:
        TrafficError: There is no such file, it has not one label a row, or the traffic has labels.
    """
    plan = found.plan
    if not plan.knobs.labels:
        return found
    present = [n for n in found.names if plan.kind(n) is Kind.LABEL]
    if present:
        raise error(path, f"traffic.labels is set, but the file has labels: {listed(present)}")
    file = labels_file(path, plan.knobs.labels)
    words = _words(file)
    if len(words) == found.rows + 1 or (found.cut and len(words) > found.rows):
        words = words[1:] if len(words) == found.rows + 1 or not _is_label(words) else words
    if len(words) < found.rows or (len(words) > found.rows and not found.cut):
        raise error(
            file, f"{quantity(len(words), 'label')} for {quantity(found.rows, 'row')} of traffic"
        )
    cells = np.empty(found.rows, dtype=np.object_)
    cells[:] = [word or None for word in words[: found.rows]]
    column = plan.column(file, NAME)
    column.add(cells, np.arange(1, found.rows + 1))
    notes = (*found.notes, f"labels taken from {shown(file.name)}")
    return replace(
        found,
        names=[*found.names, NAME],
        columns={**found.columns, NAME: column},
        notes=tuple(n for n in notes if n != found.unlabelled),
    )


def labels_file(path: Path, knob: str) -> Path:
    """Return the file with the labels, beside the traffic or where the run is started."""
    file = beside(path, knob)
    if file is None:
        raise error(path, f"traffic.labels: no file {shown(knob)}, beside the traffic or here")
    return file


def _words(file: Path) -> list[str]:
    words: list[str] = []
    with open_source(Place(file)) as source:
        for block in read_blocks(source):
            rows = csv.reader(line.decode() for line in block.lines if line.strip())
            words += [row[-1].strip() for row in rows]
    return words


def _is_label(words: list[str]) -> bool:
    """Tell whether the first word is a label, too, and no header."""
    return words[0] in words[1:]
