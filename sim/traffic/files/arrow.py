"""Parquet and Arrow (Feather, files and streams), where pyarrow is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import TrafficError
from sim.traffic.files.column import MISSING_WORDS, Cells, Column
from sim.traffic.files.format import Format
from sim.traffic.files.layout import MAX_COLUMNS
from sim.traffic.files.schema import Kind
from sim.traffic.files.text import error, shown


class ArrowFile:
    """One open Parquet or Arrow file.

    Args:
        path: The file.
        form: `Parquet`, `Feather` or `Arrow`, which is a stream.

    Raises:
        TrafficError: pyarrow is not installed, or the file is damaged.
    """

    def __init__(self, path: Path, form: str) -> None:
        try:
            import pyarrow as pa
        except ImportError as e:
            raise error(path, f"{form} needs pyarrow: pip install pyarrow") from e
        self._path = path
        self._form = form
        self._damage: tuple[type[Exception], ...] = (pa.ArrowException, OSError, ValueError)
        try:
            self._file: Any = _OPENED[form](pa, path)
        except self._damage as e:
            raise self._broken(e) from e
        schema = self._file.schema_arrow if form == "Parquet" else self._file.schema
        self.columns: list[str] = list(schema.names)
        if len(self.columns) > MAX_COLUMNS:
            raise error(path, f"{len(self.columns):,} columns; expected at most {MAX_COLUMNS:,}")

    def _broken(self, e: Exception) -> TrafficError:
        return error(self._path, f"not a readable {self._form} file: {shown(e)}")

    def _batches(self, names: list[str]) -> Iterator[Any]:
        if self._form == "Parquet":
            yield from self._file.iter_batches(columns=names)
            return
        if self._form == "Arrow":
            yield from self._file
            return
        for at in range(self._file.num_record_batches):
            yield self._file.get_batch(at)

    def fill(self, columns: dict[str, Column], room: int) -> int:
        """Read up to `room` rows into `columns` and return how many there were."""
        rows = 0
        try:
            for batch in self._batches(list(columns)):
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
            raise self._broken(e) from e
        return rows


def _open_parquet(_: Any, path: Path) -> Any:
    import pyarrow.parquet as pq

    return pq.ParquetFile(path)


_OPENED: dict[str, Callable[[Any, Path], Any]] = {
    "Parquet": _open_parquet,
    "Feather": lambda pa, path: pa.ipc.open_file(path),
    "Arrow": lambda pa, path: pa.ipc.open_stream(pa.OSFile(str(path))),
}


def _cells(values: list[object], column: Column) -> Cells:
    if not column.textual and all(v is None or type(v) in (int, float) for v in values):
        return np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    cells = np.empty(len(values), dtype=np.object_)
    keep = column.kind is Kind.LABEL
    cells[:] = [None if v is None or v != v else _text(v) for v in values]
    if not keep:
        cells[:] = [None if c in MISSING_WORDS else c for c in cells]
    return cells


def _text(value: object) -> str:
    return (
        value.decode("utf-8", "replace").strip() if isinstance(value, bytes) else str(value).strip()
    )


PARQUET = Format("parquet", "Parquet", magic=b"PAR1", open=lambda path: ArrowFile(path, "Parquet"))
FEATHER = Format(
    "feather",
    "Feather, an Arrow file",
    magic=b"ARROW1",
    open=lambda path: ArrowFile(path, "Feather"),
)
STREAM = Format(
    "arrow",
    "an Arrow stream",
    magic=b"\xff\xff\xff\xff",
    open=lambda path: ArrowFile(path, "Arrow"),
)
