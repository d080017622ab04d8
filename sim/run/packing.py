"""Packing: what a pack says about a run, and what goes into it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Final

from sim.archive.directory import RunDirectory
from sim.archive.fork import Origin
from sim.archive.pack import FOLDER, README, PackedRun, folder_names, write_pack
from sim.errors import RunDirectoryError
from sim.ledger.excerpt import excerpt
from sim.ledger.reader import open_read_only
from sim.machine import files
from sim.run.recorded import OnStep, recorded_summary
from sim.text import clean, shown

_KEPT: Final = (
    "run_id",
    "forked_from",
    "seed",
    "steps",
    "agents",
    "flows_scored",
    "ledger",
    "signatures",
    "acceptance",
    "detection",
    "first_contact",
    "protection",
    "attacks",
)
"""Of a summary: what depends on no clock, cache or machine."""
_VERSION: Final = "version."


def pack_runs(
    runs: Sequence[RunDirectory],
    out: Path,
    beside: Mapping[str, str] | None = None,
    on_step: OnStep | None = None,
) -> list[PackedRun]:
    """Pack recorded runs; they are only read, and none may be going on.

    Args:
        runs: the runs.
        out: the archive, replaced whole or not at all.
        beside: name → text of further files, such as the table of a sweep.
        on_step: called with the number of each step that is computed again for a summary.

    Returns:
        What the manifest says about them.

    Raises:
        InputError: a run is in use, its traffic is missing, or the archive cannot be written.
        VerificationError: a run is damaged.
        LedgerError: a ledger cannot be read now.
    """
    with tempfile.TemporaryDirectory(prefix="decsim-pack-") as folder:
        content = Path(folder)
        names = folder_names([run.run_id for run in runs])
        packed = [
            _put(run, content / FOLDER / name, on_step)
            for run, name in zip(runs, names, strict=True)
        ]
        for name, text in {**(beside or {}), README: _readme(packed)}.items():
            files.write_whole(content / name, text)
        write_pack(out, content, packed)
    return packed


def _put(run: RunDirectory, folder: Path, on_step: OnStep | None) -> PackedRun:
    """Copy what is worth keeping of a run into a folder."""
    if run.locked().taken:
        raise RunDirectoryError(f"{shown(run.path)}: is in use, expected a run that has ended")
    summary = recorded_summary(run, on_step)  # it is checked first
    folder.mkdir(mode=files.PRIVATE_FOLDER, parents=True)
    copy = RunDirectory(folder)
    for name in ("config.yaml", "goal"):
        _copy(run.path / name, folder / name)
    excerpt(run.ledger_file, copy.ledger_file)
    kept = {key: summary[key] for key in _KEPT}
    files.write_whole(folder / "summary.json", json.dumps(kept, indent=1) + "\n")
    return _described(run, copy)


def _copy(source: Path, target: Path) -> None:
    """Copy a small file, if it is there."""
    try:
        with files.reading(source) as stream:
            text = stream.read()
    except FileNotFoundError:
        return
    with files.replacing(target) as out:
        out.write(text)


def _described(run: RunDirectory, copy: RunDirectory) -> PackedRun:
    loaded = run.load()
    with closing(open_read_only(copy.ledger_file)) as reader:
        meta, genesis = reader.meta(), reader.genesis()
        steps, head = reader.totals().steps, reader.head().hex()
    path, origin = loaded.config.traffic.path, Origin.of(meta)
    traffic = {"name": Path(path).name, "blake2b": meta.get("traffic_digest", "")}
    return PackedRun(
        folder=copy.run_id,
        run_id=run.run_id,
        steps=steps,
        head=head,
        seed=genesis.seed,
        agents=genesis.agents,
        scenario=loaded.scenario,
        forked_from=asdict(origin) if origin else None,
        traffic=traffic if path else None,
        versions={
            key.removeprefix(_VERSION): text
            for key, text in meta.items()
            if key.startswith(_VERSION)
        },
    )


def _readme(runs: Sequence[PackedRun]) -> str:
    """How to find out whether what is packed can be reproduced."""
    version = runs[0].versions.get("decsim-tui", "")
    lines = [
        "# A recorded experiment",
        "",
        "Runs of decsim-tui, a laboratory for decentralised anomaly detection. A run is decided by",
        "its configuration, its seed and its journal; `ledger.db` is its hash-chained record.",
        "",
        "    pip install decsim-tui" + (f"=={version}" if version else ""),
        "    decsim-tui verify FILE.zip     # is the record whole?",
        "    decsim-tui replay FILE.zip     # computed again, is every step the same?",
        "",
        "Exit code 0: it is; 3: it is not. `manifest.json` has the SHA-256 of every file.",
        "",
    ]
    for run in runs:
        lines += _about(run)
    return "\n".join(lines) + "\n"


def _about(run: PackedRun) -> list[str]:
    lines = [
        f"## {clean(run.run_id)}",
        "",
        f"- scenario {clean(run.scenario) or 'none'}, seed {run.seed}, {run.agents} agents,"
        f" {run.steps} steps",
        f"- head `{run.head}`",
        "- recorded with " + ", ".join(f"{n} {v}" for n, v in sorted(run.versions.items())),
    ]
    if run.forked_from:
        lines.append(
            f"- forked from {clean(str(run.forked_from['run_id']))}"
            f" at step {run.forked_from['step']}"
        )
    if run.traffic:
        lines.append(
            f"- traffic: {clean(run.traffic['name'])}, not in here (BLAKE2b-128"
            f" `{run.traffic['blake2b']}`); replay needs it where config.yaml says"
        )
    return [*lines, ""]
