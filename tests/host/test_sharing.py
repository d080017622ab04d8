"""A run that its owner shares with a group: who finds it, who does not, and what a guest may do."""

from __future__ import annotations

import json
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cli_harness import call as cli
from waiting import PATIENCE, MakeEngine, wait_for

from sim.archive.directory import RunDirectory
from sim.archive.export import export_run
from sim.archive.record import Page, PagedRecord, RunRecord
from sim.archive.records import CHAINED
from sim.commands import InjectAttack, SetParameter, Step, Targets
from sim.engine.engine import Engine
from sim.errors import HostError, InputError, RunDirectoryError
from sim.host.address import address_of, addresses, folder, owner_of
from sim.host.attached import AttachedEngine, ask
from sim.host.messages import Rows, own_version
from sim.host.record import SharedRecord, entries_of, rows_of
from sim.host.shared_export import SharedRows, export_shared
from sim.host.switchboard import Switchboard
from sim.ledger.reader import Entry
from sim.ledger.rows import Genesis
from sim.machine.user import name_of, own_group, own_groups
from sim.snapshot import RunState
from tui.command_line.engines import cells, figures, meant

GROUP, MEMBER, STRANGER = 54321, 54322, 54323
RAISE = SetParameter("detection.threshold", 0.7)
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user")


@pytest.fixture
def shared_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where sockets for groups lie; all users can enter it."""
    with tempfile.TemporaryDirectory(prefix="dt-") as path:
        Path(path).chmod(0o755)
        for variable, name in (("DECSIM_SHARED_DIR", ""), ("XDG_RUNTIME_DIR", "own")):
            monkeypatch.setenv(variable, str(Path(path, name)))
        Path(path, "own").mkdir()
        yield Path(path)


@pytest.fixture
def group() -> int:
    """Whose members may come in: any number if root asks, one's own group otherwise."""
    return GROUP if os.getuid() == 0 else os.getegid()


@pytest.fixture
def engine(make_engine: MakeEngine, shared_folder: Path, group: int) -> Iterator[Engine]:
    made = make_engine()
    made.start()
    shot = wait_for(made, lambda s: s.state is RunState.PAUSED and bool(s.run_dir))
    board = Switchboard(made)
    board.listen(address_of(Path(shot.run_dir), group), group)
    yield made
    board.close()


@pytest.fixture
def address(engine: Engine, group: int) -> Path:
    return address_of(Path(engine.snapshot.run_dir), group)


