"""Which module imports which, read from the sources: nothing is imported to find out.

Imports under `TYPE_CHECKING` and inside functions count, too: they say who knows whom.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
Graph = Mapping[str, frozenset[str]]
"""Module → modules of the two packages that it imports anywhere."""


def graph(root: Path = ROOT, packages: tuple[str, ...] = ("sim", "tui")) -> Graph:
    """The imports between all modules of some packages."""
    files = _files(root, packages)
    return {
        name: frozenset(_modules(ast.parse(file.read_text("utf-8")), files)) - {name}
        for name, file in files.items()
    }


def _files(root: Path, packages: tuple[str, ...]) -> dict[str, Path]:
    return {_name(file, root): file for p in packages for file in (root / p).rglob("*.py")}


def _name(file: Path, root: Path) -> str:
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(tree: ast.AST) -> Iterator[str]:
    """Every name that is imported anywhere in a tree: `a.b` for `import a.b`, and `from a import b`
    as `a.b` whether `b` is a module or not.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert not node.level, "relative imports hide where a thing lies"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _modules(tree: ast.AST, known: Container[str]) -> Iterator[str]:
    """Of what is imported the modules that are `known`."""
    for name in imports_of(tree):
        parent = name.rpartition(".")[0]
        yield from [module for module in (name, parent) if module in known][:1]


def deferred(root: Path = ROOT, packages: tuple[str, ...] = ("sim", "tui")) -> Graph:
    """Module → modules that it imports inside a function only."""
    files = _files(root, packages)
    found: dict[str, frozenset[str]] = {}
    for name, file in files.items():
        tree = ast.parse(file.read_text("utf-8"))
        inside = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
        put_off = {module for part in inside for module in _modules(part, files)}
        if put_off:
            found[name] = frozenset(put_off)
    return found


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
