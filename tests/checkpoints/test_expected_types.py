"""Declared types of what is remembered are read alike, whatever NumPy declares them with."""

from __future__ import annotations

import types
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.checkpoint.expect import typed
from sim.errors import CheckpointError


class Alias:
    """As `typing.TypeAliasType`, which Python 3.11 does not have."""

    def __init__(self, value: Any) -> None:
        self.__value__ = value


ARRAY: Any = Alias(NDArray)
FLOATS: Any = types.GenericAlias(ARRAY, (np.float32,))


@pytest.mark.parametrize(
    "hint", [FLOATS, Alias(FLOATS), Alias(np.ndarray[Any, np.dtype[np.float32]])]
)
def test_an_alias_stands_for_what_it_means(hint: Any) -> None:
    typed("centres", np.zeros(3, np.float32), hint)
    for other in (np.zeros(3, np.float64), [0.0]):
        with pytest.raises(CheckpointError, match="never saved there"):
            typed("centres", other, hint)
