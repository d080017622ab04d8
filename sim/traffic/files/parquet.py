"""Parquet files, where pyarrow is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import TrafficError
from sim.traffic.files.column import MISSING_WORDS, Cells, Column
from sim.traffic.files.detect import MAX_COLUMNS
from sim.traffic.files.schema import Kind
from sim.traffic.files.source import check_regular
from sim.traffic.files.text import error, shown


class ParquetFile:
    """One open Parquet file.

    Raises:
        TrafficError: pyarrow is not installed, or the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        check_regular(path)
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError as e:
            raise error(path, "Parquet needs pyarrow: pip install pyarrow") from e
        self._path = path
        self._damage: tuple[type[Exception], ...] = (pa.ArrowException, OSError, ValueError)
        try:
            self._file: Any = pq.ParquetFile(path)
        except self._damage as e:
            raise error(path, f"not a readable Parquet file: {shown(e)}") from e
        self.columns: list[str] = list(self._file.schema_arrow.names)
        if len(self.columns) > MAX_COLUMNS:
            raise error(path, f"{len(self.columns):,} columns; expected at most {MAX_COLUMNS:,}")

    def fill(self, columns: dict[str, Column], room: int) -> int:
        """Read up to `room` rows into `columns` and return how many there were."""
        rows = 0
        try:
            for batch in self._file.iter_batches(columns=list(columns)):
                part = batch.slice(0, room - rows)
                lines = np.arange(rows + 1, rows + 1 + part.num_rows, dtype=np.int64)
                for name, column in columns.items():
                    column.add(_cells(part.column(name).to_pylist(), column), lines)
                rows += part.num_rows
                if rows >= room:
                    break
        except TrafficError:
            raise
        except self._damage as e:
            raise error(self._path, f"not a readable Parquet file: {shown(e)}") from e
        return rows


def _cells(values: list[object], column: Column) -> Cells:
    if not column.textual and all(v is None or type(v) in (int, float) for v in values):
        return np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    cells = np.empty(len(values), dtype=np.object_)
    keep = column.kind is Kind.LABEL
    cells[:] = [None if v is None else str(v).strip() for v in values]
    if not keep:
        cells[:] = [None if c in MISSING_WORDS else c for c in cells]
    return cells
