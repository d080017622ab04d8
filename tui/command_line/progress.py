"""The progress bar on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

WAITING = "{desc}: getting ready …"
"""Shown until the first step."""
COUNTING = "{desc}: step {n_fmt} ({rate_fmt})"
"""Shown where nobody knows how many steps there will be."""


@contextmanager
def progress(
    what: str, total: int | None, *, done: int = 0, quiet: bool = False, unit: str = "step"
) -> Iterator[Callable[[int], None]]:
    """A bar for as long as the block runs, where somebody can see it: stderr is a terminal.

    Args:
        what: the word in front.
        total: steps in all, or None if unknown.
        done: steps already done.
        quiet: never draw.
        unit: what is counted.

    Yields:
        A function to be called with the number of steps done in all.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda _step: None
        return
    from tqdm import tqdm

    with tqdm(
        desc=what,
        total=total,
        initial=done,
        unit=unit,
        file=sys.stderr,
        leave=False,
        dynamic_ncols=True,
        bar_format=WAITING,
    ) as bar:

        def advance(step: int) -> None:
            if bar.bar_format == WAITING:  # what came before this step was not computed here
                bar.bar_format = None if total else COUNTING
                bar.initial = bar.n = bar.last_print_n = step - 1
            # A terminal that is gone is no reason to lose a step.
            with suppress(OSError):
                bar.update(step - bar.n)

        yield advance
