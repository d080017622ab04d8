"""Files that somebody else may have put there: opened as files, or not at all.

A run directory may come from a stranger. A link in it would lead out of it, a pipe or device would
be waited for, a hard link would let what is written here change a file somewhere else. So every
file of a run is looked at through the descriptor that is then read or written: it must be a plain
file, no link, no larger than such a file can be, and of somebody who may write there anyway.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from sim.errors import RunDirectoryError
from sim.text import shown

PRIVATE: Final = 0o600
"""Mode of every file that is written."""
PRIVATE_FOLDER: Final = 0o700
"""Mode of every folder that is made."""
LARGEST: Final = 64 << 30
"""No file of a run is larger, bytes."""
_HOLES_FROM: Final = 1 << 30
"""From this size on a file must have some substance: most of one that claims more may be holes."""
_HOLES: Final = 64
"""Times that a file may be larger than what it takes on the disk."""
_SAFE: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_KINDS: Final[tuple[tuple[Callable[[int], bool], str], ...]] = (
    (stat.S_ISLNK, "a link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def check(file: Path, *, largest: int = LARGEST, writing: bool = False) -> os.stat_result | None:
    """Make sure that a file of a run can be handed to somebody who opens it by its name.

    Args:
        file: it need not exist.
        largest: most bytes.
        writing: it is going to be changed in place.

    Returns:
        Its status, or None where there is none.

    Raises:
        RunDirectoryError: it is no plain file, too large, or somebody else's.
        OSError: it cannot be looked at.
    """
    try:
        status = file.lstat()
    except FileNotFoundError:
        return None
    _check_status(file, status, largest, writing=writing)
    return status


def check_folder(folder: Path) -> None:
    """Make sure that a folder is one, and no link to another.

    Raises:
        RunDirectoryError: it is something else.
        OSError: it cannot be looked at; `FileNotFoundError` where there is none.
    """
    mode = folder.lstat().st_mode
    if not stat.S_ISDIR(mode):
        raise RunDirectoryError(f"{shown(folder)}: is {kind_of(mode)}, expected a folder")


def kind_of(mode: int) -> str:
    """What something is that has this mode, in words."""
    return next((words for test, words in _KINDS if test(mode)), "a file")


@contextmanager
def reading(file: Path, *, largest: int = LARGEST) -> Iterator[IO[bytes]]:
    """A plain file of a run, open for reading.

    Raises:
        RunDirectoryError: it is no plain file, too large, or somebody else's.
        OSError: it cannot be read; `FileNotFoundError` where there is none.
    """
    handle = _opened(file, os.O_RDONLY, largest)
    with os.fdopen(handle, "rb") as stream:
        yield stream


def read_text(file: Path, *, largest: int) -> str:
    """The text of a small file, ASCII; other bytes come out escaped.

    Raises:
        RunDirectoryError: it is no plain file, or larger than `largest` bytes.
        OSError: it cannot be read.
    """
    with reading(file, largest=largest) as stream:
        return stream.read(largest).decode("ascii", "backslashreplace")


def open_for_writing(file: Path, *, append: bool = False) -> int:
    """A descriptor of a plain file of a run that may be changed in place; made if it is missing.

    Raises:
        RunDirectoryError: it is no plain file, has another name besides, or is somebody else's.
        OSError: it cannot be opened.
    """
    flags = os.O_RDWR | os.O_CREAT | (os.O_APPEND if append else 0)
    return _opened(file, flags, LARGEST, writing=True)


def append_text(file: Path, text: str) -> None:
    """Append to a log of a run.

    Raises:
        RunDirectoryError: it is no plain file of the run.
        OSError: it cannot be written.
    """
    handle = open_for_writing(file, append=True)
    with os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace") as stream:
        stream.write(text)


@contextmanager
def replacing(file: Path) -> Iterator[IO[bytes]]:
    """A new file that takes this name when the block ends well, whole or not at all.

    What had the name before is replaced and never written, even where it is a link.

    Raises:
        RunDirectoryError: the folder is a link to another, or a device has the name.
        OSError: it cannot be written; nothing is left behind.
    """
    folder = _open_folder(file.parent)
    building = f".{file.name[:100]}-{secrets.token_hex(8)}"
    try:
        with suppress(FileNotFoundError):
            mode = os.lstat(file.name, dir_fd=folder).st_mode
            if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
                raise RunDirectoryError(f"{shown(file)}: is a device, expected a plain file")
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | _SAFE
        handle = os.open(building, flags, PRIVATE, dir_fd=folder)
        try:
            with os.fdopen(handle, "w+b") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(building, file.name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(building, dir_fd=folder)
            raise
        with suppress(OSError):  # the name, too, against a power cut; some file systems cannot
            os.fsync(folder)
    finally:
        os.close(folder)


def write_whole(file: Path, text: str) -> None:
    """Write a small text file, readable by its owner only, whole or not at all.

    Raises:
        OSError: it cannot be written; nothing is left behind.
    """
    with replacing(file) as stream:
        stream.write(text.encode())


def _opened(file: Path, flags: int, largest: int, *, writing: bool = False) -> int:
    check(file, largest=largest, writing=writing)  # to open a device may already do something
    handle = os.open(file, flags | _SAFE, PRIVATE)
    try:
        _check_status(file, os.fstat(handle), largest, writing=writing)
    except BaseException:
        os.close(handle)
        raise
    return handle


def _open_folder(folder: Path) -> int:
    try:
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EMLINK):
            check_folder(folder)
        raise


def _check_status(file: Path, status: os.stat_result, largest: int, *, writing: bool) -> None:
    where = shown(file)
    if not stat.S_ISREG(status.st_mode):
        raise RunDirectoryError(f"{where}: is {kind_of(status.st_mode)}, expected a plain file")
    size = status.st_size
    if size > largest:
        raise RunDirectoryError(f"{where}: has {size:,} bytes, expected at most {largest:,}")
    if size > _HOLES_FROM and size > _HOLES * status.st_blocks * 512:
        raise RunDirectoryError(f"{where}: claims {size:,} bytes and is nearly all holes")
    if writing and status.st_nlink > 1:
        raise RunDirectoryError(
            f"{where}: has another name somewhere (a hard link), expected a file of its own;"
            " copy the folder"
        )
    owners = {0, os.geteuid(), file.parent.lstat().st_uid}
    if status.st_uid not in owners:
        raise RunDirectoryError(
            f"{where}: belongs to user {status.st_uid}, expected one who owns the folder"
        )
