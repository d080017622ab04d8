"""Ledgers to read, write and spoil."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from ledger_samples import write

from sim.ledger.ledger import Ledger


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed ledger of three steps (19 chained rows), to be copied."""
    return write(tmp_path_factory.mktemp("pristine") / "ledger.db")


@pytest.fixture
def path(tmp_path: Path, pristine: Path) -> Path:
    """A closed ledger of three steps."""
    path = tmp_path / "ledger.db"
    shutil.copyfile(pristine, path)
    return path


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    """The same, open."""
    with closing(Ledger.open(path, retry_attempts=3, retry_base_s=0.001)) as ledger:
        yield ledger
