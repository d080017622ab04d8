"""The files and members that a path stands for."""

from __future__ import annotations

import zipfile
from pathlib import Path

from sim.traffic.files.magic import packed_as
from sim.traffic.files.places import (
    Place,
    check_regular,
    chosen,
    files_at,
    is_empty,
    is_folder,
    reason,
)
from sim.traffic.files.source import open_archive
from sim.traffic.files.text import error

MAX_MEMBERS = 10_000
"""Most members of one archive."""


def places_at(path: Path, member: str = "") -> tuple[Place, ...]:
    """Return what is to be read, in natural order.

    Args:
        path: A file, an archive, a folder or a pattern.
        member: Name or pattern of the files of a folder or archive; empty for all.

    Raises:
        TrafficError: There is nothing to read, or an archive is damaged.
    """
    folder = is_folder(path)
    files = files_at(path, member if folder else "")
    if folder or len(files) > 1:
        return tuple(place for file in files for place in _places_in(file))
    names = _members(files[0])
    if names is None:
        if member:
            raise error(path, "traffic.member is set, but this is no archive and no folder")
        return (Place(files[0]),)
    return tuple(Place(files[0], name) for name in chosen(path, names, member))


def _places_in(file: Path) -> tuple[Place, ...]:
    """Return a file of several, or what is in it if it is an archive."""
    if is_empty(file):
        return (Place(file),)
    names = _members(file)
    return (
        (Place(file),) if names is None else tuple(Place(file, n) for n in chosen(file, names, ""))
    )


def _members(path: Path) -> list[str] | None:
    """Return the files in an archive, None where it is no archive."""
    size = check_regular(path)
    try:
        raw = path.open("rb")
    except OSError as e:
        raise error(path, f"cannot be opened: {reason(e)}") from e
    with raw, open_archive(path, raw, size) as archive:
        if archive is None:
            return None
        if isinstance(archive, zipfile.ZipFile):
            return _zipped(path, archive)
        names = []
        for count, item in enumerate(archive, start=1):
            if count > MAX_MEMBERS:
                raise error(path, f"has more than {MAX_MEMBERS:,} members")
            if item.isreg():
                names.append(item.name)
        return names


def _zipped(path: Path, archive: zipfile.ZipFile) -> list[str]:
    items = [i for i in archive.infolist() if not i.is_dir()]
    names = [i.filename for i in items]
    what = packed_as(names)
    if what:
        raise error(path, f"is {what}")
    if any(i.flag_bits & 1 for i in items):
        raise error(path, "the zip archive is encrypted; unpack it first")
    if len(items) > MAX_MEMBERS:
        raise error(path, f"has more than {MAX_MEMBERS:,} members")
    return names
