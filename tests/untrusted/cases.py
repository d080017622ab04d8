"""One case of each kind of untrusted input: files made in a folder, and the arguments to call."""

from __future__ import annotations

import gzip
import importlib.util
import io
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import yaml
from mutation import NASTY_TEXTS, damaged, disturbed

from sim.config.parameters import parameters
from sim.config.paths import shipped

TESTS = Path(__file__).parent.parent
TINY = ("--agents", "4", "--executor", "sequential", "--workers", "1", "--quiet")
"""Overrides everything that would take long."""
Make = Callable[[Path, Random], list[str]]


def _run(*arguments: str) -> list[str]:
    return ["run", "--steps", "1", "--run-dir", "run", *arguments, *TINY]


@cache
def _documents() -> tuple[tuple[str, Any], ...]:
    """Text and data of every shipped configuration and scenario."""
    folder = shipped("config")
    files = [folder / "default.yaml", *sorted((folder / "scenarios").glob("*.yaml"))]
    texts = [file.read_text(encoding="utf-8") for file in files]
    return tuple((text, yaml.safe_load(text)) for text in texts)


def _yaml_bytes(text: str, tree: Any, random: Random) -> bytes:
    if random.random() < 0.4:
        return damaged(text.encode(), random)
    changed = disturbed(tree, random)
    return yaml.dump(changed, sort_keys=False, allow_unicode=random.random() < 0.5).encode(
        "utf-8", "surrogatepass"
    )


def configuration(folder: Path, random: Random) -> list[str]:
    """`--config` with a damaged file."""
    (folder / "c.yaml").write_bytes(_yaml_bytes(*random.choice(_documents()), random))
    return _run("--config", "c.yaml")


def scenario(folder: Path, random: Random) -> list[str]:
    """`--scenario` with a damaged file that has a timeline."""
    found = [document for document in _documents() if "timeline" in document[1]]
    (folder / "s.yaml").write_bytes(_yaml_bytes(*random.choice(found), random))
    return _run("--scenario", "s.yaml")


@cache
def _themes() -> tuple[tuple[str, Any], ...]:
    texts = [f.read_text(encoding="utf-8") for f in sorted(shipped("themes").glob("*.yaml"))]
    return tuple((text, yaml.safe_load(text)) for text in texts)


def theme(folder: Path, random: Random) -> list[str]:
    """A damaged theme among the user's own."""
    place = folder / "config" / "decsim-tui" / "themes"
    place.mkdir(parents=True, exist_ok=True)
    (place / "mine.yaml").write_bytes(_yaml_bytes(*random.choice(_themes()), random))
    return ["themes", *random.choice([[], ["--json"]])]


@cache
def _samples() -> dict[str, bytes]:
    """Small valid files of every text format."""
    spec = importlib.util.spec_from_file_location(
        "traffic_samples", TESTS / "traffic" / "conftest.py"
    )
    assert spec is not None and spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: getattr(module, name.replace("-", "_"), module.plain_csv)(80)
            for name in module.SAMPLES}  # fmt: skip


def traffic(folder: Path, random: Random) -> list[str]:
    """`--traffic` with a damaged file of any format, packed or not, its format named or not."""
    name = random.choice(sorted(_samples()))
    content = _samples()[name]
    inside = random.random() < 0.7
    content = damaged(content, random) if inside else content
    packing = random.choice(["", "", ".gz", ".zip"])
    content = _packed(content, packing)
    content = content if inside else damaged(content, random)
    file = folder / f"flows{random.choice(['.csv', '.txt', '.log', '.json', '.parquet'])}{packing}"
    file.write_bytes(content)
    form = random.choice(["auto", name if name in _formats() else "csv", *_formats()])
    form = form if random.random() < 0.3 else "auto"
    column = f"traffic.deal_column={random.choice(['label', 'proto', *NASTY_TEXTS])}"
    by_column = ["--set", "traffic.deal=column", "--set", column]
    extra = random.choice([[], [], [], ["--set", "traffic.label_column=label"], by_column])
    form = f"traffic.format={form}"
    few = "traffic.batch_size=4"
    return _run("--traffic", file.name, "--set", form, "--set", few, *extra)


