"""What the machine runs out of, takes away or gets wrong: each ends in one clear line."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from itertools import cycle
from pathlib import Path

import apsw
import pytest
from cli_harness import call

from sim.archive.directory import RunDirectory
from sim.config.load import load_config
from sim.engine.engine import Engine
from sim.errors import scarcity

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("--agents", "6", "--executor", "sequential", "--quiet")


def limited(kind: int, amount: int) -> Callable[[], None]:
    """What a child does before it begins."""
    return lambda: resource.setrlimit(kind, (amount, amount))


def started(run: Path, *words: str, before: Callable[[], None] | None = None) -> subprocess.Popen:
    """`decsim-tui run` on its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tui", "run", *SMALL, "--run-dir", str(run), *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        preexec_fn=before,
    )


def ended(process: subprocess.Popen) -> tuple[int, str]:
    """Exit code and stderr."""
    _, err = process.communicate(timeout=100)
    return process.returncode, err


def goes_on(run: Path) -> None:
    """What is there is whole, and can be continued."""
    assert call("verify", str(run)).code == 0
    assert call("resume", str(run), "--headless", "--steps", "1").code == 0


@pytest.mark.parametrize("files", [7, 9, 11])
def test_too_few_descriptors(tmp_path: Path, files: int) -> None:
    run = tmp_path / "run"
    code, err = ended(started(run, "--steps", "5", before=limited(resource.RLIMIT_NOFILE, files)))
    assert code in (1, 2), err
    assert err.count("\n") == 1, err
    assert "unexpected" not in err
    if run.exists():
        goes_on(run)


@pytest.mark.parametrize(
    "size",
    [
        4_000,
        20_000,
        pytest.param(60_000, marks=pytest.mark.long),
        pytest.param(92_000, marks=pytest.mark.long),
    ],
)
def test_no_room_for_a_ledger(tmp_path: Path, size: int) -> None:
    run = tmp_path / "run"
    code, err = ended(started(run, "--steps", "400", before=limited(resource.RLIMIT_FSIZE, size)))
    assert code == 1, err
    assert err.count("\n") == 1, err
    assert "ulimit -f" in err or "File too large" in err, err
    if (run / "ledger.db").exists():
        goes_on(run)


@pytest.mark.parametrize("how", ["removed", "moved"])
def test_the_run_directory_is_taken_away(tmp_path: Path, how: str) -> None:
    run, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    process = started(run, "--steps", "1000000", "--set", "simulation.checkpoint_interval=50")
    until = time.monotonic() + 60
    while not list(run.glob("checkpoints/*.npz")):
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.05)
    if how == "moved":
        run.rename(elsewhere)
    else:
        shutil.rmtree(run, ignore_errors=True)
    code, err = ended(process)
    assert code == 1, err
    assert err.count("\n") == 1, err
    assert str(run) in err
    assert "moved or removed while in use" in err
    if how == "moved":
        goes_on(elsewhere)


def test_a_clock_that_jumps_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = ["simulation.agents=4", "simulation.executor=sequential"]
    heads = []
    for jumps in (False, True):
        if jumps:
            leaps, real = cycle((86_400.0, -86_400.0, 0.0, 2e9, -1e9)), time.time
            monkeypatch.setattr(time, "time", lambda: real() + next(leaps))  # noqa: B023
            monkeypatch.setattr(time, "time_ns", lambda: int(time.time() * 1e9))
        paced = [*settings, "simulation.steps_per_second=200"]
        engine = Engine(load_config(settings=paced), tmp_path / f"run-{jumps}")
        engine.open()
        engine.run(20)
        engine.close()
        heads.append(RunDirectory.open(tmp_path / f"run-{jumps}").verify_ledger().head)
    assert heads[0] == heads[1]


def test_nothing_that_waits_looks_at_the_wall_clock() -> None:
    allowed = {"sim/host/switchboard.py", "sim/archive/kept.py", "tui/command_line/runs.py"}
    words = ("time.time()", "time_ns()", "utcnow(")
    found = {
        str(file.relative_to(ROOT))
        for package in ("sim", "tui")
        for file in (ROOT / package).rglob("*.py")
        if any(word in file.read_text() for word in words)
    }
    assert found <= allowed, found - allowed


FREEZE = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" || exit 99; exec "$@"'
"""Root may write everywhere, but not where nothing can be written."""


def frozen(run: Path, command: str, *more: str) -> subprocess.CompletedProcess[str]:
    """A command on a run on a read-only medium."""
    words = [sys.executable, "-m", "tui", command, str(run), *more]
    if os.geteuid() == 0:
        if shutil.which("unshare") is None:
            pytest.skip("nothing can be mounted here")
        words = ["unshare", "-m", "/bin/sh", "-c", FREEZE, str(run), *words]
    run.chmod(0o500)
    result = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    run.chmod(0o700)
    if os.geteuid() == 0 and (result.returncode == 99 or "unshare" in result.stderr):
        pytest.skip("nothing may be mounted here")
    return result


