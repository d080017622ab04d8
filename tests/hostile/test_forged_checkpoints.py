"""Checkpoints are untrusted input to compiled code: no forged one ends the process."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from cli_harness import call
from victims import COMMANDS, Victim

from sim.checkpoint import file
from sim.checkpoint.shelf import Shelf

ROOT = Path(__file__).resolve().parents[2]


def fuzz(run: Path, seed: int, count: int) -> tuple[int, int]:
    """Resume from so many forged checkpoints in another process; how many were refused, taken."""
    result = subprocess.run(
        [
            sys.executable,
            str(Path(__file__).with_name("forge.py")),
            str(run),
            str(seed),
            str(count),
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert result.returncode == 0, result.stderr[-2000:]
    found = re.fullmatch(r"refused (\d+), taken (\d+)\n", result.stdout)
    assert found is not None, result
    return int(found[1]), int(found[2])


def test_no_forged_checkpoint_ends_the_process(recorded: Path, no_alarm: None) -> None:
    refused, taken = fuzz(recorded, 1, 30)
    assert refused > 10
    assert refused + taken == 30


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10, 20))
def test_none_of_ten_thousand_does(recorded: Path, seed: int, no_alarm: None) -> None:
    fuzz(recorded, seed, 1000)


INDICES = (
    ("0/shard.windows._head", 10**6),
    ("0/shard.windows._head", -5),
    ("0/shard.evidence._head", 24),
    ("0/shard.past._head", 10**6),
    ("0/shard.models.detector.training_rows", 10**9),
    ("0/shard.models.detector.training_rows", -(2**40)),
    ("0/shard.models.detector.training_lengths", 10**6),
    ("0/shard.second.size", 10**6),
    ("0/shard.second.committee", 10**6),
    ("0/shard.second._feature", 255),
    ("0/shard.second._leaf", 65535),
)


@pytest.mark.parametrize(("name", "value"), INDICES)
def test_an_index_out_of_its_range_is_refused(victim: Victim, name: str, value: int) -> None:
    path = Shelf(victim.run / "checkpoints").files()[0]
    checkpoint = file.read(path)
    array = checkpoint.state[name].copy()
    array[...] = np.array(value).astype(array.dtype)
    checkpoint.state[name] = array
    file.write(checkpoint, path)
    result = COMMANDS["resume"](victim.run)
    assert result.code == 0, result
    assert path.with_name(f"{path.name}.unusable").exists()
    assert COMMANDS["replay"](victim.run).code == 0


def test_a_checkpoint_of_somebody_else_is_not_believed(
    victim: Victim, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in Shelf(victim.run / "checkpoints").files():
        checkpoint = file.read(path)
        trust = checkpoint.state["simulation.assembly.reputation._good"].copy()
        trust[0] = 1e9
        checkpoint.state["simulation.assembly.reputation._good"] = trust
        monkeypatch.setattr(file, "voucher", lambda content: b"0" * 64)
        file.write(checkpoint, path)
        monkeypatch.undo()
    assert COMMANDS["doctor"](victim.run).code == 0
    result = COMMANDS["resume"](victim.run)
    assert result.code == 0
    assert "was not written by you" in result.out
    assert COMMANDS["replay"](victim.run).code == 0


def test_the_secret_is_private(recorded: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert call("run", "--steps", "1", "--agents", "2", "--run-dir", str(tmp_path / "r")).code == 0
    secret = tmp_path / "decsim-tui" / "secret"
    assert len(secret.read_bytes()) == 32
    assert secret.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("claim", ["size", "packed", "nested"])
def test_an_archive_that_claims_too_much_is_refused_by_its_header(
    victim: Victim, claim: str
) -> None:
    path = Shelf(victim.run / "checkpoints").files()[0]
    how = zipfile.ZIP_DEFLATED if claim == "packed" else zipfile.ZIP_STORED
    content = b"[" * 1_000_000 if claim == "nested" else bytes(50_000_000)
    with zipfile.ZipFile(path, "w", how) as archive:
        archive.comment = b"0" * 128
        head = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({1 << 45},), }}".ljust(117)
        start = b"\x93NUMPY\x01\x00v\x00" + head.encode() + b"\n"
        archive.writestr("header.npy", start + content)
    path.write_bytes(_sealed(path.read_bytes()))
    assert COMMANDS["doctor"](victim.run).code == 3
    result = COMMANDS["resume"](victim.run)
    assert result.code == 0
    assert "is not used: it cannot be read" in result.out


def _sealed(data: bytes) -> bytes:
    content = data[: -file.SEAL]
    return content + hashlib.blake2b(content, digest_size=32).hexdigest().encode()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r'"errors": \{"part": .*?\}\}, "blocklist"', '"errors": null, "blocklist"'),
        (r'"REJECTED"', '"REJECTEX"'),
        (r'\["REJECTED", \d+\]', '["REJECTED", "x"]'),
    ],
)
def test_what_others_rely_on_is_not_taken_away(victim: Victim, old: str, new: str) -> None:
    changed = 0
    for path in Shelf(victim.run / "checkpoints").files():
        checkpoint = file.read(path)
        name = "tree"
        text = checkpoint.state[name].tobytes().decode()
        forged = re.sub(old, new, text, count=1)
        changed += forged != text
        checkpoint.state[name] = np.frombuffer(forged.encode(), np.uint8)
        file.write(checkpoint, path)
    assert changed
    result = COMMANDS["resume"](victim.run)
    assert result.code == 0, result
    assert "is not used" in result.out
