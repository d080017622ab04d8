"""Labels that are in the names of files: N-BaIoT's `benign_traffic.csv`, `mirai_attacks/ack.csv`.

Where a published set has a file for each attack, its flows bear no label of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath, PurePosixPath

import numpy as np

from sim.traffic.files.column import Texts
from sim.traffic.files.places import Place
from sim.traffic.files.wording import names_attack, names_benign

_ENDINGS = frozenset(
    (
        ".csv", ".tsv", ".txt", ".log", ".json", ".jsonl", ".ndjson", ".arff", ".data", ".parquet",
        ".feather", ".arrow", ".pcap", ".pcapng", ".binetflow", ".labeled", ".gz", ".bz2", ".xz",
        ".zip", ".tar", ".tgz",
    )
)  # fmt: skip

Files = Sequence[tuple[Place, int]]
"""The files of a source that were read, and how many rows each of them has."""


def names_of(places: Sequence[Place]) -> list[str]:
    """Return what tells files apart: their paths, from where they part, without endings."""
    paths = [(*place.path.parts, *PurePosixPath(place.member).parts) for place in places]
    folders = [path[:-1] for path in paths]
    common = 0
    while len({folder[: common + 1] for folder in folders}) == 1 and common < len(folders[0]):
        common += 1
    return ["/".join((*path[common:-1], _stem(path[-1]))) for path in paths]


def _stem(name: str) -> str:
    path = PurePath(name)
    while path.suffix.casefold() in _ENDINGS and path.stem:
        path = PurePath(path.stem)
    return path.name


def tell_truth(files: Files) -> bool:
    """Tell whether each name says what is in its file, of some benign traffic, of some attacks."""
    names = names_of([place for place, _ in files])
    benign, attacks = map(names_benign, names), list(map(names_attack, names))
    told = [b or a for b, a in zip(benign, attacks, strict=True)]
    return all(told) and any(attacks) and not all(attacks)


def column_of(files: Files) -> Texts:
    """Return the column with the name of its file for each row."""
    names = names_of([place for place, _ in files])
    words = list(dict.fromkeys(names))
    codes = [
        np.full(rows, words.index(n), np.int32) for n, (_, rows) in zip(names, files, strict=True)
    ]
    return Texts(np.concatenate(codes), tuple(words))
