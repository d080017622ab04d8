"""Who gave a command, beside the chain: equal runs may be steered by different people.

The name stands in the table `meta` under a key that is made of the seq of the command.
"""

from __future__ import annotations

from typing import Final

PREFIX: Final = "giver."
END: Final = "giver/"
"""The first key that sorts after all of these."""


def key_of(seq: int) -> str:
    """The key under which the giver of a command is noted."""
    return f"{PREFIX}{seq}"


def seq_of(key: str) -> int | None:
    """The seq of the command whose giver a key is about; None if it is about anything else."""
    digits = key.removeprefix(PREFIX)
    ours = key.startswith(PREFIX) and digits.isascii() and digits.isdigit() and len(digits) < 19
    return int(digits) if ours else None
