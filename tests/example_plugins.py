"""The example of a plug-in, and distributions made up for a test."""

from __future__ import annotations

import tomllib
from pathlib import Path

EXAMPLE = Path(__file__).parent / "plugins" / "example"


def entry_points() -> dict[str, dict[str, str]]:
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    return project["entry-points"]


def write_distribution(
    folder: Path, name: str, version: str, groups: dict[str, dict[str, str]]
) -> None:
    """What pip leaves beside a package: its name, version and entry points."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = [
        line
        for group, entries in groups.items()
        for line in (f"[{group}]", *(f"{key} = {value}" for key, value in entries.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")


def firewall_log(rows: int = 12) -> bytes:
    """A file of the example's format: every sixth flow is an attack."""
    lines = ["when,from,to,service,sent,received,held,finding"]
    for i in range(rows):
        service, finding = ("dns", "http")[i % 2], "flood" if i % 6 == 0 else "benign"
        sent = 100 + (i * 37) % 53 + (90000 if i % 6 == 0 else 0)
        lines.append(
            f"{1000 + i},10.0.0.{i % 4},8.8.8.{i % 3},{service},{sent},{i % 11},0.{i},{finding}"
        )
    return ("\n".join(lines) + "\n").encode()
