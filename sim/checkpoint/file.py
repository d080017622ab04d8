"""A checkpoint as a file: an ordinary `.npz` without objects, sealed by a checksum.

The arrays of one type lie one behind the other in one member of the archive; `index` names them.
At the end of the archive stand a voucher, which only the user who wrote it could make, and a
BLAKE2b-256 over every byte before it, so that any damage is noticed before anything is read as what
it claims to be. A checkpoint without a right voucher is whole, and not to be believed.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from sim.checkpoint.checkpoint import Checkpoint, header_from, header_text
from sim.checkpoint.tree import State
from sim.errors import CheckpointError, RunDirectoryError
from sim.machine import files
from sim.machine.secret import voucher, vouches
from sim.text import shown

SEAL = 64
"""Bytes of the seal, and of the voucher before it: a BLAKE2b-256 in hex each."""
MOST_MEMBERS = 16
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
        digest = _digest(stream, stream.seek(0, os.SEEK_END) - 2 * SEAL)
        mine = voucher(digest.digest())
        digest.update(mine)
        stream.seek(-2 * SEAL, os.SEEK_END)
        stream.write(mine + digest.hexdigest().encode())


def read(file: Path) -> Checkpoint:
    """Read a checkpoint that is whole.

    Raises:
        CheckpointError: it is damaged, of another format, or none; the message says which.
    """
    try:
        with files.reading(file, largest=LARGEST) as stream:
            mine = _check_seal(stream)
            stream.seek(0)
            return replace(_read_archive(stream), vouched=mine)
    except CheckpointError:
        raise
    except RunDirectoryError as error:
        raise CheckpointError(str(error).partition(": ")[2]) from None
    except _UNREADABLE as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise CheckpointError(f"cannot be read ({shown(reason, 60)})") from error


def _check_seal(stream: IO[bytes]) -> bool:
    """Check the seal; returns whether the voucher is right, too."""
    size = os.fstat(stream.fileno()).st_size
    if size < SEAL:
        raise CheckpointError("is cut off")
    content = max(size - 2 * SEAL, 0)
    digest = _digest(stream, content)
    before = digest.digest()
    mine, seal = stream.read(size - SEAL - content), stream.read(SEAL)
    digest.update(mine)
    if digest.hexdigest().encode() != seal:
        raise CheckpointError("is damaged: its checksum is wrong")
    return vouches(mine, before)


def _digest(stream: IO[bytes], size: int) -> hashlib.blake2b:
    """BLAKE2b-256 of the first `size` bytes; the stream then stands behind them."""
    digest = hashlib.blake2b(digest_size=SEAL // 2)
    stream.seek(0)
    while size > 0 and (block := stream.read(min(_BLOCK, size))):
        digest.update(block)
        size -= len(block)
    return digest


# -- the archive -----------------------------------------------------------------------------------


def _write_archive(checkpoint: Checkpoint, stream: IO[bytes]) -> None:
    by_type: dict[str, list[NDArray[np.generic]]] = {}
    index: list[tuple[str, str, tuple[int, ...]]] = []
    for name, array in checkpoint.state.items():
        by_type.setdefault(array.dtype.str[1:], []).append(array.ravel())
        index.append((name, array.dtype.str[1:], array.shape))
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        archive.comment = b"0" * (2 * SEAL)
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
    with zipfile.ZipFile(stream) as archive:
        members = {info.filename: info for info in archive.infolist()}
        if len(members) != len(archive.infolist()) or len(members) > MOST_MEMBERS:
            raise CheckpointError("cannot be read (it is no archive of a checkpoint)")
        header = header_from(_text(_member(archive, members["header.npy"])))
        index = json.loads(_text(_member(archive, members["index.npy"])))
        kinds = dict.fromkeys(kind for _, kind, _ in index)
        if members.keys() != {"header.npy", "index.npy", *(f"{kind}.npy" for kind in kinds)}:
            raise CheckpointError("cannot be read (it has members that nobody wrote)")
        packed = {kind: _member(archive, members[f"{kind}.npy"]) for kind in kinds}
    return Checkpoint(header, _unpacked(index, packed))


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> NDArray[np.generic]:
    """The array of one member, which is never larger than the bytes that are there."""
    if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
        raise CheckpointError("cannot be read (it is packed, and nobody packs checkpoints)")
    data = archive.read(info)
    head = io.BytesIO(data)
    version = np.lib.format.read_magic(head)
    read_head = np.lib.format.read_array_header_1_0
    if version != (1, 0):
        read_head = np.lib.format.read_array_header_2_0
    shape, _, dtype = read_head(head)
    if dtype.kind not in _KINDS or len(shape) != 1:
        raise CheckpointError("cannot be read (it has an array of another kind)")
    if shape[0] * dtype.itemsize != len(data) - head.tell():
        raise CheckpointError("cannot be read (it claims another size than it has)")
    return np.frombuffer(data, dtype=dtype, offset=head.tell())


def _unpacked(
    index: list[tuple[str, str, list[int]]], packed: dict[str, NDArray[np.generic]]
) -> State:
    state: State = {}
    ends = dict.fromkeys(packed, 0)
    for name, kind, shape in index:
        if not isinstance(name, str) or name in state or packed[kind].dtype.str[1:] != kind:
            raise CheckpointError("cannot be read (it has an index that nobody wrote)")
        if not all(type(size) is int and size >= 0 for size in shape):
            raise CheckpointError("cannot be read (it has an array of an impossible shape)")
        start = ends[kind]
        ends[kind] = end = start + int(np.prod(shape, dtype=np.int64))
        state[name] = packed[kind][start:end].reshape(shape)
    if any(ends[kind] != len(array) for kind, array in packed.items()):
        raise CheckpointError("cannot be read (it has an index that nobody wrote)")
    return state


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _text(array: NDArray[np.generic]) -> str:
    return array.tobytes().decode()
