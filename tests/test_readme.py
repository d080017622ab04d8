"""The README tells the truth about what can be told from code."""

import re
from pathlib import Path
from urllib.parse import unquote

import readme_tables

README = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")


def test_tables_are_those_of_the_code() -> None:
    assert readme_tables.rendered(README) == README, "run python tests/readme_tables.py"


def test_links_and_pictures_exist() -> None:
    root = Path(__file__).resolve().parent.parent
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("http") or (root / unquote(target)).exists(), target