@pytest.mark.parametrize("how", ["ended", "killed"])
def test_a_frozen_run_says_what_it_holds(tmp_path: Path, how: str) -> None:
    run = tmp_path / "run"
    if how == "ended":
        assert call("run", "--steps", "2", *SMALL, "--run-dir", str(run)).code == 0
    else:
        engine = Engine(load_config(settings=["simulation.agents=4"]), tmp_path / "alive")
        engine.open()
        engine.run(2)
        shutil.copytree(tmp_path / "alive", run)
        engine.close()
    assert frozen(run, "verify").returncode == 0
    result = frozen(run, "resume", "--headless", "--steps", "1")
    assert result.returncode == 2
    assert "expected a writable run directory" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_run_that_froze_before_its_first_step_says_so(tmp_path: Path) -> None:
    whole, run = tmp_path / "whole", tmp_path / "run"
    assert call("run", "--steps", "2", *SMALL, "--run-dir", str(whole)).code == 0
    (whole / "ledger.db").unlink()
    with closing(apsw.Connection(str(whole / "ledger.db"))) as connection:
        connection.pragma("journal_mode", "wal")
        connection.execute("BEGIN IMMEDIATE")  # its log is there, with nothing in it
        shutil.copytree(whole, run)
    for command in ("verify", "summary"):
        result = frozen(run, command)
        assert result.returncode == 2
        assert "nothing is recorded in it yet" in result.stderr
        assert "locking protocol" not in result.stderr
        assert result.stderr.count("\n") == 1


TURNING = 'mount -o loop,errors=remount-ro "$0" "$1" || exit 99; shift; exec "$@"'
"""A medium of its own, which its driver makes read-only at the first error."""

ON_IT = """
import sys, time
from pathlib import Path
from sim.config.load import load_config
from sim.engine.engine import Engine
from sim.errors import scarcity
from sim.snapshot import RunState

medium = Path(sys.argv[1])
mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
device = next(each[0] for each in mounts if each[1] == str(medium))
fail = Path("/sys/fs/ext4", Path(device).name, "trigger_fs_error")
if not fail.exists():
    sys.exit(99)
engine = Engine(load_config(settings=["simulation.agents=4"]), medium / "run", paused=False)
engine.start()
while engine.snapshot.step < 3:
    time.sleep(0.02)
fail.write_text("1")
while engine.snapshot.state is not RunState.FAULT:
    time.sleep(0.02)
print(engine.snapshot.cause)
assert engine.close(30.0)
assert engine.ended
"""


def test_a_medium_that_turns_read_only_in_mid_run(tmp_path: Path) -> None:
    """The run pauses and says why, and leaving it comes to an end."""
    needed = ("unshare", "mkfs.ext4")
    if os.geteuid() != 0 or not all(map(shutil.which, needed)):
        pytest.skip("nothing can be mounted here")
    image, medium = tmp_path / "image", tmp_path / "medium"
    medium.mkdir()
    with image.open("wb") as file:
        file.truncate(64 << 20)
    subprocess.run(["mkfs.ext4", "-q", str(image)], check=True)
    words = ["/bin/sh", "-c", TURNING, str(image), str(medium)]
    words += [sys.executable, "-c", ON_IT, str(medium)]
    result = subprocess.run(
        ["unshare", "-m", *words], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    if result.returncode == 99 or "unshare" in result.stderr:
        pytest.skip("nothing may be mounted here")
    assert (result.returncode, result.stderr) == (0, "")
    assert "readonly" in result.stdout or "read-only" in result.stdout


@pytest.mark.parametrize(
    ("mebibytes", "words"),
    [(190, ("run", "--steps", "1")), (700, ("run", "--steps", "1")), (350, ("start",))],
)
def test_too_little_memory(tmp_path: Path, mebibytes: int, words: tuple[str, ...]) -> None:
    run = tmp_path / "run"
    process = subprocess.Popen(
        [sys.executable, "-m", "tui", *words, "--run-dir", str(run)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        preexec_fn=limited(resource.RLIMIT_AS, mebibytes << 20),
    )
    code, err = ended(process)
    assert (code, err.count("\n")) == (1, 1), err
    assert f"memory is short: this process may use {mebibytes} MiB (ulimit -v)" in err
    assert not run.exists()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "memory is short"),
        (RuntimeError("can't start new thread"), "no further thread can be started"),
        (RuntimeError("another"), ""),
        (ImportError("libx.so: cannot open shared object file"), ""),
    ],
)
def test_what_is_short_is_named(error: Exception, said: str) -> None:
    assert scarcity(error).startswith(said)
    assert bool(scarcity(error)) == bool(said)


def test_below_a_limit_a_library_that_is_not_there_is_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (900 << 20, 900 << 20))
    missing = OSError("Could not find/load shared object file 'libllvmlite.so'")
    assert scarcity(missing) == "memory is short: this process may use 900 MiB (ulimit -v)"
    assert scarcity(OSError("no such file")) == ""
