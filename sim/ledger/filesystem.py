"""Which journal a file system can bear.

The write-ahead log shares memory between connections through `mmap` of the `-shm` file, which
network file systems do not keep coherent (https://sqlite.org/wal.html); there the older rollback
journal is the safe choice.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

import psutil

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


def filesystem_of(path: Path) -> str | None:
    """Type of the file system that holds a path, as the system calls it.

    Args:
        path: A file or directory; it need not exist yet.

    Returns:
        The type, or None where the system does not tell.
    """
    try:
        mounted = psutil.disk_partitions(all=True)
    except (OSError, psutil.Error):
        return None
    target = path.resolve()
    holding = [m for m in mounted if target.is_relative_to(m.mountpoint)]
    if not holding:
        return None
    # A later mount hides an earlier one on the same point.
    deepest = max(len(Path(m.mountpoint).parts) for m in holding)
    return [m.fstype for m in holding if len(Path(m.mountpoint).parts) == deepest][-1]


def journal_for(path: Path) -> JournalMode:
    """Chooses the journal for a ledger at `path`."""
    kind = filesystem_of(path)
    if kind is None:
        return JournalMode("wal", "file system unknown, taken for local")
    if _NETWORK.fullmatch(kind):
        return JournalMode("delete", f"{kind} is a network file system: no shared memory for WAL")
    return JournalMode("wal", f"{kind} is a local file system")
