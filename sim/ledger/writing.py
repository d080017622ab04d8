"""The statements that write steps, inside of somebody's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import apsw

from sim.ledger import schema
from sim.ledger.chain import checksum
from sim.ledger.codec import TABLES
from sim.ledger.draft import StepDraft
from sim.ledger.tip import Tip

_INSERT_META: Final = "INSERT INTO meta (key, value, checksum) VALUES (?, ?, ?)"


def write_first(
    connection: apsw.Connection, draft: StepDraft, meta: Mapping[str, str], version: int
) -> None:
    """Make the tables, and write what a ledger begins with."""
    with connection:
        schema.create(connection, version)
        insert(connection, draft)
        connection.executemany(
            _INSERT_META,
            [(key, text, checksum("meta", (key, text))) for key, text in meta.items()],
        )
        Tip.after(draft, Tip.EMPTY, len(meta)).insert(connection)


def insert(connection: apsw.Connection, draft: StepDraft) -> None:
    """Write all rows of a step."""
    for name, table in TABLES.items():
        rows = draft.rows(name)
        if rows:
            connection.executemany(table.insert_sql, rows)
    connection.executemany(
        "INSERT INTO metrics (step, name, value, checksum) VALUES (?, ?, ?, ?)", draft.metrics()
    )
    connection.executemany(_INSERT_META, draft.texts())
