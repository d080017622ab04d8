"""The lowest versions that pyproject.toml declares, as a file of constraints for pip.

CONTRIBUTING.md says how an environment is made of them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
_BOUND = re.compile(r"(?P<name>[\w.-]+)(?:\[[^]]*\])?>=(?P<version>[\w.]+)[^;]*(?P<marker>;.*)?")


def constraints(requirements: Iterable[str]) -> Iterator[str]:
    """Each requirement that has a lower bound, held to it."""
    for requirement in requirements:
        bound = _BOUND.fullmatch(requirement.strip())
        if bound:
            yield f"{bound['name']}=={bound['version']}{bound['marker'] or ''}"


def declared() -> list[str]:
    """What the product needs, and its extras; not the tools of its tests."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    return [
        *project["dependencies"],
        *(one for name, needs in extras.items() if name != "test" for one in needs),
    ]


if __name__ == "__main__":
    print("\n".join(constraints(declared())))
