"""Traffic that comes by standard input: kept in a file, as a run has to be replayed from it."""

from __future__ import annotations

import itertools
import secrets
import sys
from collections.abc import Iterable
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import IO

import click

LARGEST = 4 << 30
"""Most bytes that are kept."""

_BLOCK = 1 << 20


def keep() -> Path:
    """Copy standard input to a file of the user, named after its content, and say where it is.

    Raises:
        InputError: there is nothing to read, or it cannot be kept.
    """
    from sim.config.paths import runs
    from sim.errors import InputError
    from sim.machine.files import replacing
    from sim.text import shown

    what = "--traffic: standard input cannot be read again when a run is replayed"
    context = click.get_current_context(silent=True)
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None or stream.isatty() or (context is not None and context.parent is None):
        raise InputError(f"{what}, expected a file: save it first")
    folder = runs().parent / "traffic"
    building = folder / f"input-{secrets.token_hex(8)}.part"
    try:
        first = stream.read(_BLOCK)
        if not first:
            raise InputError(f"{what}, and is empty: expected traffic")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with replacing(building) as file:
            name = _copy(itertools.chain([first], iter(partial(stream.read, _BLOCK), b"")), file)
        kept = folder / f"input-{name}"
        building.replace(kept)
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"{what}, and cannot be kept in {shown(folder)}: {reason}") from None
    click.echo(f"decsim-tui: standard input cannot be replayed: kept as {shown(kept)}", err=True)
    return kept


def _copy(blocks: Iterable[bytes], file: IO[bytes]) -> str:
    """Copy all of it and return the name of its content."""
    from sim.errors import InputError

    seal, size = blake2b(digest_size=16), 0
    for block in blocks:
        size += len(block)
        if size > LARGEST:
            raise InputError(f"--traffic: standard input has more than {LARGEST >> 30} GiB")
        seal.update(block)
        file.write(block)
    return seal.hexdigest()
