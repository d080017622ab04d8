"""`doctor RUN_DIR`: says what is well and what is not, and mends it; nothing is built on damage."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from cli_harness import Result, call
from laboratory import SCAN, loaded, opened_engine

from sim.archive.directory import RunDirectory
from sim.ledger.verify import verify


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 30 steps."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    engine = opened_engine(loaded({"simulation.agents": 6}, [(6, SCAN)]), folder)
    engine.run(30)
    engine.close()
    return folder


@pytest.fixture
def run(whole: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoilt."""
    return Path(shutil.copytree(whole, tmp_path / "run"))


def damage(run: Path) -> None:
    """Spoil two pages in the middle of the ledger."""
    file = run / "ledger.db"
    data = bytearray(file.read_bytes())
    middle = len(data) // 4096 // 2 * 4096
    data[middle : middle + 8192] = bytes(range(256)) * 32
    file.write_bytes(data)


def findings(result: Result) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for finding in json.loads(result.out)["findings"]:
        found.setdefault(finding["name"], []).append(finding["state"])
    return found


def test_a_run_that_is_well(run: Path) -> None:
    result = call("doctor", str(run), "--json")
    assert (result.code, result.err) == (0, "")
    states = findings(result)
    assert {s for some in states.values() for s in some} == {"ok"}
    assert {"lock", "config", "ledger", "chain", "steps", "journal", "disk"} <= states.keys()
    words = call("doctor", str(run)).out
    assert "30 recorded" in words
    assert "1 command" in words


def test_nothing_is_changed_by_looking(run: Path) -> None:
    damage(run)
    before = {p.name: p.read_bytes() for p in run.rglob("*") if p.is_file()}
    assert call("doctor", str(run)).code == 3
    assert {p.name: p.read_bytes() for p in run.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify"],
        ["resume", "--steps", "1", "--headless"],
        ["export", "--what", "votes", "--format", "csv"],
    ],
    ids=lambda some: some[0],
)
def test_nothing_is_built_on_a_damaged_ledger(run: Path, arguments: list[str]) -> None:
    damage(run)
    before = (run / "ledger.db").read_bytes()
    result = call(arguments[0], str(run), *arguments[1:])
    assert (result.code, result.out) == (3, "")
    assert result.err.count("\n") == 1
    assert result.err.rstrip("\n").isprintable()
    assert (run / "ledger.db").read_bytes() == before


def test_a_damaged_ledger_is_mended_and_the_run_goes_on(run: Path) -> None:
    head = verify(run / "ledger.db").head
    damage(run)
    spoilt = (run / "ledger.db").read_bytes()
    told = call("doctor", str(run))
    assert told.code == 3
    assert "DAMAGED" in told.out
    assert "doctor --mend" in told.out
    mended = call("doctor", str(run), "--mend", "--json")
    assert mended.code == 0, mended
    assert any("rows are saved" in line for line in json.loads(mended.out)["mended"])
    assert (run / "ledger.db.corrupt-1").read_bytes() == spoilt
    assert json.loads((run / "salvage-1.json").read_text())["moved_to"] == "ledger.db.corrupt-1"
    assert findings(mended)["earlier damage"] == ["note"]
    steps = json.loads(call("verify", str(run), "--json").out)["rows"]
    assert steps > 1
    done = len(json.loads(call("export", str(run), "--what", "metrics", "--format", "json").out))
    rest = ["--steps", str(30 - done)] if done < 30 else ["--steps", "1"]
    assert call("resume", str(run), *rest, "--headless", "--json").code == 0
    if done < 30:
        assert verify(run / "ledger.db").head == head


def test_what_a_killed_run_leaves_is_taken_in(whole: Path, tmp_path: Path) -> None:
    alive = opened_engine(loaded({"simulation.agents": 6}), tmp_path / "alive")
    alive.run(4)
    run = Path(shutil.copytree(tmp_path / "alive", tmp_path / "run"))
    alive.close()
    assert (run / "ledger.db-wal").stat().st_size > 0
    told = call("doctor", str(run), "--json")
    assert told.code == 0
    assert findings(told)["ledger"] == ["ok", "note"]
    assert call("doctor", str(run), "--mend").code == 0
    assert not (run / "ledger.db-wal").exists()
    assert verify(run / "ledger.db").ok


def test_a_run_in_use_is_examined_and_not_mended(run: Path) -> None:
    damage(run)
    with RunDirectory.open(run).locked():
        told = call("doctor", str(run), "--json")
        assert (told.code, findings(told)["lock"]) == (3, ["note"])
        refused = call("doctor", str(run), "--mend")
    assert refused.code == 2
    assert "in use" in refused.err


def test_a_ledger_of_which_nothing_is_left(run: Path) -> None:
    (run / "ledger.db").write_bytes(b"nothing of the kind\n" * 500)
    result = call("doctor", str(run), "--mend")
    assert (result.code, result.err.count("\n")) == (3, 1)
    assert (run / "ledger.db").read_bytes() == b"nothing of the kind\n" * 500


def test_other_damage_is_named(run: Path) -> None:
    (run / "config.yaml").write_text("simulation: {agents: many}\n")
    result = call("doctor", str(run), "--json")
    assert (result.code, findings(result)["config"]) == (3, ["damaged"])


def test_a_damaged_checkpoint_is_put_aside(run: Path) -> None:
    (checkpoint,) = (run / "checkpoints").glob("step-*.npz")
    assert findings(call("doctor", str(run), "--json"))["checkpoints"] == ["ok"]
    data = bytearray(checkpoint.read_bytes())
    data[len(data) // 2] ^= 1
    checkpoint.write_bytes(data)
    result = call("doctor", str(run), "--json")
    assert (result.code, findings(result)["checkpoints"]) == (3, ["damaged"])
    assert call("doctor", str(run), "--mend").code == 0
    assert not checkpoint.exists()
    assert (run / "checkpoints" / f"{checkpoint.name}.unusable").exists()


def test_traffic_that_is_not_what_it_was(tmp_path: Path) -> None:
    flows = tmp_path / "flows.csv"
    flows.write_text("bytes,packets\n" + "".join(f"{i % 7},{i % 5}\n" for i in range(400)))
    settings = {"simulation.agents": 4, "traffic.path": str(flows)}
    engine = opened_engine(loaded(settings), tmp_path / "run")
    engine.run(2)
    engine.close()
    run = str(tmp_path / "run")
    assert findings(call("doctor", run, "--json"))["traffic"] == ["ok"]
    flows.write_text(flows.read_text() + "1,2\n")
    assert findings(call("doctor", run, "--json"))["traffic"] == ["damaged"]
    flows.unlink()
    gone = call("doctor", run, "--json")
    assert (gone.code, findings(gone)["traffic"]) == (3, ["damaged"])


def test_bad_arguments(tmp_path: Path) -> None:
    assert call("doctor", "--mend").code == 2
    assert call("doctor", str(tmp_path / "nowhere"), "--mend").code == 2
