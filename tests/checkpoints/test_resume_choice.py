"""Which checkpoint a run is resumed from, and what is said about the others."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import apsw
import numpy as np
import pytest
from laboratory import loaded
from rebirth import EVERYTHING, STEPS
from timeline import recorded

from sim.checkpoint import file
from sim.checkpoint.checkpoint import Checkpoint
from sim.commands import InjectAttack, SetParameter, Steering
from sim.config.parameters import Value
from sim.engine.engine import Engine
from sim.engine.resuming import resume_run
from sim.errors import VerificationError
from sim.ledger.reader import open_read_only
from sim.numerics.versions import versions

TIMELINE: list[tuple[int, Steering]] = [
    (step, command)
    for step, commands in EVERYTHING.items()
    for command in commands
    if command != SetParameter("no.key", 1)  # no file may ask for that
]
SETTINGS: dict[str, Value] = {"simulation.checkpoint_interval": 5}


def head(folder: Path) -> str:
    reader = open_read_only(folder / "ledger.db")
    try:
        return reader.head().hex()
    finally:
        reader.close()


def run_to(folder: Path, steps: int, settings: dict[str, Value] | None = None) -> Path:
    known = [
        (at, order)
        for at, order in TIMELINE
        if not (settings and "traffic.path" in settings and isinstance(order, InjectAttack))
    ]
    engine = Engine(loaded({**SETTINGS, **(settings or {})}, known), folder, paused=True)
    engine.open()
    engine.run(steps)
    assert engine.close()
    return folder


@dataclass
class Again:
    """A run that was resumed and brought to its end."""

    told: list[int] = field(default_factory=list)
    """Steps that were recomputed."""
    notices: tuple[str, ...] = ()


def bring_to_its_end(folder: Path) -> Again:
    again = Again()
    engine = resume_run(folder, again.told.append)
    again.notices = engine.snapshot.notices
    try:
        engine.run(STEPS - engine.snapshot.step)
    finally:
        assert engine.close()
    return again


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nobody disturbed."""
    return run_to(tmp_path_factory.mktemp("whole") / "run", STEPS)


