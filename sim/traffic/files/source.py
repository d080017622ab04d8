"""Opening a traffic file: plain, gzip or zip, by content, never unpacked without bound."""

from __future__ import annotations

import gzip
import io
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sim.traffic.files.text import error, shown

MAX_BYTES = 4 << 30
"""Most bytes that a file may have once unpacked."""

MAX_RATIO = 200
"""Most bytes out per compressed byte in, once `RATIO_FROM` bytes are out; traffic has 5 to 50."""

RATIO_FROM = 64 << 20

BLOCK = 4 << 20
"""Bytes read at a time."""

_MAGIC = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\xd4\xc3\xb2\xa1", "a packet capture; turn it into flows first, for example with Zeek"),
    (b"\xa1\xb2\xc3\xd4", "a packet capture; turn it into flows first, for example with Zeek"),
    (b"\x0a\x0d\x0d\x0a", "a packet capture; turn it into flows first, for example with Zeek"),
    (b"\xfd7zXZ\x00", "xz-compressed; unpack it first (.gz and .zip are read as they are)"),
    (b"BZh", "bzip2-compressed; unpack it first (.gz and .zip are read as they are)"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed; unpack it first (.gz and .zip are read as they are)"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it first (.gz and .zip are read as they are)"),
    (b"\x93NUMPY", "a NumPy array; save it as CSV with column names"),
    (b"\xff\xfe", "text in UTF-16; save it as UTF-8"),
    (b"\xfe\xff", "text in UTF-16; save it as UTF-8"),
    (b"\x1f\x8b", "compressed twice; unpack it once"),
    (b"PK\x03\x04", "compressed twice; unpack it once"),
    (b"PAR1", "Parquet inside an archive; unpack it first"),
)
_WEB = (b"<!doctype", b"<html", b"<head", b"<?xml", b"<svg")
_UNPACKING = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile)


class Source:
    """The unpacked bytes of one file, read block by block under the limits above."""

    def __init__(self, path: Path, stream: IO[bytes], packed: int | None) -> None:
        """Wrap an open stream; `packed` is the compressed size, None for a plain file."""
        self.path = path
        self._stream = stream
        self._packed = packed
        self._out = 0

    def read(self, size: int = BLOCK) -> bytes:
        """Return up to `size` bytes, none at the end.

        Raises:
            TrafficError: The archive is cut or damaged, or unpacks to too much.
        """
        try:
            data = self._stream.read(size)
        except _UNPACKING as e:
            what = "ends early" if isinstance(e, EOFError) else "is damaged"
            raise error(
                self.path, f"the compressed file {what} after {self._out:,} unpacked bytes"
            ) from e
        except (OSError, RuntimeError, NotImplementedError) as e:
            raise error(self.path, f"cannot be read: {shown(e)}") from e
        self._out += len(data)
        if self._out > MAX_BYTES:
            raise error(self.path, f"unpacks to more than {MAX_BYTES >> 30} GiB")
        if self._packed is not None and self._out > max(RATIO_FROM, MAX_RATIO * self._packed):
            raise error(
                self.path,
                f"unpacks to more than {MAX_RATIO} times its size: not traffic, or a zip bomb",
            )
        return data


def is_parquet(path: Path) -> bool:
    """Tell whether a regular file begins as Parquet does.

    Raises:
        TrafficError: It is missing, unreadable, empty or not a regular file.
    """
    check_regular(path)
    try:
        with path.open("rb") as f:
            return f.read(4) == b"PAR1"
    except OSError as e:
        raise error(path, f"cannot be opened: {_reason(e)}") from e


def check_regular(path: Path) -> int:
    """Return the size of a regular, readable, non-empty file; raise `TrafficError` otherwise."""
    try:
        found = path.stat()
    except FileNotFoundError as e:
        raise error(path, "no such file") from e
    except (OSError, ValueError) as e:
        raise error(path, f"cannot be opened: {_reason(e)}") from e
    if stat.S_ISDIR(found.st_mode):
        raise error(path, "is a directory; expected a traffic file")
    if not stat.S_ISREG(found.st_mode):
        raise error(path, "is not a regular file")
    if not os.access(path, os.R_OK):
        raise error(path, "permission denied")
    if found.st_size == 0:
        raise error(path, "is empty; expected traffic")
    return found.st_size


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open a traffic file for reading its unpacked bytes.

    Raises:
        TrafficError: It is missing, unreadable, empty, or an archive that is not one data file.
    """
    size = check_regular(path)
    try:
        raw = path.open("rb")
    except OSError as e:
        raise error(path, f"cannot be opened: {_reason(e)}") from e
    with raw:
        start = raw.read(4)
        raw.seek(0)
        if start[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=raw, mode="rb") as unpacked:
                yield Source(path, io.BufferedReader(unpacked, BLOCK), size)
        elif start[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
            with _open_member(path, raw) as member:
                yield Source(path, member, size)
        else:
            yield Source(path, raw, None)


@contextmanager
def _open_member(path: Path, raw: IO[bytes]) -> Iterator[IO[bytes]]:
    try:
        archive = zipfile.ZipFile(raw)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as e:
        raise error(path, "the zip archive is cut or damaged") from e
    with archive:
        members = [m for m in archive.infolist() if not _is_litter(m)]
        if len(members) != 1:
            raise error(path, f"the zip archive has {len(members)} files; expected exactly one")
        if members[0].flag_bits & 1:
            raise error(path, "the zip archive is encrypted; unpack it first")
        if members[0].file_size > MAX_BYTES:
            raise error(path, f"unpacks to more than {MAX_BYTES >> 30} GiB")
        try:
            member = archive.open(members[0])
        except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError) as e:
            raise error(path, "the zip archive is damaged or packed in an unknown way") from e
        with member:
            yield member


def _is_litter(member: zipfile.ZipInfo) -> bool:
    """Folders and what macOS adds to every archive."""
    name = member.filename
    return member.is_dir() or name.startswith("__MACOSX/") or name.endswith(".DS_Store")


def check_text(path: Path, start: bytes) -> None:
    """Raise `TrafficError` when the first unpacked bytes are those of something else than text."""
    for magic, what in _MAGIC:
        if start.startswith(magic):
            raise error(path, f"is {what}")
    if start.lstrip()[:9].lower().startswith(_WEB):
        raise error(path, "is a web page or XML, not traffic")
    if b"\x00" in start[: 64 << 10]:
        raise error(path, "is binary, not text; expected CSV, Zeek or Parquet")


def _reason(e: Exception) -> str:
    return shown(e.strerror) if isinstance(e, OSError) and e.strerror else shown(e)
