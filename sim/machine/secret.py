"""A secret of this user on this machine: with it, one tells one's own checkpoints from others'.

It proves nothing to anybody else and is sent nowhere. Where it is lost, checkpoints made before are
not believed any more, and their runs are computed again from the first step.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

from sim.errors import RunDirectoryError
from sim.machine import files
from sim.machine.folders import user_state

BYTES: Final = 32


def voucher(content: bytes) -> bytes:
    """What only this user can make of this content, 64 hex digits."""
    key = _key(user_state() / "secret")
    return hashlib.blake2b(content, key=key, digest_size=BYTES).hexdigest().encode()


def vouches(text: bytes, content: bytes) -> bool:
    """Whether a text is the voucher of this content."""
    return hmac.compare_digest(text, voucher(content))


@cache
def _key(file: Path) -> bytes:
    """The secret in a file, made when it is missing; for this process alone where none can be."""
    with suppress(OSError, RunDirectoryError):
        file.parent.mkdir(mode=files.PRIVATE_FOLDER, parents=True, exist_ok=True)
        return _read(file) or _made(file)
    return secrets.token_bytes(BYTES)


def _read(file: Path) -> bytes:
    try:
        with files.reading(file, largest=BYTES) as stream:
            status = os.fstat(stream.fileno())
            mine = status.st_uid == os.geteuid() and not status.st_mode & 0o077
            key = stream.read(BYTES)
    except FileNotFoundError:
        return b""
    return key if mine and len(key) == BYTES else b""


def _made(file: Path) -> bytes:
    with files.replacing(file) as stream:
        stream.write(secrets.token_bytes(BYTES))
    return _read(file)  # two processes may have made one at once: the last one holds
