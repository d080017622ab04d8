"""Every dependency has a lower bound that an environment can be made of."""

from __future__ import annotations

from lowest_versions import constraints, declared


def test_nothing_is_declared_without_a_lower_bound() -> None:
    assert len(list(constraints(declared()))) == len(declared()) > 15


def test_bounds_become_constraints() -> None:
    given = ["a>=1.2,<4", "b[x]>=0.3", "c>=2; python_version >= '3.12'", "d", "e<3"]
    assert list(constraints(given)) == ["a==1.2", "b==0.3", "c==2; python_version >= '3.12'"]
