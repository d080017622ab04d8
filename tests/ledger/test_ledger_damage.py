"""Random damage: always detected, never a traceback, and every row with a valid chain is saved."""

from __future__ import annotations

import random
import shutil
import struct
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import apsw
import pytest
from ledger_samples import fill, write

from sim.errors import DecsimError, LedgerError
from sim.ledger import wal
from sim.ledger.ballots import pack_ballots
from sim.ledger.codec import TABLES
from sim.ledger.ledger import Ledger
from sim.ledger.reader import open_read_only
from sim.ledger.rows import SignatureRow, StepRow, TallyRow
from sim.ledger.salvage import salvage
from sim.ledger.verify import verify

STEPS = 20
LOGGED = 10
"""Steps in the WAL of a ledger whose process was killed."""
PAGE = 4096


@dataclass(frozen=True)
class Sample:
    """A whole ledger and where each of its rows lies."""

    folder: Path
    heads: dict[int, str]
    """Step → head."""
    extents: dict[int, list[tuple[int, int]]]
    """seq → first byte and the one behind the last, of its cell and its pointer."""
    ends: list[int]
    """seq of the last row of the genesis and of each step."""

    @property
    def dump(self) -> list[tuple[object, ...]]:
        return dump(self.folder / "ledger.db")


def dump(path: Path) -> list[tuple[object, ...]]:
    """All that is stored, in order."""
    flags = apsw.SQLITE_OPEN_READONLY
    with closing(apsw.Connection(str(path), flags=flags)) as connection:
        schema = list(connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema"))
        pragmas = [connection.pragma("application_id"), connection.pragma("user_version")]
        rows = [
            row
            for table in (*TABLES, "metrics", "meta", "tip")
            for row in connection.execute(f"SELECT * FROM {table}")
        ]
        integrity = list(connection.execute("PRAGMA integrity_check"))
    return [*schema, tuple(pragmas), *rows, *integrity]


def varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    while True:
        byte = data[at]
        value, at = value << 7 | byte & 0x7F, at + 1
        if byte < 0x80:
            return value, at


def extents(path: Path) -> dict[int, list[tuple[int, int]]]:
    """Where the chained rows lie, by a walk along the b-trees of the whole file."""
    data = path.read_bytes()
    with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
        roots = [
            connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,)).get
            for name in TABLES
        ]
    found: dict[int, list[tuple[int, int]]] = {}
    pages = list(roots)
    while pages:
        start = (pages.pop() - 1) * PAGE
        kind, count = data[start], struct.unpack_from(">H", data, start + 3)[0]
        if kind == 5:
            pointers = struct.unpack_from(f">{count}H", data, start + 12)
            pages += [struct.unpack_from(">I", data, start + p)[0] for p in pointers]
            pages.append(struct.unpack_from(">I", data, start + 8)[0])
            continue
        assert kind == 13
        for i in range(count):
            (cell,) = struct.unpack_from(">H", data, start + 8 + 2 * i)
            length, at = varint(data, start + cell)
            seq, at = varint(data, at)
            assert length < PAGE - 35
            found[seq] = [(start + cell, at + length), (start + 8 + 2 * i, start + 10 + 2 * i)]
    return found


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A closed ledger of 20 steps."""
    folder = tmp_path_factory.mktemp("sample")
    path = write(folder / "ledger.db", STEPS)
    with closing(open_read_only(path)) as reader:
        heads = {step: head.hex() for step, head in reader.heads()}
        ends = [0, *(seq for seq, _ in reader.rows(StepRow))]
    return Sample(folder, heads, extents(path), ends)


@pytest.fixture(scope="session")
def unfinished(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The same with its last ten steps in the WAL, as a killed process leaves it."""
    folder, alive = tmp_path_factory.mktemp("unfinished"), tmp_path_factory.mktemp("alive")
    path = write(alive / "ledger.db", STEPS - LOGGED)
    with closing(Ledger.open(path)) as ledger:
        for step in range(STEPS - LOGGED, STEPS):
            ledger.commit(fill(ledger.begin(step)))
        for name in ("ledger.db", "ledger.db-wal"):
            shutil.copyfile(alive / name, folder / name)
    with closing(open_read_only(path)) as reader:
        heads = {step: head.hex() for step, head in reader.heads()}
        ends = [0, *(seq for seq, _ in reader.rows(StepRow))]
    return Sample(folder, heads, {}, ends)


