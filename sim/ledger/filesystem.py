"""Which journal a file system can bear.

The write-ahead log shares memory between connections through `mmap` of the `-shm` file, which
network file systems do not keep coherent (https://sqlite.org/wal.html); there the older rollback
journal is the safe choice.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

MOUNTS: Final = Path("/proc/mounts")

_NETWORK: Final = re.compile(
    r"(fuse\.)?(nfs\d?|cifs|smb\d?|smbfs|smb3|9p|afs|ceph|lustre|gpfs|beegfs|glusterfs|gfs2?"
    r"|ocfs2|orangefs|pvfs2|davfs2?|ncpfs|coda|virtiofs|sshfs|s3fs|s3ql|rclone|gcsfuse|goofys"
    r"|mount-s3|juicefs|moosefs|mfs|curlftpfs|gvfsd-fuse|cvmfs2|xtreemfs|vmhgfs|vmhgfs-fuse"
    r"|vboxsf|prl_fs|osxfs|grpcfuse|drvfs)"
)


class JournalMode(NamedTuple):
    """How SQLite protects a transaction, and why so."""

    mode: str
    """`wal` or `delete`."""
    reason: str


def _unescaped(field: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)


def filesystem_of(path: Path, mounts: Path = MOUNTS) -> str | None:
    """Type of the file system that holds a path, as `/proc/mounts` calls it.

    Args:
        path: A file or directory; it need not exist yet.
        mounts: Table of mounts in the format of fstab(5).

    Returns:
        The type, or None where there is no such table (not Linux).
    """
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    target = path.resolve()
    found: tuple[int, str] | None = None
    for line in lines:
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        point = Path(_unescaped(parts[1]))
        depth = len(point.parts)
        # A later mount hides an earlier one on the same point.
        if target.is_relative_to(point) and (found is None or depth >= found[0]):
            found = (depth, parts[2])
    return found[1] if found else None


def journal_for(path: Path, mounts: Path = MOUNTS) -> JournalMode:
    """Chooses the journal for a ledger at `path`."""
    kind = filesystem_of(path, mounts)
    if kind is None:
        return JournalMode("wal", "file system unknown, taken for local")
    if _NETWORK.fullmatch(kind):
        return JournalMode("delete", f"{kind} is a network file system: no shared memory for WAL")
    return JournalMode("wal", f"{kind} is a local file system")
