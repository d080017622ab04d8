"""A small ledger with rows of every kind, and ways to tamper with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import apsw

from sim.ledger.ballots import pack_ballots
from sim.ledger.chain import link
from sim.ledger.codec import TABLES
from sim.ledger.draft import StepDraft
from sim.ledger.ledger import Ledger
from sim.ledger.rows import (
    CommandRow,
    Genesis,
    SignatureRow,
    StepRow,
    TallyRow,
    TruthRow,
    VerdictRow,
)
from sim.ledger.schema import TRIGGERS_SQL

GENESIS = Genesis(seed=7, agents=10, features=("bytes", "packets"))


def fill(draft: StepDraft) -> StepDraft:
    """Adds one row of every kind, and two metrics."""
    step = draft.step
    draft.append(CommandRow(step, "set", '{"a": 1}', "1", "2", "key", "applied", "ok"))
    signature = draft.append(
        SignatureRow(step, 3, 5, 0.75, b"\1" * 8, b"\2" * 8, '["bytes"]', b"f" * 16)
    )
    ballots = pack_ballots([1, 2, 3, 4], [1, 1, 2, 3], [0, 1, 2, 3], [1.0, 0.5, 0.25, 1.0])
    draft.append(TallyRow(step, signature, 1.5, 0.25, 1, ballots))
    draft.append(VerdictRow(step, signature, "ACCEPTED", 1.5, 0.25, 3, "quorum"))
    draft.append(TruthRow(step, signature, "attack", "port_scan"))
    draft.append(StepRow(step, 10, 320, 5, (1, 2, 3, 4), (5, 6, 7, 8), b"d" * 16))
    draft.record("step_s", 0.125 + step)
    draft.record("hit_rate", float("nan"))
    return draft


def write(path: Path, steps: int = 3) -> Path:
    """Writes a whole ledger and closes it."""
    with closing(Ledger.create(path, GENESIS, {"run_id": "r1", "version": "0.1"})) as ledger:
        for step in range(steps):
            ledger.commit(fill(ledger.begin(step)))
    return path


@contextmanager
def tampering(path: Path) -> Iterator[apsw.Connection]:
    """A connection for which the triggers are gone; afterwards they are back."""
    with closing(apsw.Connection(str(path))) as connection:
        connection.pragma("synchronous", "OFF")
        connection.pragma("foreign_keys", False)
        connection.pragma("ignore_check_constraints", True)
        connection.execute("BEGIN")
        for sql in TRIGGERS_SQL:
            connection.execute(f"DROP TRIGGER {sql.split()[2]}")
        yield connection
        for sql in TRIGGERS_SQL:
            connection.execute(sql)
        connection.execute("COMMIT")


def nullify(path: Path) -> None:
    """Puts NULL into a column that is NOT NULL (tally 9, confirm), with a hash that fits it."""
    with closing(apsw.Connection(str(path))) as connection:
        connection.pragma("writable_schema", True)
        sql = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'tallies'").get
        loose = sql.replace("confirm REAL NOT NULL", "confirm REAL")
        change = "UPDATE sqlite_schema SET sql = ? WHERE name = 'tallies'"
        connection.execute(change, (loose,))
    with tampering(path) as connection:
        previous = connection.execute("SELECT hash FROM signatures WHERE seq = 8").get
        columns = ", ".join(TABLES["tallies"].columns)
        row = list(connection.execute(f"SELECT {columns} FROM tallies WHERE seq = 9").fetchone())
        row[TABLES["tallies"].columns.index("confirm")] = None
        connection.execute(
            "UPDATE tallies SET confirm = NULL, hash = ? WHERE seq = 9",
            (link(previous, "tallies", 9, row),),
        )
    with closing(apsw.Connection(str(path))) as connection:
        connection.pragma("writable_schema", True)
        connection.execute(change, (sql,))