def spoil(data: bytes, rng: random.Random) -> bytes:
    """One of the ways in which a file comes to harm."""
    spoilt = bytearray(data)
    at = rng.randrange(len(spoilt))
    match rng.randrange(6):
        case 0:
            spoilt[at] ^= 1 << rng.randrange(8)
        case 1:
            for _ in range(rng.randrange(2, 40)):
                spoilt[rng.randrange(len(spoilt))] ^= rng.randrange(1, 256)
        case 2:
            sector = at // 512 * 512
            spoilt[sector : sector + 512] = bytes(len(spoilt[sector : sector + 512]))
        case 3:
            del spoilt[at:]
        case 4:
            page = at // PAGE * PAGE
            spoilt[page : page + PAGE] = rng.randbytes(len(spoilt[page : page + PAGE]))
        case 5:
            one, two = at // PAGE * PAGE, rng.randrange(len(spoilt)) // PAGE * PAGE
            first, second = spoilt[one : one + PAGE], spoilt[two : two + PAGE]
            if len(first) == len(second) == PAGE:
                spoilt[one : one + PAGE], spoilt[two : two + PAGE] = second, first
    return bytes(spoilt)


def intact_steps(sample: Sample, before: bytes, after: bytes) -> int:
    """Length of the longest beginning of whole steps that the damage has not touched."""

    def touched(first: int, last: int) -> bool:
        return before[first:last] != after[first:last]

    rows = 0
    while rows in sample.extents and not any(touched(*e) for e in sample.extents[rows]):
        rows += 1
    return max([end + 1 for end in sample.ends if end < rows], default=0)


def check_one(sample: Sample, name: str, seed: int, folder: Path) -> tuple[bool, int]:
    """Damage one file in one way; returns whether it was detected, and the rows saved."""
    rng = random.Random(seed)
    folder.mkdir()
    for file in sample.folder.iterdir():
        if not file.name.endswith("-shm"):
            shutil.copyfile(file, folder / file.name)
    path, spoilt = folder / "ledger.db", folder / name
    before = spoilt.read_bytes()
    after = spoil(before, rng)
    spoilt.write_bytes(after)
    detected = not looks_well(path)
    expected = intact_steps(sample, before, after) if sample.extents else 0
    kept = saved_rows(sample, path, expected)
    if kept and seed % 10 == 0:
        go_on_with(path)
    shutil.rmtree(folder)
    return detected, kept


def looks_well(path: Path) -> bool:
    try:
        return verify(path).ok
    except DecsimError as error:
        said = str(error)
    assert said.isprintable()
    return False


def saved_rows(sample: Sample, path: Path, expected: int) -> int:
    """Salvage, and check what is left of the ledger."""
    before = path.read_bytes()
    try:
        saved = salvage(path)
    except (DecsimError, LedgerError):
        assert expected == 0
        assert path.read_bytes() == before
        return 0
    assert saved.kept >= expected
    assert saved.kept - 1 in sample.ends
    found = verify(path)
    assert (found.problems, found.rows, found.head) == ((), saved.kept, saved.head)
    if saved.last_step >= 0:
        assert saved.head == sample.heads[saved.last_step]
    assert saved.moved_to.exists()
    return saved.kept


def go_on_with(path: Path) -> None:
    """A run goes on in what was saved."""
    with closing(Ledger.open(path)) as ledger:
        ledger.commit(fill(ledger.begin(ledger.counts()["steps"])))
    assert verify(path).ok


def same_content(sample: Sample, folder: Path, seed: int, name: str) -> bool:
    """Whether what a seed damages is nothing that is stored."""
    folder.mkdir()
    data = (sample.folder / name).read_bytes()
    (folder / name).write_bytes(spoil(data, random.Random(seed)))
    try:
        return dump(folder / name) == sample.dump
    except (apsw.Error, UnicodeDecodeError):
        return False
    finally:
        shutil.rmtree(folder)


def damage_the_file(sample: Sample, folder: Path, seeds: range) -> tuple[int, int]:
    """How many kinds of damage were noticed, and how many did no harm."""
    noticed = harmless = 0
    for seed in seeds:
        detected, _ = check_one(sample, "ledger.db", seed, folder / "one")
        if detected:
            noticed += 1
        else:
            harmless += 1
            assert same_content(sample, folder / "same", seed, "ledger.db"), seed
    return noticed, harmless


