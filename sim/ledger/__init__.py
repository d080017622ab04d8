"""The ledger: one append-only, hash-chained SQLite file per run."""

from __future__ import annotations
