"""The machine code that numba keeps between two processes, and what is done when it is damaged.

A cache may never break what it speeds up. numba unpickles whatever lies there, so a full disk or a
power cut during the first compilation would end every later run, and a flipped bit would be run as
code. A digest beside the files tells; what does not fit it is compiled anew and replaced.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

from sim.errors import DecsimError
from sim.text import failure


class KernelCache:
    """The cached files of one kernel.

    Args:
        source: the file that the kernel is in.
        kernel: a dispatcher of numba.
    """

    def __init__(self, source: Path, kernel: Any) -> None:
        self._kernel = kernel
        self.name: str = kernel.__name__
        folder = getattr(getattr(kernel, "stats", None), "cache_path", None)
        self.folder = None if folder is None else Path(folder)
        """Where the files are; None where none can be kept."""
        self._source = source
        self._stem = f"{source.stem}.{self.name}-"

    @property
    def is_fresh(self) -> bool:
        """Whether there are files that are newer than the source."""
        with suppress(OSError):  # another process may be replacing them
            source = self._source.stat().st_mtime
            made = [f.stat().st_mtime for f in self._files() if f.suffix == ".nbi"]
            return any(when >= source for when in made)
        return False

    def compile(self, signature: Any) -> str:
        """Make the kernel ready: load it, else compile and keep it, else compile it.

        Returns:
            What was wrong with the cache, or nothing.

        Raises:
            DecsimError: it cannot be compiled at all.
        """
        trouble = ""
        attempts = [self._attempt, self._attempt, self._attempt_without]
        if self._is_strange():
            trouble = self._forget("is no file")
            attempts = attempts[2:] if self._is_strange() else attempts
        elif self._is_damaged():
            trouble = self._forget("does not fit its digest")
        for attempt in attempts:
            try:
                attempt(signature)
            except Exception as error:  # whatever unpickling damaged bytes ends in
                if attempt == self._attempt_without:
                    raise DecsimError(
                        f"the kernel {self.name} cannot be compiled ({_said(error)}); if it is the"
                        f" cache, delete {self.folder}"
                    ) from error
                trouble = self._forget(_said(error))
            else:
                break
        self._seal()
        return trouble

    def _attempt(self, signature: Any) -> None:
        try:
            self._kernel.compile(signature)
        except OSError:
            # Compiled, and then not written: everything that matters has worked.
            if not self._kernel.overloads:
                raise

    def _attempt_without(self, signature: Any) -> None:
        from numba.core.caching import NullCache

        self._kernel._cache = NullCache()
        self._kernel.compile(signature)

    def _files(self) -> list[Path]:
        if self.folder is None:
            return []
        return sorted(f for f in self.folder.glob(f"{self._stem}*") if f.suffix in (".nbi", ".nbc"))

    def _all_files(self) -> list[Path]:
        return [*self._files(), *([] if self._sum_file is None else [self._sum_file])]

    def _is_strange(self) -> bool:
        """Whether a device or a pipe lies there, of which reading never ends."""
        return any(f.exists() and not (f.is_file() or f.is_dir()) for f in self._all_files())

    def _digest(self) -> str:
        digest = hashlib.blake2b(digest_size=16)
        for file in self._files():
            digest.update(file.name.encode() + b"\0")
            digest.update(file.read_bytes())
        return digest.hexdigest()

    @property
    def _sum_file(self) -> Path | None:
        return None if self.folder is None else self.folder / f"{self._stem}digest"

    def _is_damaged(self) -> bool:
        """Whether the files are others than those that were written last."""
        if self._sum_file is None or not self._files():
            return False
        try:
            return self._sum_file.read_text(encoding="ascii", errors="replace") != self._digest()
        except FileNotFoundError:  # written by somebody who keeps no digest
            return False
        except OSError:
            return True

    def _seal(self) -> None:
        if self._sum_file is None:
            return
        with suppress(OSError):  # without it the files are taken as they are
            if self._sum_file.exists() and not self._is_damaged():
                return
            building = self._sum_file.with_name(f"{self._sum_file.name}.{secrets.token_hex(8)}")
            try:
                handle = os.open(building, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "w", encoding="ascii") as stream:
                    stream.write(self._digest())
                building.replace(self._sum_file)
            finally:
                building.unlink(missing_ok=True)

    def _forget(self, reason: str) -> str:
        """Remove the files; returns a line for people."""
        for file in self._all_files():
            with suppress(OSError):
                file.unlink()
        return f"the cached kernel {self.name} in {self.folder} {reason}: compiled anew"


def _said(error: Exception) -> str:
    return failure(error, 120)
