"""Checkpoint files: written whole or not at all, and never believed when they are damaged."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laboratory import EVENTFUL, advance, opened

from sim.checkpoint import file
from sim.checkpoint.checkpoint import Checkpoint
from sim.checkpoint.shelf import KEPT, Shelf
from sim.errors import CheckpointError


@pytest.fixture(scope="module")
def checkpoint() -> Checkpoint:
    with opened({"simulation.agents": 8}) as experiment:
        advance(experiment, 9, EVENTFUL)
        return experiment.take_checkpoint()


@pytest.fixture(scope="module")
def written(checkpoint: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("written") / "step-9.npz"
    file.write(checkpoint, path)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def resealed(data: bytes) -> bytes:
    """Data with the checksum that it should have."""
    content = data[: -file.SEAL]
    return content + hashlib.blake2b(content, digest_size=file.SEAL // 2).hexdigest().encode()


def with_member(path: Path, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The archive with one array of text changed, sealed again as if it had been written so."""
    packed = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(packed, "w") as new:
        new.comment = b"0" * file.SEAL
        for member in old.namelist():
            data = old.read(member)
            if member == f"{name}.npy":
                text = np.load(io.BytesIO(data)).tobytes()
                changed = io.BytesIO()
                np.save(changed, np.frombuffer(change(text), dtype=np.uint8))
                data = changed.getvalue()
            new.writestr(member, data)
    return resealed(packed.getvalue())


def test_what_is_written_is_read(checkpoint: Checkpoint, written: Path) -> None:
    again = file.read(written)
    assert again.header == checkpoint.header
    assert list(again.state) == list(checkpoint.state)
    for name, array in checkpoint.state.items():
        assert again.state[name].dtype == array.dtype
        assert again.state[name].shape == array.shape
        assert again.state[name].tobytes() == array.tobytes()


def test_it_is_an_ordinary_archive_without_objects_for_its_owner_only(written: Path) -> None:
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    with np.load(written, allow_pickle=False) as archive:
        kinds = {archive[name].dtype.kind for name in archive.files}
    assert kinds <= set("biuf")


