"""Runs a benchmark: `python tests/benchmarks/run.py NAME [--json] [--quick]`.

Every figure stands beside its peer from the same run. Each is a median of several runs; still, a
machine that does something else at the same time spoils them.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[at]) for at in (0, 1, 2)]

from timing import as_json, machine, table  # noqa: E402 - found beside this file

NAMES = (
    *("kernel", "engine", "cost", "startup", "ui", "bytes", "viewers"),
    *("consensus", "protection", "drift"),
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="smoke run: small, meaningless")
    given = parser.parse_args()
    where = machine()
    module = importlib.import_module(given.name)
    figures = module.measure(given.quick)
    if given.json:
        print(as_json(given.name, where, figures))
    else:
        text = getattr(module, "table", table)(figures)
        print(f"{given.name}: {where}\n\n{text}")


if __name__ == "__main__":
    main()
