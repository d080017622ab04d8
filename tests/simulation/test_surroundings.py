"""Nothing that surrounds a process decides anything of its run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
SURROUNDINGS: tuple[dict[str, str], ...] = (
    {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8", **dict.fromkeys(THREADS, "1")},
    {"PYTHONHASHSEED": "7", "TZ": "America/St_Johns", "LC_ALL": "C", **dict.fromkeys(THREADS, "2")},
)


def rows() -> Iterator[str]:
    """Flows an hour apart over a change to summer time, every ninth of them an attack."""
    yield "Timestamp,Service,Duration,Bytes,Label"
    for i in range(400):
        day, hour = divmod(i, 24)
        bad = i % 9 == 8
        service = ("http", "dns", "SSH", "imap")[i * 7 % 4]
        size = 90_000 + i if bad else 300 + i * 37 % 211
        time = f"2024-{3 + day // 28:02}-{1 + day % 28:02} {hour:02}:30:00"
        yield f"{time},{service},{i * 13 % 29 / 7:.4f},{size},{'DoS' if bad else 'Benign'}"


def heads(traffic: Path, out: Path, surroundings: dict[str, str]) -> list[str]:
    """Heads of a run of synthetic traffic and of one of a file."""
    own = {name: value for name, value in os.environ.items() if name not in THREADS}
    found = []
    for name, options in (
        ("profiles", ["--scenario", "worm", "--agents", "24", "--executor", "threads"]),
        ("file", ["--traffic", str(traffic), "--agents", "4", "--set", "traffic.batch_size=10"]),
    ):
        line = ["run", "--quiet", "--json", "--steps", "10", "--run-dir", str(out / name)]
        small = ["--set", "detection.window=32", "--set", "detection.min_window=16"]
        done = subprocess.run(
            [sys.executable, "-m", "tui", *line, *small, *options],
            env={**own, **surroundings},
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, done.stderr
        found.append(json.loads(done.stdout)["ledger"]["head"])
    return found


def test_hash_seed_time_zone_locale_and_threads_decide_nothing(tmp_path: Path) -> None:
    traffic = tmp_path / "flows.csv"
    traffic.write_text("\n".join(rows()), encoding="utf-8")
    first, *others = (heads(traffic, tmp_path / str(i), s) for i, s in enumerate(SURROUNDINGS))
    assert first[0] != first[1]
    assert others == [first] * len(others)
