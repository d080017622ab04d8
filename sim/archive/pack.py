"""Packs: recorded runs in one archive, whose bytes depend on nothing but what is recorded."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Final

from sim.errors import InputError, RunDirectoryError
from sim.machine import files
from sim.text import shown

FORMAT: Final = "decsim-tui pack 1"
MANIFEST: Final = "manifest.json"
README: Final = "README.md"
FOLDER: Final = "runs"
RUN_FILES: Final = ("config.yaml", "goal", "ledger.db", "summary.json")
"""What a pack may hold of a run."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class PackedRun:
    """What the manifest says about a run."""

    folder: str
    """Its name below `runs`."""
    run_id: str
    steps: int
    head: str
    """Of its whole chain, hex."""
    seed: int
    agents: int
    scenario: str
    forked_from: dict[str, object] | None
    traffic: dict[str, str] | None
    """Name and digest of the traffic file, which is not in the pack; None if it was synthetic."""
    versions: dict[str, str]
    """Library → version that it was recorded with."""


def folder_names(run_ids: Sequence[str]) -> list[str]:
    """A name for each run that every file system takes, unique among them."""
    names: list[str] = []
    for run_id in run_ids:
        stem = re.sub(r"[^A-Za-z0-9._=,-]+", "-", run_id).strip(".-")[:100] or "run"
        number, name = 1, stem
        while name in names:
            number += 1
            name = f"{stem}-{number}"
        names.append(name)
    return names


def write_pack(out: Path, content: Path, runs: Sequence[PackedRun]) -> None:
    """Write an archive of all files in a folder, replaced whole or not at all.

    Args:
        out: the archive.
        content: what goes in; the manifest is made here.
        runs: what it says about them.

    Raises:
        InputError: it cannot be written; nothing is left behind.
    """
    names = sorted(str(p.relative_to(content)) for p in content.rglob("*") if p.is_file())
    digests = {name: _digest(content / name) for name in names}
    manifest = {"format": FORMAT, "runs": [asdict(run) for run in runs], "files": digests}
    text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    try:
        with (
            files.replacing(out.absolute()) as stream,
            zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
        ):
            _put(archive, MANIFEST, lambda member: _write(member, text))
            for name in names:
                _put(archive, name, lambda member, name=name: _copy(member, content / name))  # type: ignore[misc]
    except OSError as error:
        raise InputError(f"--out: {shown(out)}: cannot be written ({error.strerror})") from None


def _put(archive: zipfile.ZipFile, name: str, write: Callable[[IO[bytes]], object]) -> None:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3
    info.external_attr = files.PRIVATE << 16
    with archive.open(info, "w", force_zip64=True) as member:
        write(member)


def _write(member: IO[bytes], text: str) -> None:
    member.write(text.encode())


def _copy(member: IO[bytes], file: Path) -> None:
    for block in _blocks(file):
        member.write(block)


def _digest(file: Path) -> dict[str, Any]:
    digest = hashlib.sha256()
    for block in _blocks(file):
        digest.update(block)
    return {"sha256": digest.hexdigest(), "bytes": file.stat().st_size}


def _blocks(file: Path) -> Iterator[bytes]:
    try:
        with files.reading(file) as stream:
            while block := stream.read(_BLOCK):
                yield block
    except OSError as error:
        raise RunDirectoryError(f"{shown(file)}: cannot be read ({error.strerror})") from None
