"""Writes the tables of the README that are made from code; the test suite checks that they are."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SECTIONS = ("detection", "signature", "consensus", "trust", "cache", "adversary", "traffic")


def keys() -> str:
    from tui.actions import readme_table

    return readme_table().strip()


def scenarios() -> str:
    from sim.config.document import read_document

    files = sorted((ROOT / "config" / "scenarios").glob("*.yaml"))
    rows = [f"| `{d.name}` | {d.description} |" for d in map(read_document, files)]
    return "\n".join(["| scenario | |", "|---|---|", *rows])


def parameters() -> str:
    from sim.config.parameters import parameters as declared

    rows = [
        f"| `{p.key}` | {_value(p.default)} | {p.unit} | {p.applies} | {p.help} |"
        for p in declared()
        if p.key.split(".")[0] in SECTIONS
    ]
    return "\n".join(["| key | default | unit | effect | |", "|---|--:|---|---|---|", *rows])


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else f"{value}" if value != "" else "–"


def rendered(text: str) -> str:
    """The README with all its tables as the code says."""
    for name, make in (("keys", keys), ("scenarios", scenarios), ("parameters", parameters)):
        block = f"<!-- {name} -->\n{make()}\n<!-- /{name} -->"
        pattern = rf"<!-- {name} -->\n.*?<!-- /{name} -->"
        text = re.sub(pattern, lambda _, block=block: block, text, flags=re.DOTALL)
    return text


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(rendered(readme.read_text(encoding="utf-8")), encoding="utf-8")
