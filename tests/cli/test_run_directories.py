"""Run directories: private, whole or not at all, one process at a time."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cli_harness import assert_one_error_line, call

from sim.archive.directory import RunDirectory
from sim.config.load import load_config
from sim.config.paths import user_config
from sim.errors import RunDirectoryError


@pytest.fixture
def loaded():
    return load_config(settings=["simulation.agents=7"], environment={})


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_and_the_parents_made_for_it_are_private(loaded) -> None:
    Path("mine").mkdir(mode=0o755)
    run = RunDirectory.create(loaded, Path("mine/a/b/run"))
    assert [mode(p) for p in (run.path, run.path.parent, run.path.parent.parent)] == [0o700] * 3
    assert mode(Path("mine")) == 0o755
    assert mode(run.config_file) == 0o600


def test_the_default_is_readable_and_unique(loaded) -> None:
    made = {RunDirectory.create(loaded).run_id for _ in range(5)}
    assert len(made) == 5
    assert all(name.startswith("quickstart-2") for name in made)


def test_relative_folders_of_the_environment_are_ignored(loaded, tmp_path, monkeypatch) -> None:
    """They would be others from each folder in which a command is given."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", "state")
    monkeypatch.setenv("XDG_CONFIG_HOME", "config")
    run = RunDirectory.create(loaded)
    assert run.path.is_relative_to(tmp_path / ".local" / "state" / "decsim-tui")
    assert user_config() == tmp_path / ".config" / "decsim-tui"
    assert not Path("state").exists()


def test_a_path_that_sqlite_cannot_open_is_refused_before_anything_is_made(
    loaded, tmp_path
) -> None:
    longest = tmp_path
    while len(bytes(longest)) < 480 - 100:
        longest /= "d" * 90
    longest /= "e" * (480 - len(bytes(longest)) - 1)
    assert call("run", "--steps", "1", "--agents", "2", "--run-dir", str(longest)).code == 0
    assert call("verify", str(longest)).code == 0
    beyond = longest.with_name(f"{longest.name}f")
    result = call("run", "--steps", "1", "--agents", "2", "--run-dir", str(beyond))
    assert_one_error_line(result)
    assert "has 481 bytes, expected a path of at most 480" in result.err
    assert not beyond.exists()


def test_the_traffic_names_a_run_without_scenario() -> None:
    Path("My flows (1).csv.gz").touch()
    options = {"traffic.path": ("--traffic", "My flows (1).csv.gz")}
    run = RunDirectory.create(load_config(options=options, environment={}))
    assert run.run_id.startswith("My-flows-1-2")
    assert run.load().config.traffic.path == str(Path("My flows (1).csv.gz").resolve())


def test_its_configuration_comes_back(loaded) -> None:
    run = RunDirectory.create(loaded, Path("r"))
    again = run.load()
    assert again.config == loaded.config
    assert again.timeline == loaded.timeline
    assert again.scenario == "quickstart"


def test_an_empty_folder_is_used_as_it_is(loaded) -> None:
    Path("r").mkdir()
    inode = Path("r").stat().st_ino
    run = RunDirectory.create(loaded, Path("r"))
    assert run.path.stat().st_ino == inode
    assert mode(run.path) == 0o700


@pytest.mark.parametrize("obstacle", ["full", "file", "below a file", "dangling link"])
def test_what_is_there_is_never_touched(loaded, obstacle: str) -> None:
    target = Path("r")
    if obstacle == "full":
        target.mkdir()
        (target / "precious").write_text("x")
    elif obstacle == "file":
        target.write_text("x")
    elif obstacle == "below a file":
        Path("f").write_text("x")
        target = Path("f/r")
    else:
        target.symlink_to("nowhere/at/all")
        Path("nowhere").write_text("x")
    before = sorted(Path().rglob("*"))
    with pytest.raises(RunDirectoryError, match="expected a new or an empty folder") as caught:
        RunDirectory.create(loaded, target)
    assert "\n" not in str(caught.value)
    assert sorted(Path().rglob("*")) == before


def test_a_full_disk_leaves_nothing(loaded, monkeypatch) -> None:
    def full(_file: Path, _text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sim.machine.files.write_whole", full)
    with pytest.raises(RunDirectoryError, match="No space left"):
        RunDirectory.create(loaded, Path("a/r"))
    assert [p.name for p in Path().rglob("*")] in ([], ["a"])


def test_open_wants_configuration_and_ledger(loaded) -> None:
    run = RunDirectory.create(loaded, Path("r"))
    with pytest.raises(RunDirectoryError, match=r"no ledger\.db"):
        RunDirectory.open(Path("r"))
    run.ledger_file.touch()
    assert RunDirectory.open(Path("r")) == run


def test_a_second_process_is_refused_by_name(loaded) -> None:
    run = RunDirectory.create(loaded, Path("r"))
    code = (
        "from pathlib import Path; from sim.archive.directory import RunDirectory\n"
        "try:\n    RunDirectory(Path('r').resolve()).locked().acquire()\n"
        "except Exception as error:\n    print(type(error).__name__, error)"
    )
    with run.locked():
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.stdout.startswith("RunDirectoryError")
        assert f"in use by process {os.getpid()}" in done.stdout
        with pytest.raises(RunDirectoryError, match="in use"):
            run.locked().acquire()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == ""


def test_a_lock_can_be_taken_again_after_release(loaded) -> None:
    lock = RunDirectory.create(loaded, Path("r")).locked()
    for _ in range(2):
        lock.acquire()
        assert lock.held
        lock.release()
    lock.release()
    assert not lock.held
    assert not lock.taken


def test_the_goal(loaded) -> None:
    run = RunDirectory.create(loaded, Path("r"))
    assert run.goal is None
    run.set_goal(40)
    run.set_goal(50)
    assert run.goal == 50
    (run.path / "goal").write_text("many")
    assert run.goal is None
