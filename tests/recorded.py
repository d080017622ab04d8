"""Records of runs made by hand, for panes that show the whole past."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sim.archive.facts import (
    Commanded,
    Content,
    Decided,
    Fact,
    Published,
    Revealed,
    Stepped,
    Voted,
)
from sim.snapshot import Confusion, LedgerEntry
from tui.record.book import Book

CALM = Confusion(0, 2, 0, 98)
ATTACKED = Confusion(18, 1, 2, 79)
MISSED = Confusion(8, 2, 12, 78)


def command(kind: str, payload: dict, new: object = None, old: object = None, **rest) -> Commanded:
    fields = {"source": "live", "applied": True, "reason": ""} | rest
    return Commanded(kind=kind, payload=payload, old=old, new=new, **fields)


def rows() -> list[tuple[int, Content | None]]:
    """Sixty steps: a scan that is accepted, poison that is rejected, one wrong verdict."""
    found: list[tuple[int, Content | None]] = [(0, None)]
    for step in range(1, 61):
        if step == 20:
            payload = {"kind": "port_scan", "duration": 20, "targets": {"fraction": 0.25}}
            found.append((step, command("inject_attack", payload, {"attack": 1, "until": 40},
                                        source="scenario")))  # fmt: skip
            for publisher in (3, 5):
                _sign(found, step, publisher, "attack", "port_scan", 12.0, 0.0, "ACCEPTED")
        if step == 30:
            payload = {"key": "consensus.quorum", "value": 0.8}
            found.append((step, command("set_parameter", payload, 0.8, 0.6)))
        if step == 45:
            _sign(found, step, 7, "poison", "", 2.0, 30.0, "REJECTED", 0.8)
            _sign(found, step, 9, "poison", "", 30.0, 4.0, "ACCEPTED", 0.8)
        if step == 50:
            found.append((step, command("undo", {}, 0.6, 0.8)))
            found.append((step, command("stop_attack", {"attack": 9}, applied=False,
                                        reason="no attack 9 is under way")))  # fmt: skip
        under = 20 <= step < 40
        solo, together = (MISSED, ATTACKED) if under else (CALM, CALM)
        found.append((step, Stepped(64, 6400, 190 if under else 20, solo, together)))
    return found


def _sign(
    found: list, step: int, publisher: int, truth: str, attack: str, confirm: float, refute: float,
    verdict: str, quorum: float = 0.6,
) -> None:  # fmt: skip
    seq = len(found)
    features = ("distinct_ports ↑", "syn_ratio ↑")
    found.append((step, Published(publisher, 9, 0.91, features)))
    found.append((step, Revealed(seq, truth, attack)))
    found.append((step, Voted(seq, confirm, refute, int(confirm), int(refute), 3)))
    found.append((step, Decided(seq, verdict, "quorum", quorum)))


def facts(content: Iterable[tuple[int, Content | None]] | None = None) -> list[Fact]:
    return [Fact(seq, step, row) for seq, (step, row) in enumerate(content or rows())]


def written(content: Iterable[tuple[int, Content | None]] | None = None) -> Book:
    """A book that has read a record."""
    book = Book(opener=lambda path: FakeRecord(facts(content)))
    for fact in facts(content):
        book.add(fact)
    book.version += 1
    return book


class FakeRecord:
    """What the follower reads, without a file."""

    moved = False

    def __init__(self, found: list[Fact]) -> None:
        self.found = found
        self.closed = False

    def length(self) -> int:
        return len(self.found)

    def facts(self, first: int, count: int) -> tuple[Fact, ...]:
        return tuple(self.found[first : first + count])

    def entries(self, first: int, last: int) -> tuple[LedgerEntry, ...]:
        return tuple(map(_entry, self.found[first : last + 1]))

    def close(self) -> None:
        self.closed = True


def opener(found: list[Fact]):
    def opened(path: Path) -> FakeRecord:
        return FakeRecord(found)

    return opened


def _entry(fact: Fact) -> LedgerEntry:
    match fact.content:
        case Published() as row:
            text = f"agent {row.publisher} · {row.flows} flows"
            return LedgerEntry(fact.seq, fact.step, "signature", text, fact.seq, row.publisher)
        case Voted() as row:
            return LedgerEntry(fact.seq, fact.step, "tally", f"#{row.signature}", row.signature)
        case Decided() as row:
            text = f"#{row.signature} {row.verdict}"
            return LedgerEntry(
                fact.seq, fact.step, "verdict", text, row.signature, None, row.verdict
            )
        case Revealed() as row:
            return LedgerEntry(fact.seq, fact.step, "truth", row.attack or row.truth, row.signature)
        case Commanded() as row:
            return LedgerEntry(fact.seq, fact.step, "command", row.kind)
        case Stepped():
            return LedgerEntry(fact.seq, fact.step, "step", "6,400 flows")
        case _:
            return LedgerEntry(fact.seq, fact.step, "genesis", "64 agents")
