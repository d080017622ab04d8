"""A checkpoint as a file: an ordinary `.npz` without objects, sealed by a checksum.

The arrays of one type lie one behind the other in one member of the archive; `index` names them.
The comment at the end of the archive is a BLAKE2b-256 over every byte before it, so that any damage
is noticed before anything is read as what it claims to be.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.checkpoint import Checkpoint, header_from, header_text
from sim.checkpoint.tree import State
from sim.errors import CheckpointError, RunDirectoryError
from sim.machine import files
from sim.text import shown

SEAL = 64
"""Bytes of the seal: a BLAKE2b-256 in hex."""
LARGEST = 8 << 30
"""No checkpoint has more bytes."""
_BLOCK = 1 << 20
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Equal checkpoints are equal files."""
_KINDS = "biuf"
"""Types of arrays without objects."""
_UNREADABLE = (
    ArithmeticError,
    EOFError,
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


def write(checkpoint: Checkpoint, file: Path) -> None:
    """Write a checkpoint whole or not at all, readable by its owner only.

    Raises:
        OSError: it cannot be written; no part of it is left behind.
    """
    with files.replacing(file) as stream:
        _write_archive(checkpoint, stream)
        seal = _digest(stream, stream.seek(0, os.SEEK_END) - SEAL)
        stream.seek(-SEAL, os.SEEK_END)
        stream.write(seal)


def read(file: Path) -> Checkpoint:
    """Read a checkpoint that is whole.

    Raises:
        CheckpointError: it is damaged, of another format, or none; the message says which.
    """
    try:
        with files.reading(file, largest=LARGEST) as stream:
            _check_seal(stream)
            stream.seek(0)
            return _read_archive(stream)
    except CheckpointError:
        raise
    except RunDirectoryError as error:
        raise CheckpointError(str(error).partition(": ")[2]) from None
    except _UNREADABLE as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise CheckpointError(f"cannot be read ({shown(reason, 60)})") from error


def _check_seal(stream: IO[bytes]) -> None:
    content = os.fstat(stream.fileno()).st_size - SEAL
    if content < 0:
        raise CheckpointError("is cut off")
    seal = _digest(stream, content)
    stream.seek(content)
    if stream.read(SEAL) != seal:
        raise CheckpointError("is damaged: its checksum is wrong")


def _digest(stream: IO[bytes], size: int) -> bytes:
    """BLAKE2b-256 of the first `size` bytes, in hex."""
    digest = hashlib.blake2b(digest_size=SEAL // 2)
    stream.seek(0)
    while size > 0 and (block := stream.read(min(_BLOCK, size))):
        digest.update(block)
        size -= len(block)
    return digest.hexdigest().encode()


# -- the archive -----------------------------------------------------------------------------------


def _write_archive(checkpoint: Checkpoint, stream: IO[bytes]) -> None:
    by_type: dict[str, list[NDArray[np.generic]]] = {}
    index: list[tuple[str, str, tuple[int, ...]]] = []
    for name, array in checkpoint.state.items():
        by_type.setdefault(array.dtype.str[1:], []).append(array.ravel())
        index.append((name, array.dtype.str[1:], array.shape))
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        archive.comment = b"0" * SEAL
        _put(archive, "header", _bytes(header_text(checkpoint.header)))
        _put(archive, "index", _bytes(json.dumps(index)))
        for kind, arrays in by_type.items():
            _put(archive, kind, np.concatenate(arrays))


def _put(archive: zipfile.ZipFile, name: str, array: NDArray[np.generic]) -> None:
    if array.dtype.kind not in _KINDS:
        raise CheckpointError(f"an array of {array.dtype} is nothing that can be saved")
    with archive.open(zipfile.ZipInfo(f"{name}.npy", _EPOCH), "w", force_zip64=True) as member:
        np.lib.format.write_array(member, array, allow_pickle=False)


def _read_archive(stream: IO[bytes]) -> Checkpoint:
    with np.load(stream, allow_pickle=False) as archive:
        header = header_from(_text(archive["header"]))
        index = json.loads(_text(archive["index"]))
        packed = {kind: archive[kind] for kind in dict.fromkeys(kind for _, kind, _ in index)}
    return Checkpoint(header, _unpacked(index, packed))


def _unpacked(
    index: list[tuple[str, str, list[int]]], packed: dict[str, NDArray[np.generic]]
) -> State:
    state: State = {}
    ends = dict.fromkeys(packed, 0)
    for name, kind, shape in index:
        start = ends[kind]
        ends[kind] = end = start + int(np.prod(shape, dtype=np.int64))
        state[name] = packed[kind][start:end].reshape(shape)
    return state


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _text(array: NDArray[np.uint8]) -> str:
    return array.tobytes().decode()
