"""Every box and arrow of the workflow diagrams is held by a test that is there.

`diagrams.csv` lists them: diagram, box, arrow (what follows under which condition; empty for the
box itself), and a test that fails when it is broken, as `file::function`.
"""

from __future__ import annotations

import ast
import csv
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

TESTS = Path(__file__).parent
ROOT = TESTS.parent


class Held(NamedTuple):
    diagram: str
    box: str
    arrow: str
    test: str


with (TESTS / "diagrams.csv").open(newline="", encoding="utf-8") as stream:
    DIAGRAMS = [Held(**row) for row in csv.DictReader(stream)]


@cache
def functions_of(file: str) -> frozenset[str]:
    """The functions of a file that pytest collects."""
    tree = ast.parse((TESTS / file).read_text())
    functions = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(f.name for f in functions if f.name.startswith("test_"))


def table() -> dict[tuple[str, str], str]:
    """Diagram and box → place, of CONTRIBUTING's table."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    part = text.split("## The diagrams, box by box")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| ")]
    return {(diagram, box): place for diagram, box, place in rows[1:]}


@pytest.mark.parametrize("held", DIAGRAMS, ids=lambda held: f"{held.box} {held.arrow}".strip())
def test_what_holds_it_is_there(held: Held) -> None:
    file, _, function = held.test.partition("::")
    assert (TESTS / file).is_file(), file
    assert function in functions_of(file), held.test


@cache
def marks_of(file: str, function: str) -> frozenset[str]:
    """The marks of a test, those of its file included."""
    tree = ast.parse((TESTS / file).read_text())
    marked: list[ast.AST] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            marked.append(node.value)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == function:
            marked += node.decorator_list
    return frozenset(re.findall(r"mark\.(\w+)", " ".join(map(ast.unparse, marked))))


@pytest.mark.parametrize("held", DIAGRAMS, ids=lambda held: f"{held.box} {held.arrow}".strip())
def test_what_holds_it_runs_in_every_suite(held: Held) -> None:
    file, _, function = held.test.partition("::")
    assert not marks_of(file, function) & {"ray", "long", "skip", "skipif", "xfail"}


def test_every_box_is_held_and_every_held_box_is_one() -> None:
    assert {(held.diagram, held.box) for held in DIAGRAMS} == set(table())


def test_every_place_is_there() -> None:
    for box, place in table().items():
        named = re.findall(r"`(sim/[a-z_/]+(?:\.py)?)`", place)
        assert named, box
        for path in named:
            assert (ROOT / path).exists(), f"{box}: {path}"


def test_every_method_that_is_named_is_one_of_its_class() -> None:
    modules = [path.read_text() for path in (ROOT / "sim").rglob("*.py")]
    named = {name for place in table().values() for name in re.findall(r"`(\w+\.\w+)`", place)}
    methods = [name.split(".") for name in named if name[0].isupper()]
    assert methods
    for owner, method in methods:
        (home,) = (text for text in modules if re.search(rf"^class {owner}\b", text, re.M))
        assert re.search(rf"^    def {method}\b", home, re.MULTILINE), f"{owner}.{method}"
