"""Flows with known truth as a plain table, and what is to be the same however they are written."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import numpy as np

from sim.traffic.files import FlowTable

Row = dict[str, object]
Cell = Callable[[Row], object]
ROWS = 200


def made() -> list[Row]:
    random = Random(5)
    return [
        {
            "proto": random.choice(["tcp", "udp", "icmp"]),
            "dst_port": random.choice([80, 443, 53, 22, 40_000 + at]),
            "duration": round(random.expovariate(1), 6),
            "src_bytes": random.randrange(1000, 90_000),
            "pkts": random.randrange(1, 60),
            "truth": random.choice(["DoS", "XSS"]) if random.random() < 0.2 else "",
        }
        for at in range(ROWS)
    ]


FLOWS = made()
ATTACKS = sum(bool(row["truth"]) for row in FLOWS)


def binary(row: Row) -> object:
    return int(bool(row["truth"]))


def text(columns: dict[str, Cell] | None = None, delimiter: str = ",", label: str = "label") -> str:
    """The flows as a table with some columns replaced or added, then the label."""
    names = ["proto", "dst_port", "duration", "src_bytes", "pkts"]
    cells: dict[str, Cell] = {n: (lambda row, n=n: row[n]) for n in names}
    cells |= columns or {}
    if label:
        cells.setdefault(label, binary)
    lines = [delimiter.join(cells)]
    lines += [delimiter.join(str(cell(row)) for cell in cells.values()) for row in FLOWS]
    return "\n".join(lines) + "\n"


def same(found: FlowTable, plain: FlowTable) -> None:
    assert found.features == plain.features, found.notes
    assert np.allclose(found.flows, plain.flows, atol=1e-3)
    assert found.classes == plain.classes
    assert (found.labels == plain.labels).all()


def joined(*lines: str) -> str:
    return "\n".join(lines) + "\n"
