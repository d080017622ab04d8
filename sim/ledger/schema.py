"""The schema of a ledger file, versions 1 and 2: the one place that documents it.

Chained tables (`genesis commands signatures tallies verdicts truths steps`) share one counter:
`seq` starts at 0 with the genesis and is unique and without gaps over all of them together.
`hash` links a row to the row with the previous `seq`, whatever its table; see `sim.ledger.chain`.

Three tables stand outside the chain, because what they hold may differ between equal runs:

* `metrics`: wall-clock and cache figures by step and name, and what follows from the traffic of a
  step: `attack.<kind>.<figure>`, and `withdrawn.<seq>` for a signature whose acceptance was taken
  back, with the share of the agents that it had flagged. NULL stands for "not a number".
* `meta`: free texts about the run, written once when it is created; and `giver.<seq>`, written with
  a command: who gave it, where that is known.
* `tip`: one row that names the last `seq`, its hash and the number of rows in `metrics` and
  `meta`, so that a cut-off tail is noticed.

The versions have the same tables; from 2 on, ballots carry radii (see `sim.ledger.ballots`).

The text below is compared to the letter with that of a file: a changed comment in it would make
every older ledger foreign.

Each row of these carries a BLAKE2b checksum. Triggers refuse every change but an append (and an
update of `tip`), `INSERT OR REPLACE` included. They stop accidents; the hash chain finds intent.
"""

from __future__ import annotations

import functools
from typing import Final

import apsw

from sim.ledger.rows import SCHEMA_VERSION

APPLICATION_ID: Final = 0x44435349
"""`DCSI`: how `file` and other tools can tell a ledger from another SQLite file."""

TABLES_SQL: Final[dict[str, str]] = {
    "genesis": """CREATE TABLE genesis (
    seq INTEGER PRIMARY KEY CHECK (seq = 0),
    seed INTEGER NOT NULL,
    agents INTEGER NOT NULL CHECK (agents >= 0),
    features TEXT NOT NULL,              -- JSON list of the D feature names
    schema_version INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT""",
    "commands": """CREATE TABLE commands (
    seq INTEGER PRIMARY KEY CHECK (seq > 0),
    step INTEGER NOT NULL CHECK (step >= 0),
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,               -- JSON
    old TEXT NOT NULL,                   -- JSON
    new TEXT NOT NULL,                   -- JSON
    source TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('applied', 'rejected')),
    reason TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT""",
    "signatures": """CREATE TABLE signatures (
    seq INTEGER PRIMARY KEY CHECK (seq > 0),
    step INTEGER NOT NULL CHECK (step >= 0),
    publisher INTEGER NOT NULL CHECK (publisher >= 0),
    flows INTEGER NOT NULL CHECK (flows >= 0),
    score REAL NOT NULL,
    centre BLOB NOT NULL,                -- D x float32, little-endian
    spread BLOB NOT NULL,                -- D x float32, little-endian
    features TEXT NOT NULL,              -- JSON list of the features that stand out
    fingerprint BLOB NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT""",
    "tallies": """CREATE TABLE tallies (
    seq INTEGER PRIMARY KEY CHECK (seq > 0),
    step INTEGER NOT NULL CHECK (step >= 0),
    signature INTEGER NOT NULL REFERENCES signatures (seq),
    confirm REAL NOT NULL CHECK (confirm >= 0),
    refute REAL NOT NULL CHECK (refute >= 0),
    abstain INTEGER NOT NULL CHECK (abstain >= 0),
    ballots BLOB NOT NULL CHECK (length(ballots) % 8 = 0),
                                         -- per ballot: voter u32, vote u8, reason u8, weight u16
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT""",
    "verdicts": """CREATE TABLE verdicts (
    seq INTEGER PRIMARY KEY CHECK (seq > 0),
    step INTEGER NOT NULL CHECK (step >= 0),
    signature INTEGER NOT NULL UNIQUE REFERENCES signatures (seq),
    verdict TEXT NOT NULL CHECK (verdict IN ('ACCEPTED', 'REJECTED', 'EXPIRED')),
    confirm REAL NOT NULL,
    refute REAL NOT NULL,
    voters INTEGER NOT NULL CHECK (voters >= 0),
    rule TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT""",
    "truths": """CREATE TABLE truths (
    seq INTEGER PRIMARY KEY CHECK (seq > 0),
    step INTEGER NOT NULL CHECK (step >= 0),
    signature INTEGER NOT NULL UNIQUE REFERENCES signatures (seq),
    truth TEXT NOT NULL CHECK (truth IN ('attack', 'false_alarm', 'poison')),
    attack TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT""",
    "steps": """CREATE TABLE steps (
    seq INTEGER PRIMARY KEY CHECK (seq > 0),
    step INTEGER NOT NULL UNIQUE CHECK (step >= 0),
    active INTEGER NOT NULL,
    flows INTEGER NOT NULL,
    anomalies INTEGER NOT NULL,
    solo_tp INTEGER NOT NULL,
    solo_fp INTEGER NOT NULL,
    solo_fn INTEGER NOT NULL,
    solo_tn INTEGER NOT NULL,
    collective_tp INTEGER NOT NULL,
    collective_fp INTEGER NOT NULL,
    collective_fn INTEGER NOT NULL,
    collective_tn INTEGER NOT NULL,
    digest BLOB NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT""",
    "metrics": """CREATE TABLE metrics (
    step INTEGER NOT NULL CHECK (step >= 0),
    name TEXT NOT NULL,
    value REAL,
    checksum BLOB NOT NULL CHECK (length(checksum) = 16),
    PRIMARY KEY (step, name)
) STRICT, WITHOUT ROWID""",
    "meta": """CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    checksum BLOB NOT NULL CHECK (length(checksum) = 16)
) STRICT, WITHOUT ROWID""",
    "tip": """CREATE TABLE tip (
    id INTEGER PRIMARY KEY CHECK (id = 0),
    seq INTEGER NOT NULL,                -- of the last chained row
    head BLOB NOT NULL CHECK (length(head) = 32),
    metrics INTEGER NOT NULL,            -- rows in metrics
    meta INTEGER NOT NULL,               -- rows in meta
    checksum BLOB NOT NULL CHECK (length(checksum) = 16)
) STRICT""",
}