def test_equal_checkpoints_are_equal_files(
    checkpoint: Checkpoint, written: Path, tmp_path: Path
) -> None:
    file.write(checkpoint, tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == written.read_bytes()


@given(data=st.data())
def test_a_changed_byte_is_always_noticed(
    written: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(written.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    damaged = tmp_path_factory.getbasetemp() / "damaged.npz"
    damaged.write_bytes(content)
    with pytest.raises(CheckpointError, match="is damaged: its checksum is wrong"):
        file.read(damaged)


@given(data=st.data())
def test_a_file_that_is_cut_off_or_longer_is_always_noticed(
    written: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = written.read_bytes()
    size = data.draw(st.integers(0, len(content) - 1))
    more = data.draw(st.binary(min_size=1, max_size=100))
    damaged = tmp_path_factory.getbasetemp() / "cut.npz"
    for wrong in (content[:size], content + more, more):
        damaged.write_bytes(wrong)
        with pytest.raises(CheckpointError, match=r"is damaged|is cut off"):
            file.read(damaged)


@given(junk=st.binary(max_size=300), zipped=st.booleans())
def test_junk_with_a_right_checksum_is_no_checkpoint(
    written: Path, tmp_path_factory: pytest.TempPathFactory, junk: bytes, *, zipped: bool
) -> None:
    start = written.read_bytes()[:200] if zipped else b""
    wrong = tmp_path_factory.getbasetemp() / "junk.npz"
    wrong.write_bytes(resealed(start + junk + bytes(file.SEAL)))
    with pytest.raises(CheckpointError, match=r"cannot be read \(.*\)"):
        file.read(wrong)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("header", lambda t: t.replace(b'"format": 1', b'"format": 2'), "has format 2, expected 1"),
        ("header", lambda t: t.replace(b'"format": 1', b'"format": "\x1b[2J"'), "cannot be read"),
        ("header", lambda t: t.replace(b'"step": 9', b'"step": "9"'), "cannot be read"),
        ("header", lambda t: t.replace(b'"step"', b'"stop"'), "cannot be read"),
        ("header", lambda t: b"[]", "cannot be read"),
        ("header", lambda t: b"\xff", "cannot be read"),
        ("index", lambda t: b"[]" + t, "cannot be read"),
        ("index", lambda t: t.replace(b"[8,", b"[9999999999,", 1), "cannot be read"),
        ("index", lambda t: t.replace(b"[8,", b"[-8,", 1), "cannot be read"),
        ("index", lambda t: t.replace(b'"f4"', b'"f9"', 1), "cannot be read"),
    ],
)
def test_what_was_never_written_so_is_refused_in_one_line(
    written: Path, tmp_path: Path, name: str, change: Callable[[bytes], bytes], message: str
) -> None:
    wrong = tmp_path / "wrong.npz"
    wrong.write_bytes(with_member(written, name, change))
    with pytest.raises(CheckpointError, match=message) as caught:
        file.read(wrong)
    assert str(caught.value).isprintable()


def test_a_huge_array_that_is_not_there_is_refused(written: Path, tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(packed, "w") as new:
        new.comment = b"0" * file.SEAL
        for member in old.namelist():
            data = old.read(member)
            if member == "f4.npy":
                header = {"descr": "<f4", "fortran_order": False, "shape": (1 << 50,)}
                made = io.BytesIO()
                np.lib.format.write_array_header_1_0(made, header)
                data = made.getvalue()
            new.writestr(member, data)
    wrong = tmp_path / "huge.npz"
    wrong.write_bytes(resealed(packed.getvalue()))
    with pytest.raises(CheckpointError, match="cannot be read"):
        file.read(wrong)


def test_an_object_is_never_loaded(written: Path, tmp_path: Path) -> None:
    packed = io.BytesIO()
    np.savez(packed, header=np.array([{"evil": 1}], dtype=object))
    with zipfile.ZipFile(packed, "a") as archive:
        archive.comment = b"0" * file.SEAL
    wrong = tmp_path / "pickle.npz"
    wrong.write_bytes(resealed(packed.getvalue()))
    with pytest.raises(CheckpointError, match="cannot be read"):
        file.read(wrong)


@pytest.mark.parametrize("kind", ["folder", "fifo", "missing", "empty", "unreadable"])
def test_what_is_no_file(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "step-1.npz"
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "empty":
        path.touch()
    elif kind == "unreadable":
        path.touch(mode=0)
    with pytest.raises(
        CheckpointError, match=r"cannot be read \(.+\)|is a folder|is a pipe|is cut off"
    ):
        file.read(path)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "step-9.npz"
    path.write_text("old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        file.write(checkpoint, path)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_the_shelf_keeps_the_latest_and_sweeps_what_a_killed_process_left(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    shelf = Shelf(tmp_path / "checkpoints")
    assert shelf.files() == []
    for step in (8, 9, 10, 100):
        header = dataclasses.replace(checkpoint.header, step=step)
        shelf.put(Checkpoint(header, checkpoint.state))
        (shelf.folder / ".step-11.npz-abc").touch()
    shelf.put(Checkpoint(dataclasses.replace(checkpoint.header, step=101), checkpoint.state))
    assert [path.name for path in shelf.files()] == ["step-101.npz", "step-100.npz"][:KEPT]
    assert names(shelf.folder) == ["step-100.npz", "step-101.npz"]
    assert stat.S_IMODE(shelf.folder.stat().st_mode) == 0o700
    shelf.put_aside(shelf.files()[0])
    assert [path.name for path in shelf.files()] == ["step-100.npz"]
    assert names(shelf.folder) == ["step-100.npz", "step-101.npz.unusable"]
