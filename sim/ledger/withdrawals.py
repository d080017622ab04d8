"""What was accepted and taken back, beside the chain: it follows from the traffic of the step.

A verdict is final, and stays in the record as it is; see `sim.consensus.everywhere`. The figure
stands in the table `metrics`, in the step of the withdrawal, under a name that is made of the seq
of the signature.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PREFIX: Final = "withdrawn."
END: Final = "withdrawn/"
"""The first name that sorts after all of these."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A signature has been taken back."""

    step: int
    share: float
    """Share of the agents in good standing whose traffic it had flagged."""


def name_of(signature: int) -> str:
    """The name of the figure about a signature."""
    return f"{PREFIX}{signature}"


def signature_of(name: str) -> int | None:
    """The signature that a figure is about; None if it is about anything else."""
    digits = name.removeprefix(PREFIX)
    ours = name.startswith(PREFIX) and digits.isascii() and digits.isdigit() and len(digits) < 19
    return int(digits) if ours else None
