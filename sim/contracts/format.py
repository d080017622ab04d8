"""What every format of traffic files must keep."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

import numpy as np

from sim.errors import TrafficError
from sim.traffic.files import FlowTable, read_flows
from sim.traffic.files.format import Format

_CUTS = 40


def check_table(table: FlowTable) -> None:
    """Assert what holds for any table that was read."""
    rows, width = table.flows.shape
    assert rows >= 1
    assert 2 <= width == len(table.features) == len(set(table.features))
    assert table.flows.dtype == np.float32
    assert table.flows.flags.c_contiguous
    assert np.isfinite(table.flows).all()
    assert table.labels.dtype == np.int16
    assert table.labels.shape == (rows,)
    assert table.labels.min() >= -1
    assert table.labels.max() < len(table.classes)
    assert table.classes[0] == "benign"
    assert table.groups is None or table.groups.shape == (rows,)
    assert all(t.isprintable() for t in (*table.features, *table.classes, *table.notes))


class FormatContract:
    """Inherit it under a name that begins with `Test`, and define the two functions.

    The format must be installed, or in the catalogue, under its own name.
    """

    packs: bool = True
    """Whether a file of it may be compressed and have other ends of line."""

    def make(self) -> Format:
        """The format."""
        raise NotImplementedError

    def sample(self) -> tuple[bytes, tuple[str, ...], int]:
        """The content of a small file, the classes in it (`benign` first), and how many flows."""
        raise NotImplementedError

    def _read(self, content: bytes, form: str = "auto") -> FlowTable:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "flows.dat"
            path.write_bytes(content)
            return read_flows(path, format=form)

    def _is_the_sample(self, table: FlowTable) -> None:
        _, classes, rows = self.sample()
        check_table(table)
        assert table.format == self.make().name
        assert table.classes == classes
        assert len(table.flows) == rows

    def test_it_says_one_name(self) -> None:
        """By which a configuration calls it, and a record says that it was used."""
        made = self.make()
        assert made.name.isprintable()
        assert made.summary.isprintable()

    def test_it_is_recognised_by_content(self) -> None:
        """Whatever the file is called."""
        self._is_the_sample(self._read(self.sample()[0]))

    def test_it_can_be_asked_for(self) -> None:
        """By its name."""
        self._is_the_sample(self._read(self.sample()[0], self.make().name))

    def test_it_may_be_packed_and_have_other_line_ends(self) -> None:
        """As people send it."""
        content = self.sample()[0]
        if self.packs:
            self._is_the_sample(self._read(gzip.compress(content, mtime=0)))
            self._is_the_sample(self._read(content.replace(b"\n", b"\r\n")))

    def test_reading_again_gives_the_same(self) -> None:
        """To the bit: a result depends on it."""
        one, other = (self._read(self.sample()[0]) for _ in range(2))
        assert one.features == other.features
        assert one.flows.tobytes() == other.flows.tobytes()
        assert one.labels.tobytes() == other.labels.tobytes()

    def test_a_file_that_is_cut_is_read_or_refused_in_one_line(self) -> None:
        """Nothing else may come of it."""
        content = self.sample()[0]
        for at in range(0, len(content), max(1, len(content) // _CUTS)):
            try:
                check_table(self._read(content[:at]))
            except TrafficError as error:
                message = str(error)
                assert message.isprintable(), message
                assert len(message) < 700, message