CHAINED: Final = (
    "genesis",
    "commands",
    "signatures",
    "tallies",
    "verdicts",
    "truths",
    "steps",
)
"""Chained tables, in the order of insertion: what is referred to comes first."""

PLAIN: Final[dict[str, tuple[str, int]]] = {
    "metrics": ("step, name, value, checksum", 2),
    "meta": ("key, value, checksum", 1),
}
"""Tables outside the chain: columns, and how many of them are the key."""

INDEXES_SQL: Final = (
    "CREATE INDEX tallies_signature ON tallies (signature)",
    "CREATE INDEX metrics_name ON metrics (name, step)",
)

_NEWER: Final = "NEW.seq <= (SELECT max(seq) FROM {table})"
_TAKEN: Final = {
    "verdicts": " OR EXISTS (SELECT 1 FROM verdicts WHERE signature = NEW.signature)",
    "truths": " OR EXISTS (SELECT 1 FROM truths WHERE signature = NEW.signature)",
    "steps": " OR NEW.step <= (SELECT max(step) FROM steps)",
}
_EXISTS: Final = {
    "metrics": "EXISTS (SELECT 1 FROM metrics WHERE step = NEW.step AND name = NEW.name)",
    "meta": "EXISTS (SELECT 1 FROM meta WHERE key = NEW.key)",
    "tip": "EXISTS (SELECT 1 FROM tip)",
}


def _triggers(table: str) -> list[str]:
    appended = _EXISTS.get(table) or _NEWER.format(table=table) + _TAKEN.get(table, "")
    refused = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    statements = [
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refused}",
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {appended} {refused}",
    ]
    if table != "tip":
        statements.append(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refused}")
    return statements


TRIGGERS_SQL: Final = tuple(sql for table in TABLES_SQL for sql in _triggers(table))


def create(connection: apsw.Connection, version: int = SCHEMA_VERSION) -> None:
    """Creates all tables, indexes and triggers of an empty ledger.

    Args:
        connection: Writable and inside a transaction.
        version: One of `VERSIONS`; that of its genesis.
    """
    for sql in (*TABLES_SQL.values(), *INDEXES_SQL, *TRIGGERS_SQL):
        connection.execute(sql)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    mark(connection, version)


def mark(connection: apsw.Connection, version: int) -> None:
    """Notes the version of the schema where `file` and other tools find it."""
    connection.execute(f"PRAGMA user_version = {int(version)}")


SchemaObject = tuple[str, str, str]
"""Type (`table`, `index`, `trigger`), table that it belongs to, SQL text."""


def objects(connection: apsw.Connection) -> tuple[dict[str, SchemaObject], str]:
    """Reads the schema of a database that may be damaged.

    Returns:
        Name of each object with its type, table and SQL (what is not UTF-8 is shown as escapes);
        and why the reading stopped early, empty if it did not.
    """
    columns = ("name", "type", "tbl_name", "coalesce(sql, '')")
    casts = ", ".join(f"CAST({column} AS BLOB)" for column in columns)
    found: dict[str, SchemaObject] = {}
    try:
        for row in connection.execute(f"SELECT {casts} FROM sqlite_schema"):  # noqa: S608 - names are ours
            cells = [bytes(cell or b"").decode(errors="backslashreplace") for cell in row]
            name, kind, table, sql = cells
            found[name] = (kind, table, sql)
    except apsw.CorruptError as error:
        return found, str(error)
    return found, ""


@functools.cache
def expected_objects() -> dict[str, SchemaObject]:
    """The schema that every ledger of this version has, as SQLite itself records it."""
    connection = apsw.Connection(":memory:")
    try:
        create(connection)
        return objects(connection)[0]
    finally:
        connection.close()
