"""The hash chain: canonical bytes of a row, and the link to the row before.

Canonical bytes of a row are its table's name, its seq and its values in the order of the columns.
Each item starts with one byte that tells its type: `n` NULL (nothing follows), `i` integer
(8 bytes, signed), `f` float (8 bytes, IEEE 754), `s` text (8 bytes length, then UTF-8), `b` blob
(8 bytes length, then the bytes). All numbers are little-endian. No two different rows share their
canonical bytes, since every item either has a fixed size or says its size.

A link is BLAKE2b-256 (RFC 7693) over the previous link and the canonical bytes. The first row
follows `ORIGIN`.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable
from typing import Final, TypeAlias

Value: TypeAlias = int | float | str | bytes | None

ORIGIN: Final = bytes(32)
"""What the first row of every chain follows."""

CHECKSUM_BYTES: Final = 16

_integer = struct.Struct("<cq").pack
_real = struct.Struct("<cd").pack
_sized = struct.Struct("<cQ").pack


def encode(value: Value) -> bytes:
    """Canonical bytes of one value.

    Raises:
        TypeError: The value has none of the five types of SQLite.
        UnicodeEncodeError: The text holds a lone surrogate.
        struct.error: The integer does not fit into 64 bits.
    """
    kind = type(value)
    if kind is int:
        return _integer(b"i", value)
    if kind is float:
        return _real(b"f", value)
    if kind is str:
        data = value.encode()  # type: ignore[union-attr]
        return _sized(b"s", len(data)) + data
    if kind is bytes:
        return _sized(b"b", len(value)) + value  # type: ignore[arg-type,operator]
    if value is None:
        return b"n"
    raise TypeError(f"{kind.__name__} is not a value of SQLite")


def canonical(kind: str, seq: int, values: Iterable[Value]) -> bytes:
    """Canonical bytes of a row: table name, seq, values."""
    return b"".join([encode(kind), encode(seq), *map(encode, values)])


def link(previous: bytes, kind: str, seq: int, values: Iterable[Value]) -> bytes:
    """Hash of a row, which chains it to the row before.

    Args:
        previous: Hash of the row with seq - 1, 32 bytes; `ORIGIN` for the first row.
        kind: Name of the row's table.
        seq: The row's place in the ledger.
        values: The row's columns between `seq` and `hash`, in the order of the schema.

    Returns:
        32 bytes.
    """
    return hashlib.blake2b(previous + canonical(kind, seq, values), digest_size=32).digest()


def checksum(kind: str, values: Iterable[Value]) -> bytes:
    """Checksum of a row outside the chain, 16 bytes (BLAKE2b-128)."""
    return hashlib.blake2b(canonical(kind, 0, values), digest_size=CHECKSUM_BYTES).digest()
