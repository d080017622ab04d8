"""Reading a traffic file: from its path to a `FlowTable`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import TrafficError
from sim.traffic.files import hosts, labels
from sim.traffic.files.column import Numbers, Texts, number_word
from sim.traffic.files.encoding import Encoder
from sim.traffic.files.gathering import Gathered, gather_parquet, gather_text
from sim.traffic.files.plan import HOST, Plan
from sim.traffic.files.schema import PLAIN, Kind
from sim.traffic.files.source import is_parquet, open_source
from sim.traffic.files.table import FlowTable
from sim.traffic.files.text import nearest, shown

FORMATS = (
    "auto",
    "nsl-kdd",
    "unsw-nb15",
    "cic-ids2017",
    "netflow-v2",
    "zeek-tsv",
    "zeek-json",
    "csv",
    "parquet",
)
"""What `read_flows` takes for `format`."""


def read_flows(
    path: Path,
    *,
    format: str = "auto",  # noqa: A002 - the name of the option
    label_column: str = "auto",
    deal_column: str = "",
    max_rows: int = 0,
) -> FlowTable:
    """Read a traffic file and encode its flows.

    Numbers become sign(x)·log(1 + |x|); categories become 0/1 columns; a destination port becomes a
    number and a flag for ports below 1024; row ids, times, addresses and source ports are left out,
    and so is every column that looks like a label. Missing and infinite numbers become the median
    of their column. `notes` tells what was done.

    Args:
        path: CSV (NSL-KDD, UNSW-NB15, CIC-IDS2017, NetFlow v2, or any with a header), Zeek conn.log
            (TSV or JSON lines), each plain, gzip or zip; or Parquet.
        format: One of `FORMATS`; `auto` recognises it by content.
        label_column: `auto`, `none` to leave the truth unknown, or the name of a column.
        deal_column: Column whose values go to `groups`; `host` for the internal host of a flow;
            empty for none.
        max_rows: Read at most this many rows from the start; 0 for all.

    Returns:
        N flows with D features, in file order.

    Raises:
        TrafficError: The file is not what it should be; one line naming file, line and column.
    """
    path = Path(path)
    if format not in FORMATS:
        hint = nearest(format, FORMATS)
        raise TrafficError(f"traffic format {shown(format)}: expected {', '.join(FORMATS)}{hint}")
    if max_rows < 0:
        raise TrafficError(f"max_rows is {max_rows}: expected 0 for all rows, or more")
    asked = Plan(PLAIN, label_column.strip(), deal_column.strip())
    if format == "parquet" or (format == "auto" and is_parquet(path)):
        return _encoded(path, gather_parquet(path, asked, max_rows), "parquet")
    with open_source(path) as source:
        found = gather_text(source, asked, format, max_rows)
    return _encoded(path, found, found.plan.schema.format)


def _encoded(path: Path, found: Gathered, name: str) -> FlowTable:
    """Turn the gathered columns into a table."""
    plan = found.plan
    choice = plan.truth(path, found.names)
    dealing = plan.dealing(path, found.names)
    encoder = Encoder(identifiers=[n for n in found.names if plan.kind(n) is Kind.IDENTIFIER])
    kept: dict[str, Numbers | Texts] = {}
    for column_name, column in found.columns.items():
        whole, kind = column.finish(), plan.kind(column_name)
        if column_name in (choice.coarse, choice.fine, *dealing):
            kept[column_name] = whole
        if kind not in (Kind.LABEL, Kind.IDENTIFIER):
            encoder.add(column_name, kind, whole)
    features, flows = encoder.matrix(path, found.rows)
    truth, classes, notes = labels.classify(
        path,
        found.rows,
        _texts(kept, choice.coarse),
        _texts(kept, choice.fine),
        fine_benign=plan.schema.fine_benign,
    )
    return FlowTable(
        path=path,
        format=name,
        features=features,
        flows=flows,
        labels=truth,
        classes=classes,
        groups=_groups(plan, kept, dealing),
        notes=(*found.notes, *encoder.notes(), *notes),
    )


def _texts(kept: dict[str, Numbers | Texts], name: str | None) -> Texts | None:
    """Return a kept column as texts, numbers written out; None for no column."""
    if name is None:
        return None
    column = kept[name]
    if isinstance(column, Texts):
        return column
    words, codes = np.unique(column.values, return_inverse=True)
    known = tuple(number_word(w) or "" for w in words.tolist())
    return Texts(codes.reshape(-1).astype(np.int32), known)


def _groups(
    plan: Plan, kept: dict[str, Numbers | Texts], dealing: tuple[str, ...]
) -> NDArray[np.object_] | None:
    columns = [texts for name in dealing if (texts := _texts(kept, name)) is not None]
    if not columns:
        return None
    if plan.deal_column == HOST:
        return hosts.internal_hosts(columns[0], columns[1])
    return hosts.names(columns[0])
