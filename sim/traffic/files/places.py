"""Where traffic lies: a file, a folder, a pattern, the members of an archive."""

from __future__ import annotations

import fnmatch
import glob
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sim.traffic.files.text import error, shown

MAX_FILES = 10_000
"""Most files of one source."""

_ABOUT = re.compile(
    r"(readme|licen[cs]e|copying|changelog|changes|authors|citation|notice|index|md5sums?"
    r"|sha\d*sums?|checksums?|manifest)(\..*)?",
    re.IGNORECASE,
)
_OTHER = frozenset(
    (
        ".md", ".rst", ".pdf", ".html", ".htm", ".doc", ".docx", ".rtf", ".png", ".jpg", ".jpeg",
        ".gif", ".svg", ".py", ".ipynb", ".r", ".sh", ".bib", ".tex", ".md5", ".sha1", ".sha256",
        ".sha512", ".asc", ".sig", ".yaml", ".yml", ".toml", ".ini", ".pcap", ".pcapng", ".exe",
        ".dll", ".db", ".lnk", ".bak", ".swp", ".swo", ".tmp", ".part", ".crdownload", ".lock",
    )
)  # fmt: skip
_WRITERS = frozenset(("_SUCCESS", "_metadata", "_common_metadata"))
"""What Spark and Dask leave beside Parquet files."""
_WILD = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Place:
    """One file, or one member of an archive."""

    path: Path
    member: str = ""

    @property
    def name(self) -> Path:
        """What messages call it."""
        return Path(f"{self.path}::{self.member}") if self.member else self.path


def natural(name: str) -> tuple[tuple[int, int | str], ...]:
    """Return the key of the order that people expect: `day2` before `day10`."""
    parts = [p for p in re.split(r"(\d+)", name) if p]
    return (*((0, int(p)) if p.isdigit() else (1, p.casefold()) for p in parts), (2, name))


def is_data(name: str) -> bool:
    """Tell whether a file of a folder or an archive may hold traffic, by its name alone."""
    path = PurePosixPath(name)
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    hidden = hidden or name.endswith("~") or path.name in _WRITERS
    return not (hidden or _ABOUT.fullmatch(path.name) or path.suffix.casefold() in _OTHER)


def chosen(path: Path, names: list[str], member: str) -> list[str]:
    """Return the files of a folder or archive that are to be read, in natural order.

    Args:
        path: The folder or archive, for messages.
        names: What is in it.
        member: A name or pattern of those that are wanted; empty for all that may be traffic.

    Raises:
        TrafficError: There are none, or too many.
    """
    if member:
        found = [n for n in names if matches(n, member)]
        if not found:
            raise error(path, f"traffic.member {shown(member)} is none of its files: {some(names)}")
    else:
        found = [n for n in names if is_data(n)]
        if not found:
            what = f"no data files among {some(names)}" if names else "no files"
            raise error(path, f"has {what}; expected traffic (traffic.member names one)")
    if len(found) > MAX_FILES:
        raise error(path, f"has {len(found):,} files; expected at most {MAX_FILES:,}")
    return sorted(found, key=natural)


def matches(name: str, member: str) -> bool:
    """Tell whether a member is the wanted one: by its path, its name, or a pattern of either."""
    last = PurePosixPath(name).name
    return (
        name == member
        or last == member
        or fnmatch.fnmatchcase(name, member)
        or fnmatch.fnmatchcase(last, member)
    )


def some(names: list[str], limit: int = 6) -> str:
    """Join names for a message, the first of them in natural order."""
    every = sorted(names, key=natural)
    more = len(every) - limit
    return ", ".join(shown(n)[1:-1] for n in every[:limit]) + (
        f" and {more:,} more" if more > 0 else ""
    )


def files_at(path: Path, member: str = "") -> tuple[Path, ...]:
    """Return the files that a path stands for: itself, those of a folder, or of a pattern.

    Raises:
        TrafficError: There are none.
    """
    if path.name == "-" and not _is_there(path):
        raise error(
            path, "standard input cannot be read again when a run is replayed; --traffic - keeps it"
        )
    if is_folder(path):
        names = [str(f.relative_to(path)) for f in _walk(path)]
        return tuple(path / name for name in chosen(path, names, member))
    if _WILD.isdisjoint(str(path)) or _is_there(path):
        return (path,)
    matching = [Path(f) for f in glob.glob(str(path), recursive=True)]  # noqa: PTH207
    found = {str(f) for f in matching if f.is_file()}
    if not found:
        found = {str(f) for folder in matching if folder.is_dir() for f in _walk(folder)}
    if not found:
        raise error(path, "no such file, and none that matches it as a pattern")
    return tuple(Path(f) for f in chosen(path, sorted(found), ""))


def beside(path: Path, name: str) -> Path | None:
    """Return a second file, beside the traffic or where the run is started; None for none."""
    for file in (path.parent / Path(name).expanduser(), Path(name).expanduser()):
        if file.is_file():
            return file
    return None


def is_folder(path: Path) -> bool:
    """Tell whether a path is that of a folder."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _walk(folder: Path) -> list[Path]:
    """Return the plain files below a folder; links are not followed."""
    found: list[Path] = []
    for base, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(base) / name for name in files if stat.S_ISREG(_mode(Path(base) / name))]
        if len(found) > MAX_FILES:
            raise error(folder, f"has more than {MAX_FILES:,} files")
    return found


def _mode(file: Path) -> int:
    try:
        return file.lstat().st_mode
    except OSError:
        return 0


def is_empty(path: Path) -> bool:
    """Tell whether a file holds nothing."""
    try:
        return path.stat().st_size == 0
    except (OSError, ValueError):
        return False


def check_regular(path: Path) -> int:
    """Return the size of a regular, readable, non-empty file; raise `TrafficError` otherwise."""
    try:
        found = path.stat()
    except FileNotFoundError as e:
        raise error(path, "no such file") from e
    except (OSError, ValueError) as e:
        raise error(path, f"cannot be opened: {reason(e)}") from e
    if stat.S_ISDIR(found.st_mode):
        raise error(path, "is a directory; expected a traffic file")
    if not stat.S_ISREG(found.st_mode):
        raise error(path, "is not a regular file")
    if not os.access(path, os.R_OK):
        raise error(path, "permission denied")
    if found.st_size == 0:
        raise error(path, "is empty; expected traffic")
    return found.st_size


def reason(e: Exception) -> str:
    """Return why a file cannot be opened."""
    return shown(e.strerror) if isinstance(e, OSError) and e.strerror else shown(e)
