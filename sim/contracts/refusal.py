"""Asserting that something is refused, without a test framework."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def refused(*kinds: type[Exception], pattern: str = "") -> Iterator[None]:
    """Assert that what is done inside raises one of `kinds`, and says what matches `pattern`."""
    message = None
    try:
        yield
    except kinds as error:
        message = str(error)
    assert message is not None, f"nothing was raised, expected {kinds[0].__name__}"
    assert re.search(pattern, message), f"{message}: expected {pattern}"