@cache
def _formats() -> tuple[str, ...]:
    return next(p.choices for p in parameters() if p.key == "traffic.format")


def _packed(content: bytes, packing: str) -> bytes:
    if packing == ".gz":
        return gzip.compress(content, mtime=0)
    if packing == ".zip":
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("flows.csv", content)
        return buffer.getvalue()
    return content


_COMMANDS = ("run", "resume", "replay", "verify", "export", "config", "scenarios", "themes",
             "doctor", "show", "check", "schema", "nonsense")  # fmt: skip
_OPTIONS = ("--steps", "--config", "--scenario", "--set", "--agents", "--seed", "--executor",
            "--workers", "--traffic", "--run-dir", "--json", "--quiet", "--headless", "--what",
            "--format", "--out", "--help", "--version", "--stesp", "-x", "--", "-")  # fmt: skip
_WORDS = ("1", "2", "0", "quickstart", "worm", "sequential", "threads", "csv", "json", "parquet",
          "journal", "metrics", ".", "nowhere", "run")  # fmt: skip


def arguments(folder: Path, random: Random) -> list[str]:
    """Any words and options after each other, of which small runs may come out."""
    given = [random.choice(_COMMANDS)]
    for _ in range(random.randint(0, 6)):
        match random.randrange(5):
            case 0 | 1:
                given.append(random.choice(_OPTIONS))
            case 2:
                given.append(random.choice(_WORDS))
            case 3:
                given.append(random.choice(NASTY_TEXTS))
            case _:
                given += ["--set", setting(random)]
    # A population of a thousand is valid, and would take long.
    return [*given, *TINY[:-1]] if given[0] == "run" else given


def setting(random: Random) -> str:
    """One `key=value`: at the edge of what is allowed, or nonsense."""
    parameter = random.choice([p for p in parameters() if p.key != "simulation.agents"])
    key, low, high = parameter.key, parameter.low or 0, parameter.high or 0
    edges = [*parameter.choices, f"{low:g}", f"{high:g}", f"{low + 1:g}", f"{(low + high) / 2:g}"]
    value = random.choice(NASTY_TEXTS if random.random() < 0.4 else edges)
    if random.random() < 0.2:
        return random.choice([f"{key} = {value}", key, f"{key[:-1]}={value}", value])
    return f"{key}={value}"


def settings(folder: Path, random: Random) -> list[str]:
    """A run with a few strange settings."""
    chosen = [word for _ in range(random.randint(1, 3)) for word in ("--set", setting(random))]
    return _run(*chosen)


def make_run(folder: Path) -> list[str]:
    """A sound run to damage."""
    return ["run", "--steps", "3", "--run-dir", str(folder), *TINY,
            "--set", "detection.detector=mahalanobis"]  # fmt: skip


def run_directory(folder: Path, random: Random) -> list[str]:
    """A command on the run in `sound`, of which anything but the ledger is damaged."""
    run = folder / "sound"
    match random.randrange(8):
        case 6 | 7:
            for file in sorted(run.glob("checkpoints/*")):
                file.write_bytes(damaged(file.read_bytes(), random))
        case 0 | 1 | 2:
            text = (run / "config.yaml").read_text(encoding="utf-8")
            content = _yaml_bytes(text, yaml.safe_load(text), random)
            (run / "config.yaml").write_bytes(content)
        case 3:
            (run / "goal").write_bytes(damaged((run / "goal").read_bytes(), random))
        case 4:
            (run / "config.yaml").unlink()
            (run / "config.yaml").symlink_to(random.choice(["/dev/null", "config.yaml", ".", "no"]))
        case _:
            (run / random.choice(["lock", "goal", "config.yaml", "ledger.db"])).unlink()
            (run / random.choice(["checkpoints", "x"])).mkdir(exist_ok=True)
    return random.choice(
        [
            ["verify", "sound"],
            ["replay", "sound"],
            ["resume", "sound", "--headless", "--steps", "1", "--json"],
            ["resume", "sound", "--headless"],
            ["export", "sound", "--what", "journal", "--format", "json"],
            ["export", "sound", "--what", "journal", "--format", "yaml"],
            ["doctor", "sound"],
            ["doctor", "sound", "--mend"],
            ["config", "check", "sound/config.yaml"],
        ]
    )
