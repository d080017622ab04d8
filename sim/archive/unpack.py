"""Opens packs, whoever made them, in a private folder that goes again.

An archive may claim anything. Its members must be the ones that a pack has, by their whole names,
plain files in a method that we write, of the size that they claim, and not blown up beyond what a
ledger can be packed; and what comes out must be what the manifest says.
"""

from __future__ import annotations

import hashlib
import re
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from sim.archive.directory import RunDirectory
from sim.archive.pack import FOLDER, FORMAT, MANIFEST, README, RUN_FILES
from sim.errors import DecsimError, InputError, RunDirectoryError, VerificationError
from sim.machine import files
from sim.text import parse_json, quoted, shown

_MOST_MEMBERS: Final = 50_000
_LARGEST: Final = {"ledger.db": 16 << 30, "goal": 128}
LARGE: Final = 16 << 20
"""Bytes of any other member."""
_MOST: Final = 32 << 30
"""Bytes of all of them."""
_RATIO: Final = 300
_SMALL: Final = 1 << 20
"""Times that a member may be larger than what is stored of it, beyond this many bytes."""
_NAME: Final = re.compile(
    rf"{FOLDER}/[A-Za-z0-9_=,-][A-Za-z0-9._=,-]{{0,119}}/({'|'.join(map(re.escape, RUN_FILES))})"
    rf"|{re.escape(MANIFEST)}|{re.escape(README)}|plan\.yaml|sweep\.(csv|json)"
)
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A run of a pack."""

    directory: RunDirectory
    head: str
    """That the manifest says it has, hex."""


def is_pack(name: str | None) -> bool:
    """Whether a name stands for an archive, and not for a run."""
    if name is None or "\0" in name or not name.endswith(".zip"):
        return False
    try:
        return not Path(name).is_dir()
    except OSError:
        return False


@contextmanager
def unpacked(path: Path) -> Iterator[list[Unpacked]]:
    """The runs in a pack, as run directories for as long as the block runs.

    Raises:
        InputError: it is no pack.
        VerificationError: it is not what its manifest says.
    """
    with tempfile.TemporaryDirectory(prefix="decsim-pack-") as folder:
        runs = _unpack(path, Path(folder))
        try:
            yield runs
        except DecsimError as error:  # nobody knows the folder, and it is gone
            text = str(error).replace(f"{folder}/{FOLDER}/", f"{shown(path)}: ")
            raise type(error)(text) from error


def _unpack(path: Path, target: Path) -> list[Unpacked]:
    try:
        with files.reading(path, largest=_MOST) as stream, zipfile.ZipFile(stream) as archive:
            members = _members(archive)
            manifest = _manifest(archive, members)
            for name, info in members.items():
                if name != MANIFEST:
                    _extract(archive, info, target / name, manifest["files"].get(name))
            _check_complete(members, manifest)
            return _runs(target, manifest)
    except (InputError, VerificationError) as error:
        text = str(error).removeprefix(f"{shown(path)}: ")
        raise type(error)(f"{shown(path)}: {text}") from None
    except FileNotFoundError:
        raise RunDirectoryError(f"{shown(path)}: does not exist, expected a pack") from None
    except (OSError, RuntimeError, NotImplementedError, ValueError, zipfile.BadZipFile) as error:
        reason = getattr(error, "strerror", None) or error
        raise RunDirectoryError(f"{shown(path)}: cannot be read ({shown(reason)})") from None
    except (zlib.error, EOFError) as error:
        raise RunDirectoryError(f"{shown(path)}: is damaged ({shown(error)})") from None


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > _MOST_MEMBERS:
        raise RunDirectoryError(f"has {len(infos):,} members, expected a pack")
    members: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        _check_member(info)
        if info.filename in members:
            raise RunDirectoryError(f"has {quoted(info.filename)} twice, expected a pack")
        members[info.filename] = info
    if sum(info.file_size for info in infos) > _MOST:
        raise RunDirectoryError(f"claims more than {_MOST:,} bytes")
    return members


def _check_member(info: zipfile.ZipInfo) -> None:
    """Refuse what is no member of a pack, before a byte of it is read."""
    where = quoted(info.filename)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if _NAME.fullmatch(info.filename) is None:
        raise RunDirectoryError(f"has a member {where}, which is none of a pack")
    if kind not in (0, stat.S_IFREG) or info.flag_bits & 1:
        raise RunDirectoryError(f"{where}: is no plain file")
    if info.compress_type not in _METHODS:
        raise RunDirectoryError(f"{where}: is packed by a method that no pack uses")
    largest = _LARGEST.get(info.filename.rpartition("/")[2], LARGE)
    if info.file_size > min(largest, _RATIO * info.compress_size + _SMALL):
        raise RunDirectoryError(f"{where}: claims {info.file_size:,} bytes, more than it can have")


def _manifest(archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo]) -> dict[str, Any]:
    if MANIFEST not in members:
        raise RunDirectoryError(f"has no {MANIFEST}, expected a pack")
    with archive.open(members[MANIFEST]) as member:
        text = b"".join(_blocks(member, members[MANIFEST].file_size)).decode("utf-8")
    content = parse_json(text, longest=LARGE)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise RunDirectoryError(f"{MANIFEST}: is not of the format {FORMAT!r}")
    runs, listed = content.get("runs"), content.get("files")
    if not (isinstance(runs, list) and all(isinstance(run, dict) for run in runs)):
        raise RunDirectoryError(f"{MANIFEST}: runs: expected a list")
    if not (isinstance(listed, dict) and all(isinstance(entry, dict) for entry in listed.values())):
        raise RunDirectoryError(f"{MANIFEST}: files: expected a mapping")
    return content


def _extract(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, expected: dict[str, Any] | None
) -> None:
    target.parent.mkdir(mode=files.PRIVATE_FOLDER, parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with archive.open(info) as member, files.replacing(target) as out:
        for block in _blocks(member, info.file_size):
            digest.update(block)
            out.write(block)
    if expected is None or expected.get("sha256") != digest.hexdigest():
        raise VerificationError(f"{shown(info.filename)}: is not what {MANIFEST} says")


def _blocks(member: IO[bytes], size: int) -> Iterator[bytes]:
    """All that a member holds, which must be as much as it claims."""
    done = 0
    while block := member.read(_BLOCK):
        done += len(block)
        if done > size:
            raise RunDirectoryError("has a member that is larger than it claims")
        yield block


def _check_complete(members: Mapping[str, object], manifest: Mapping[str, Any]) -> None:
    for name in manifest["files"]:
        if name not in members:
            raise VerificationError(f"{shown(name)}: is missing, though {MANIFEST} has it")


def _runs(target: Path, manifest: Mapping[str, Any]) -> list[Unpacked]:
    found = []
    for run in manifest["runs"]:
        folder, head = run.get("folder"), run.get("head")
        if not (
            isinstance(folder, str) and isinstance(head, str) and re.fullmatch("[0-9a-f]{64}", head)
        ):
            raise RunDirectoryError(f"{MANIFEST}: runs: expected folder and head of each run")
        if _NAME.fullmatch(f"{FOLDER}/{folder}/goal") is None:
            raise RunDirectoryError(f"{MANIFEST}: runs: {quoted(folder)} is no name of a folder")
        found.append(Unpacked(RunDirectory.open(target / FOLDER / folder), head))
    if not found:
        raise RunDirectoryError(f"{MANIFEST}: runs: there are none")
    return found