@pytest.fixture(scope="module")
def stood(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was closed after step 12, with checkpoints of steps 10 and 12."""
    return run_to(tmp_path_factory.mktemp("stood") / "run", 12)


@pytest.fixture
def folder(stood: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(stood, tmp_path / "run"))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "checkpoints").iterdir())


def test_from_the_latest_with_nothing_to_make_up_for(folder: Path, whole: Path) -> None:
    assert names(folder) == ["step-10.npz", "step-12.npz"]
    again = bring_to_its_end(folder)
    assert (again.told, again.notices) == ([], ())
    assert head(folder) == head(whole)
    assert names(folder) == ["step-15.npz", f"step-{STEPS}.npz"]


def test_steps_after_the_checkpoint_are_recomputed(folder: Path, whole: Path) -> None:
    (folder / "checkpoints" / "step-12.npz").unlink()
    again = bring_to_its_end(folder)
    assert (again.told, again.notices) == ([11, 12], ())
    assert head(folder) == head(whole)


def test_what_was_recomputed_once_is_not_again(folder: Path) -> None:
    shutil.rmtree(folder / "checkpoints")
    engine = resume_run(folder)
    assert engine._run is not None and engine._run.keeper is not None
    engine._run.keeper.wait()
    assert names(folder) == ["step-12.npz"]
    assert engine.close()
    told: list[int] = []
    assert resume_run(folder, told.append).close()
    assert told == []


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 64
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize(
    ("damage", "said"),
    [(flip, "is damaged: its checksum"), (cut, "is damaged: its checksum"), (empty, "is cut off")],
)
def test_a_damaged_one_is_passed_over_and_said(
    folder: Path, whole: Path, damage: Callable[[Path], None], said: str
) -> None:
    damage(folder / "checkpoints" / "step-12.npz")
    again = bring_to_its_end(folder)
    assert again.told == [11, 12]
    (notice,) = again.notices
    assert notice.startswith(f"checkpoint step-12.npz is not used: it {said}")
    assert head(folder) == head(whole)
    assert "step-12.npz.unusable" in names(folder)


def test_without_any_from_the_first_step(folder: Path, whole: Path) -> None:
    for path in (folder / "checkpoints").iterdir():
        flip(path)
    again = bring_to_its_end(folder)
    assert again.told == list(range(1, 13)) and len(again.notices) == 2
    assert head(folder) == head(whole)


def shorten(folder: Path, last: int) -> None:
    """Let a ledger lose its tail, as a power cut may do."""
    with closing(apsw.Connection(str(folder / "ledger.db"))) as connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for table in ("metrics", "tallies", "verdicts", "truths", "commands", "signatures"):
            connection.execute(f"DELETE FROM {table} WHERE step > ?", (last,))
        connection.execute("DELETE FROM steps WHERE step > ?", (last,))
    from sim.ledger.salvage import salvage

    assert salvage(folder / "ledger.db").last_step == last


@pytest.mark.parametrize(("last", "told"), [(11, [11]), (7, list(range(1, 8)))])
def test_a_ledger_behind_its_checkpoints(
    folder: Path, whole: Path, last: int, told: list[int]
) -> None:
    shorten(folder, last)
    again = bring_to_its_end(folder)
    assert again.told == told
    assert "is of a step that the ledger does not have" in again.notices[0]
    assert head(folder) == head(whole)
    assert names(folder)[-1] == f"step-{STEPS}.npz" or "step-15.npz" in names(folder)


def test_that_of_another_run_is_not_used(folder: Path, whole: Path, tmp_path: Path) -> None:
    other = run_to(tmp_path / "other", 12, {"simulation.seed": 2})
    shutil.copy(other / "checkpoints" / "step-12.npz", folder / "checkpoints")
    again = bring_to_its_end(folder)
    assert again.told == [11, 12] and "does not belong to this ledger" in again.notices[0]
    assert head(folder) == head(whole)


def test_another_version_of_a_library_starts_afresh(
    folder: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = versions()
    monkeypatch.setattr("sim.run.rebuilding.versions", lambda: {**here, "numpy": "0.1"})
    again = bring_to_its_end(folder)
    assert again.told == list(range(1, 13)) and "other versions" in again.notices[0]
    assert head(folder) == head(whole)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("executor: sequential", "executor: threads", []),
        ("capacity: 2000000", "capacity: 0", []),
        ("history: 600", "history: 20", []),
        ("checkpoint_interval: 5", "checkpoint_interval: 0", []),
    ],
)
def test_settings_that_decide_no_result_may_change(
    folder: Path, whole: Path, old: str, new: str, told: list[int]
) -> None:
    text = (folder / "config.yaml").read_text()
    assert old in text
    (folder / "config.yaml").write_text(text.replace(old, new))
    assert bring_to_its_end(folder).told == told
    assert head(folder) == head(whole)


def test_a_file_by_another_name_is_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    traffic = recorded(tmp_path)
    (tmp_path / "link.csv").symlink_to(str(traffic["traffic.path"]))
    monkeypatch.chdir(tmp_path)
    folder = run_to(tmp_path / "run", 6, {**traffic, "traffic.path": "link.csv"})
    again = bring_to_its_end(folder)
    assert again.told == []
    assert not any("checkpoint" in notice for notice in again.notices)


def test_another_configuration_is_noticed_and_nothing_is_written(folder: Path) -> None:
    text = (folder / "config.yaml").read_text()
    (folder / "config.yaml").write_text(text.replace("min_flows: 3", "min_flows: 4"))
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name != "lock"}
    with pytest.raises(VerificationError, match="not the configuration that the run began with"):
        resume_run(folder)
    after = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name != "lock"}
    assert after == before


@contextmanager
def altered(folder: Path, name: str, change: Callable[[Checkpoint], None]) -> Iterator:
    """A checkpoint that lies about what it remembers, and is whole."""
    path = folder / "checkpoints" / name
    checkpoint = file.read(path)
    change(checkpoint)
    file.write(checkpoint, path)
    yield


def forget_the_models(checkpoint: Checkpoint) -> None:
    for name, array in checkpoint.state.items():
        if "/shard.models.detector" in name and array.dtype.kind == "f":
            checkpoint.state[name] = array + 1


def lose_an_array(checkpoint: Checkpoint) -> None:
    del checkpoint.state["0/shard.windows.flows"]


def swap_a_shape(checkpoint: Checkpoint) -> None:
    name = "0/shard.windows.flows"
    checkpoint.state[name] = checkpoint.state[name][:, :-1].copy()


def garble_the_tree(checkpoint: Checkpoint) -> None:
    tree = checkpoint.state["tree"].tobytes()
    checkpoint.state["tree"] = np.frombuffer(tree.replace(b"reputation", b"reparation"), np.uint8)


@pytest.mark.parametrize("change", [lose_an_array, swap_a_shape, garble_the_tree])
def test_one_that_does_not_fit_is_passed_over(
    folder: Path, whole: Path, change: Callable[[Checkpoint], None]
) -> None:
    with altered(folder, "step-12.npz", change):
        again = bring_to_its_end(folder)
    assert again.told == [11, 12]
    assert "does not lead to what is recorded: does not fit this simulation" in again.notices[0]
    assert again.notices[0].isprintable()
    assert head(folder) == head(whole)


def test_one_that_remembers_wrongly_is_found_out_by_the_steps_behind_it(
    folder: Path, whole: Path
) -> None:
    (folder / "checkpoints" / "step-12.npz").unlink()
    with altered(folder, "step-10.npz", forget_the_models):
        again = bring_to_its_end(folder)
    assert again.told[-12:] == list(range(1, 13))
    assert "cannot be repeated" in again.notices[0]
    assert head(folder) == head(whole)


def test_a_journal_that_was_changed_is_noticed(folder: Path) -> None:
    with closing(apsw.Connection(str(folder / "ledger.db"))) as connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE commands SET payload = replace(payload, '0.8', '0.7')")
    with pytest.raises(VerificationError, match=r"commands \d+: the hash does not fit"):
        resume_run(folder)