def damage_the_wal(sample: Sample, folder: Path, seeds: range) -> int:
    """Rows saved of all that is damaged; a log that only ends earlier is a beginning of the run."""
    saved = 0
    for seed in seeds:
        _, kept = check_one(sample, "ledger.db-wal", seed, folder / "one")
        assert kept > 6 * (STEPS - LOGGED)
        saved += kept
    return saved


def test_damage_to_the_file(sample: Sample, tmp_path: Path) -> None:
    noticed, harmless = damage_the_file(sample, tmp_path, range(100))
    assert noticed > 60
    assert harmless > 8


def test_damage_to_the_wal(unfinished: Sample, tmp_path: Path) -> None:
    damage_the_wal(unfinished, tmp_path, range(50))


@pytest.mark.long
def test_much_damage(sample: Sample, unfinished: Sample, tmp_path: Path) -> None:
    damage_the_file(sample, tmp_path, range(1_000, 8_000))
    damage_the_wal(unfinished, tmp_path, range(1_000, 4_000))


def test_a_commit_behind_a_damaged_frame_is_missed(unfinished: Sample, tmp_path: Path) -> None:
    """SQLite reads the log up to the damage and says nothing."""
    for name in ("ledger.db", "ledger.db-wal"):
        shutil.copyfile(unfinished.folder / name, tmp_path / name)
    path, wal = tmp_path / "ledger.db", tmp_path / "ledger.db-wal"
    assert verify(path).ok
    data = bytearray(wal.read_bytes())
    data[32 + 10 * (24 + PAGE) + 100] ^= 1
    wal.write_bytes(data)
    found = verify(path)
    assert not found.ok
    assert "frame 11 of the write-ahead log is damaged" in str(found.first_bad)
    saved = salvage(path)
    assert saved.kept > found.rows  # what SQLite passes over is in the pages


def test_a_log_that_was_cut_in_the_middle_of_a_commit_is_no_damage(
    unfinished: Sample, tmp_path: Path
) -> None:
    """What a crash leaves of a step that was never acknowledged."""
    for name in ("ledger.db", "ledger.db-wal"):
        shutil.copyfile(unfinished.folder / name, tmp_path / name)
    wal = tmp_path / "ledger.db-wal"
    wal.write_bytes(wal.read_bytes()[:-1000])
    found = verify(tmp_path / "ledger.db")
    assert found.ok
    assert found.head in unfinished.heads.values()


def test_rows_longer_than_a_page_are_found_by_their_pages(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    from ledger_samples import GENESIS

    with closing(Ledger.create(path, GENESIS, {})) as ledger:
        for step in range(1, 4):
            draft = ledger.begin(step)
            signature = draft.append(
                SignatureRow(step, 3, 5, 2.0, b"\1" * 8, b"\2" * 8, '["bytes"]', b"f" * 16)
            )
            count = 3_000
            ballots = pack_ballots(range(count), [1] * count, [0] * count, [1.0] * count)
            draft.append(TallyRow(step, signature, float(count), 0.0, 0, ballots))
            draft.append(StepRow(step, 10, 320, 5, (1, 2, 3, 4), (5, 6, 7, 8), b"d" * 16))
            ledger.commit(draft)
        head = ledger.head_hex
    data = bytearray(path.read_bytes())
    data[:100] = bytes(100)  # not even the head of the file is left
    path.write_bytes(data)
    saved = salvage(path)
    assert (saved.kept, saved.head, saved.lost) == (10, head, 0)
    assert verify(path).ok


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("size", [8, 24, 512, 4096, 65536])
def test_the_checksum_of_a_log_is_that_of_its_format(order: str, size: int) -> None:
    """As https://sqlite.org/fileformat2.html#walformat writes it down, word by word."""
    source = random.Random(size)
    data = source.randbytes(size)
    first, second = start = (source.getrandbits(32), 0xFFFFFFFF)
    for low, high in struct.iter_unpack(f"{order}II", data):
        first = (first + low + second) % (1 << 32)
        second = (second + high + first) % (1 << 32)
    assert wal._sum(data, order, start) == (first, second)
