"""A disk that can be made slow, full or faulty: a VFS between SQLite and the real one.

It is only there while somebody wants trouble: a ledger without one talks to the disk itself. The
method is that of SQLite's own tests (https://sqlite.org/testing.html, "I/O error testing").
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import apsw

Operation: TypeAlias = Literal["open", "read", "write", "sync", "truncate", "size", "delete"]
"""What SQLite asks a disk to do; shared memory and locks are not among it."""

Plan: TypeAlias = Callable[[Operation, str], None]
"""Called before each operation with the name of the file; may sleep, or raise an `apsw.Error`."""

_numbers: Final = itertools.count(1)


class Disk(apsw.VFS):
    """A VFS with a name of its own, through which connections reach the default one.

    Args:
        plan: what happens to each operation.
    """

    def __init__(self, plan: Plan) -> None:
        self.name = f"decsim-{next(_numbers)}"
        self.plan = plan
        self.real = apsw.vfs_names()[0]
        """Name of the default VFS."""
        super().__init__(self.name, base=self.real)

    def xOpen(  # noqa: N802
        self, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> apsw.VFSFile:
        """Open a file whose operations are announced to the plan."""
        text = name.filename() if isinstance(name, apsw.URIFilename) else name
        self.plan("open", _short(text))
        return _File(self, name, flags, _short(text))

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        """Delete a file."""
        self.plan("delete", _short(filename))
        super().xDelete(filename, syncdir)

    def excepthook(self, etype: Any, evalue: Any, etraceback: Any) -> bool:
        """SQLite asks for some things without wanting to know whether they worked."""
        return True


class _File(apsw.VFSFile):
    """One open file."""

    def __init__(
        self, disk: Disk, name: str | apsw.URIFilename | None, flags: list[int], short: str
    ) -> None:
        self._disk = disk
        self._name = short
        super().__init__(disk.real, name, flags)

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        self._disk.plan("read", self._name)
        return super().xRead(amount, offset)

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802
        self._disk.plan("write", self._name)
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.plan("sync", self._name)
        super().xSync(flags)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._disk.plan("truncate", self._name)
        super().xTruncate(newsize)

    def xFileSize(self) -> int:  # noqa: N802
        self._disk.plan("size", self._name)
        return super().xFileSize()

    def excepthook(self, etype: Any, evalue: Any, etraceback: Any) -> bool:
        """As for the disk itself."""
        return True


def _short(name: str | None) -> str:
    return Path(name).name if name else "temporary"
