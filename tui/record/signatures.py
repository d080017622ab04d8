"""All signatures of the run with their votes, verdicts and ground truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

if TYPE_CHECKING:
    from sim.archive.facts import Decided, Published, Revealed, Voted


@dataclass(slots=True)
class SignatureRecord:
    """One signature."""

    id: int
    step: int
    publisher: int
    flows: int
    confidence: float
    features: tuple[str, ...]
    confirm: float = 0.0
    """Weight of the confirmations."""
    refute: float = 0.0
    confirmations: int = 0
    refutations: int = 0
    abstentions: int = 0
    verdict: str = "PENDING"
    decided: int | None = None
    rule: str = ""
    """Name of the rule that decided."""
    quorum: float | None = None
    """Share that it needed on the day of the verdict; None while pending."""
    truth: str = ""
    """Ground truth: `attack`, `false_alarm`, `poison`, or empty."""
    attack: str = ""
    """Ground truth: kind of the attack."""
    withdrawn: int | None = None
    """Step in which it was taken back though it had been accepted."""

    @property
    def right(self) -> bool | None:
        """Whether the verdict agrees with ground truth; None where that cannot be said."""
        if not self.truth or self.verdict not in ("ACCEPTED", "REJECTED"):
            return None
        return (self.verdict == "ACCEPTED") == (self.truth == "attack")

    @property
    def share(self) -> float | None:
        """Share of the weight of those who judged that confirms."""
        total = self.confirm + self.refute
        return self.confirm / total if total else None

    @property
    def kind(self) -> str:
        """What it is about, in a word: the attack, or why it is none."""
        return self.attack or self.truth.replace("_", " ")


class Signatures:
    """By id, in the order of publication, with counts."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        """In the order of publication."""
        self.by_id: dict[int, SignatureRecord] = {}
        self.open: dict[int, SignatureRecord] = {}
        """Those without a verdict."""
        self.counts = {"ACCEPTED": 0, "REJECTED": 0, "EXPIRED": 0}
        self.longest_kind = 0
        """Cells of the longest kind."""
        self.wrong = 0
        """Verdicts against ground truth."""

    def of(self, publisher: int) -> list[SignatureRecord]:
        """What an agent has published, latest first."""
        found = (self.by_id[seq] for seq in reversed(self.ids))
        return [record for record in found if record.publisher == publisher]

    def publish(self, seq: int, step: int, row: Published) -> None:
        """Add one."""
        record = SignatureRecord(seq, step, row.publisher, row.flows, row.confidence, row.features)
        self.by_id[seq] = self.open[seq] = record
        self.ids.append(seq)

    def vote(self, row: Voted) -> None:
        """Add the votes of a step."""
        record = self.by_id.get(row.signature)
        if record is None:
            return
        record.confirm += row.confirm
        record.refute += row.refute
        record.confirmations += row.confirmations
        record.refutations += row.refutations
        record.abstentions = row.abstentions  # who abstained before may have judged since

    def decide(self, step: int, row: Decided) -> SignatureRecord | None:
        """Give the verdict."""
        record = self.by_id.get(row.signature)
        if record is None:
            return None
        self.open.pop(record.id, None)
        record.verdict, record.decided = row.verdict, step
        record.rule, record.quorum = row.rule, row.quorum
        self.counts[row.verdict] = self.counts.get(row.verdict, 0) + 1
        self.wrong += record.right is False
        return record

    def withdraw(self, step: int, signature: int) -> SignatureRecord | None:
        """Take one back that was accepted."""
        record = self.by_id.get(signature)
        if record is not None:
            record.withdrawn = step
        return record

    def reveal(self, row: Revealed) -> None:
        """Note the ground truth."""
        record = self.by_id.get(row.signature)
        if record is not None:
            before = record.right is False
            record.truth, record.attack = row.truth, row.attack
            self.longest_kind = max(self.longest_kind, cell_len(record.kind))
            self.wrong += (record.right is False) - before
