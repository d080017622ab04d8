"""Which module imports which, read from the sources: nothing is imported to find out.

Imports under `TYPE_CHECKING` and inside functions count, too: they say who knows whom.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
Graph = Mapping[str, frozenset[str]]
"""Module → modules of the two packages that it imports anywhere."""


def graph(root: Path = ROOT, packages: tuple[str, ...] = ("sim", "tui")) -> Graph:
    """The imports between all modules of some packages."""
    files = {_name(file, root): file for p in packages for file in (root / p).rglob("*.py")}
    return {
        name: frozenset(_imported(ast.parse(file.read_text("utf-8")), files.keys())) - {name}
        for name, file in files.items()
    }


def _name(file: Path, root: Path) -> str:
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(tree: ast.Module, known: object) -> Iterator[str]:
    assert hasattr(known, "__contains__")
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert not node.level, "relative imports hide where a thing lies"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield from [name for name in (whole, node.module) if name in known][:1]


def circles(imports: Graph) -> list[tuple[str, ...]]:
    """Groups of modules that reach one another (Tarjan, 1972), each sorted."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[tuple[str, ...]] = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for other in sorted(imports[module]):
            if other not in index:
                visit(other)
                low[module] = min(low[module], low[other])
            elif other in stack:
                low[module] = min(low[module], index[other])
        if low[module] == index[module]:
            place = stack.index(module)
            group = stack[place:]
            del stack[place:]
            if len(group) > 1:
                found.append(tuple(sorted(group)))

    for module in sorted(imports):
        if module not in index:
            visit(module)
    return sorted(found)
