"""The unpacked bytes of one file or member, by content, never unpacked without bound."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from sim.traffic.files.magic import is_tar
from sim.traffic.files.places import Place, check_regular, reason
from sim.traffic.files.text import error, shown

MAX_BYTES = 4 << 30
"""Most bytes that a file may have once unpacked."""

MAX_RATIO = 200
"""Most bytes out per compressed byte in, once `RATIO_FROM` bytes are out; traffic has 5 to 50."""

RATIO_FROM = 64 << 20

MAX_DIRECTORY = 64 << 20
"""Most bytes of a zip archive's list of members, which `zipfile` reads whole."""

BLOCK = 4 << 20
"""Bytes read at a time."""

_UNPACKING = (
    EOFError,
    zlib.error,
    gzip.BadGzipFile,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
)


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
            if self._packed is not None and not getattr(e, "errno", None):
                raise error(self.path, "the compressed file is damaged") from e
            raise error(self.path, f"cannot be read: {shown(e)}") from e
        self._out += len(data)
        check_ratio(self.path, self._out, self._packed)
        return data


def check_ratio(path: Path, unpacked: int, packed: int | None) -> None:
    """Raise `TrafficError` when so many bytes came out of `packed` ones, None for a plain file."""
    if unpacked > MAX_BYTES:
        raise error(path, f"unpacks to more than {MAX_BYTES >> 30} GiB")
    if packed is not None and unpacked > max(RATIO_FROM, MAX_RATIO * packed):
        raise error(
            path, f"unpacks to more than {MAX_RATIO} times its size: not traffic, or a zip bomb"
        )


class Unpacked(io.RawIOBase):
    """A decompressed stream that can be sought in, under the same limits."""

    def __init__(self, path: Path, stream: IO[bytes], packed: int | None) -> None:
        self._path = path
        self._stream = stream
        self._packed = packed

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes."""
        data = self._stream.read(min(size, BLOCK) if size >= 0 else BLOCK)
        check_ratio(self._path, self._stream.tell(), self._packed)
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place, which is counted as read."""
        place = offset if whence == 0 else self._stream.tell() + offset
        while self._stream.tell() < place and self.read(place - self._stream.tell()):
            pass
        return self._stream.seek(place)

    def tell(self) -> int:
        """Return the place."""
        return self._stream.tell()

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def seekable(self) -> bool:
        """Return that it can be sought in."""
        return True


def decompressed(raw: IO[bytes]) -> IO[bytes] | None:
    """Return the unpacked stream of a gzip, bzip2 or xz file; None where it is none of them."""
    start = raw.read(6)
    raw.seek(0)
    if start[:2] == b"\x1f\x8b":
        return gzip.GzipFile(fileobj=raw, mode="rb")  # type: ignore[return-value]
    if start[:3] == b"BZh":
        return bz2.BZ2File(raw)
    if start == b"\xfd7zXZ\x00":
        return lzma.LZMAFile(raw)
    return None


@contextmanager
def open_source(place: Place) -> Iterator[Source]:
    """Open a traffic file, or a member of an archive, for reading its unpacked bytes.

    Raises:
        TrafficError: It is missing, unreadable, empty, or damaged.
    """
    size = check_regular(place.path)
    with ExitStack() as stack:
        try:
            raw = stack.enter_context(place.path.open("rb"))
        except OSError as e:
            raise error(place.path, f"cannot be opened: {reason(e)}") from e
        if not place.member:
            unpacked = decompressed(raw)
            packed = None if unpacked is None else size
            yield Source(place.name, unpacked or raw, packed)
            return
        member = stack.enter_context(_open_member(place, raw, size))
        inner = decompressed(member) if member.seekable() else None
        yield Source(place.name, inner or member, size)


@contextmanager
def _open_member(place: Place, raw: IO[bytes], size: int) -> Iterator[IO[bytes]]:
    with open_archive(place.path, raw, size) as archive:
        if archive is None:
            raise error(place.path, "is no archive any more")
        if isinstance(archive, zipfile.ZipFile) and place.member in archive.NameToInfo:
            check_ratio(place.path, archive.getinfo(place.member).file_size, None)
        try:
            if isinstance(archive, zipfile.ZipFile):
                member: IO[bytes] | None = archive.open(place.member)
            else:
                member = archive.extractfile(place.member)
        except (*_UNPACKING, KeyError, OSError, ValueError, RuntimeError, NotImplementedError) as e:
            raise error(place.name, "the archive is damaged or packed in an unknown way") from e
        if member is None:
            raise error(place.name, "is no file of the archive")
        with member:
            yield member


@contextmanager
def open_archive(
    path: Path, raw: IO[bytes], size: int
) -> Iterator[zipfile.ZipFile | tarfile.TarFile | None]:
    """Open a zip or tar archive, plain or compressed; None for any other file.

    Raises:
        TrafficError: It is cut or damaged.
    """
    start = raw.read(512)
    raw.seek(0)
    if start[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        _check_directory(path, raw, size)
        try:
            with zipfile.ZipFile(raw) as archive:
                yield archive
        except (zipfile.BadZipFile, NotImplementedError) as e:
            raise error(path, "the zip archive is cut or damaged") from e
        return
    unpacked = decompressed(raw)
    try:
        start = unpacked.read(512) if unpacked is not None else start
    except (*_UNPACKING, OSError):
        start = b""  # said when its rows are read
    raw.seek(0)
    if not is_tar(start):
        yield None
        return
    unpacked = decompressed(raw)
    stream = raw if unpacked is None else Unpacked(path, unpacked, size)
    try:
        with tarfile.open(fileobj=stream, mode="r:") as tar:
            yield tar
    except (*_UNPACKING, OSError) as e:
        raise error(path, "the tar archive is cut or damaged") from e


def _check_directory(path: Path, raw: IO[bytes], size: int) -> None:
    """Refuse a zip archive that claims a list of members without end."""
    raw.seek(max(size - (1 << 16) - 22, 0))
    tail = raw.read()
    raw.seek(0)
    ends = ((b"PK\x05\x06", 12, 4), (b"PK\x06\x06", 40, 8))
    found = [(tail.rfind(mark), at, width) for mark, at, width in ends]
    claims = [
        int.from_bytes(tail[e + at : e + at + width], "little") for e, at, width in found if e >= 0
    ]
    if any(MAX_DIRECTORY < claim != 0xFFFFFFFF for claim in claims):
        raise error(path, "the zip archive is cut or damaged: its list of members has no end")