def as_user(user: int, groups: list[int], deed: Callable[[], object]) -> object:
    """What a deed returns, done by another user in a process of its own; errors as their text."""
    own_version()  # what is installed may be out of the other user's reach
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups(groups)
            os.setgid(user)
            os.setuid(user)
            os.write(write, json.dumps(deed()).encode())
        except Exception as error:
            os.write(write, json.dumps(f"{type(error).__name__}: {error}").encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return json.loads(text)


def test_the_socket_is_the_groups_and_all_else_the_owners(
    engine: Engine, address: Path, group: int
) -> None:
    status = address.stat()
    assert (stat.S_IMODE(status.st_mode), status.st_gid) == (0o660, group)
    assert stat.S_IMODE(folder(group).stat().st_mode) == 0o750
    run_dir = Path(engine.snapshot.run_dir)
    for path in (run_dir, *run_dir.rglob("*")):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path
    assert list(addresses()) == [address]
    assert owner_of(address) == os.getuid()


def test_a_folder_that_others_may_write_is_not_believed(
    engine: Engine, address: Path, group: int
) -> None:
    address.parent.chmod(0o770)
    assert list(addresses()) == []
    assert list(addresses()) == [] and folder(group) == address.parent, "its owner mends it"
    assert list(addresses()) == [address]


def test_a_guest_steers_and_leaves_without_an_end(engine: Engine, address: Path) -> None:
    guest = AttachedEngine(address, guest=True)
    assert guest.loaded == engine.loaded
    guest.start()
    guest.submit(RAISE)
    guest.submit(Step())
    wait_for(engine, lambda s: any(entry.applied for entry in s.journal))
    assert not guest.in_charge
    assert guest.close(PATIENCE)
    assert not engine.ended


def test_the_record_read_out_is_the_record(engine: Engine, address: Path) -> None:
    engine.submit(RAISE)
    engine.submit(Step(8))
    length = wait_for(engine, lambda s: s.step == 8).performance.ledger_entries
    own, read_out = RunRecord(Path(engine.snapshot.run_dir)), SharedRecord(address)
    assert repr(read_out.facts(0, length)) == repr(own.facts(0, length))
    assert repr(read_out.entries(3, length + 5)) == repr(own.entries(3, length + 5))
    assert read_out.page(0, length)[1] == own.page(0, length)[1] != {}
    assert read_out.entries(length, length + 5) == ()
    rows = rows_of(own.page(0, 5)[0])
    own.close()
    read_out.close()
    for seq, (name, values) in enumerate(rows):
        for broken in ((name, values[:-1]), ("sqlite_master", values), (name, [None, *values[1:]])):
            with pytest.raises(HostError, match="a row cannot be read"):
                entries_of(Rows([*rows[:seq], broken], {}))


@pytest.mark.parametrize("form", ["csv", "json"])
@pytest.mark.parametrize("what", sorted(CHAINED))
def test_what_a_guest_exports_is_what_the_owner_exports(
    engine: Engine,
    address: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    form: str,
) -> None:
    own, shared = tmp_path / "own", tmp_path / "shared"
    # Whatever is accepted is withdrawn at once.
    monkeypatch.setattr("sim.consensus.assembly.nearly_all", lambda share: 0.0)
    engine.submit(Step(6))
    wait_for(engine, lambda s: s.step == 6)
    engine.submit(InjectAttack("port_scan", 0.8, 8, Targets(fraction=0.5)))
    engine.submit(Step(6))
    wait_for(engine, lambda s: s.step == 12)
    run_dir = Path(engine.snapshot.run_dir)
    rows = export_run(run_dir, what, form, own)
    assert export_shared(address, Path("/nowhere"), what, form, shared) == rows
    assert shared.read_bytes() == own.read_bytes()
    assert rows
    if what in ("signatures", "verdicts") and form == "json":
        assert any(row["withdrawn"] for row in json.loads(own.read_text(encoding="utf-8")))


@pytest.mark.parametrize(("what", "form"), [("metrics", "csv"), ("journal", "yaml")])
def test_a_guest_is_told_whom_to_ask_for_the_rest(
    engine: Engine, address: Path, tmp_path: Path, what: str, form: str
) -> None:
    out = tmp_path / "shared"
    asked = f"ask for `decsim-tui export /runs/r --what {what} --format {form}`"
    owner = name_of(os.getuid())
    with pytest.raises(InputError, match=f"{what} as {form} is in files of {owner} alone: {asked}"):
        export_shared(address, Path("/runs/r"), what, form, out)
    assert not out.exists()


@pytest.mark.parametrize("rows", [1, 2, 3, 7, 8, 9])
def test_how_long_a_shared_record_is(rows: int) -> None:
    class Pages(PagedRecord):
        def page(self, first: int, last: int) -> Page:
            entries = [
                Entry(seq, "genesis", 0, Genesis(1, 2, ("a",)))
                for seq in range(first, min(last + 1, rows))
            ]
            return Page(entries, {}, {})

    assert SharedRows(Pages()).length() == rows
    assert [seq for seq, _ in SharedRows(Pages()).rows(Genesis)] == list(range(rows))


def test_a_record_whose_engine_is_gone_is_an_error(engine: Engine, address: Path) -> None:
    record = SharedRecord(address)
    assert engine.close(PATIENCE)
    address.unlink()
    Path(engine.snapshot.run_dir, "ledger.db").rename(Path(engine.snapshot.run_dir, "old"))
    with pytest.raises((HostError, OSError)):
        record.page(0, 5)


def test_a_group_has_to_be_ones_own() -> None:
    names = own_groups()
    assert {name: own_group(name) for name in names} == names
    with pytest.raises(InputError, match="--share-group: no group 'nobody-has-it' here"):
        own_group("nobody-has-it")
    result = cli("start", "--share-group", "nobody-has-it", "--run-dir", "r")
    assert (result.code, Path("r").exists()) == (2, False)
    result = cli("--share-group", "x", "--host", "thread")
    assert (result.code, "--host thread" in result.err) == (2, True)


@as_root
def test_a_member_finds_it_by_name_and_gives_orders_in_its_own(
    engine: Engine, address: Path
) -> None:
    name = engine.snapshot.run_id

    def visit() -> object:
        found, welcome = meant(name)
        guest = AttachedEngine(found, guest=True)
        guest.start()
        guest.submit(RAISE)
        guest.submit(Step())
        end = time.monotonic() + PATIENCE
        while not guest.snapshot.journal and time.monotonic() < end:
            time.sleep(0.01)
        assert len(SharedRecord(found).entries(0, 3))
        owner = name_of(0)
        return figures(found, welcome)["user"] == owner, f"of {owner}" in cells(found, welcome)

    assert as_user(MEMBER, [GROUP], visit) == [True, True]
    [entry] = engine.snapshot.journal
    assert entry.order.giver.startswith(f"{MEMBER}@")


@as_root
def test_nobody_ends_the_run_of_somebody_else_by_chance(engine: Engine) -> None:
    refused = as_user(MEMBER, [GROUP], lambda: meant(None) and "found")
    assert refused == f"{RunDirectoryError.__name__}: no engine is alive (see: decsim-tui ps)"


@as_root
def test_a_stranger_finds_nothing_and_is_not_let_in(engine: Engine, address: Path) -> None:
    assert as_user(STRANGER, [], lambda: list(map(str, addresses()))) == []
    refused = as_user(STRANGER, [], lambda: ask(address).run_id)
    assert refused == "NobodyListensError: no engine answers (Permission denied)"
    run_dir = engine.snapshot.run_dir
    assert "no engine of that run" in str(as_user(STRANGER, [], lambda: str(meant(run_dir))))


@as_root
def test_who_cannot_read_a_run_is_told_whose_it_is(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="dt-") as name:
        Path(name).chmod(0o755)
        run = Path(name, "run")
        run.mkdir(mode=0o700)
        said = as_user(STRANGER, [GROUP], lambda: str(RunDirectory.open(run)))
    assert f"belongs to {name_of(0)}, who alone can read it: ask for what you need" in str(said)
