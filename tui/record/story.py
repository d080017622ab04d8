"""The run as a story: a generated sentence for each event."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from tui.record.journal import Commander, Interval
from tui.record.signatures import SignatureRecord
from tui.widgets.quantity import counted

Tone = Literal["quiet", "plain", "wrong", "steer", "truth", "fault"]
_NAMED = 3
"""Most signatures that a sentence names."""


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One event."""

    number: int
    """Place in the story; the same for ever."""
    step: int
    text: str
    tone: Tone = "plain"
    signature: int | None = None
    """The signature to inspect."""
    agent: int | None = None
    """The agent to inspect."""
    command: int | None = None
    """Row of the ledger of the command that it is about."""


class Story:
    """Sentences, oldest first."""

    def __init__(self) -> None:
        self.lines: list[StoryLine] = []
        self._known: dict[str, int] = {}
        """Kind of attack → the signature that was accepted first."""
        self._routine: tuple[str, str, int, int] = ("", "", 0, 0)
        """What the last sentence goes on with, if it may: verdict and kind, or that it failed and
        the kind of error; its first step, and how many."""

    def tell(
        self,
        step: int,
        text: str,
        tone: Tone = "plain",
        *,
        signature: int | None = None,
        agent: int | None = None,
        command: int | None = None,
    ) -> None:
        """Add a sentence."""
        self._routine = ("", "", 0, 0)
        number = len(self.lines)
        self.lines.append(StoryLine(number, step, text, tone, signature, agent, command))

    def commanded(self, command: Commander) -> None:
        """Somebody steered."""
        if command.applied:
            text = f"{command.author}: {command.text}"
            self.tell(command.step, text, "steer", command=command.seq)
        else:
            text = f"{command.author}: {command.text} was rejected: {command.reason}"
            self.tell(command.step, text, "fault", command=command.seq)

    def failed(self, step: int, kind: str, message: str, count: int) -> None:
        """So many errors of a kind; those that come again go on in their sentence."""
        before, subject, since, earlier = self._routine
        if (before, subject) == ("failed", kind):
            last, count = self.lines.pop(), count + earlier
            text = f"{counted(count, 'error')} {kind} since step {since:,}: {message}"
            self.lines.append(replace(last, step=step, text=text))
        else:
            self.tell(step, f"{counted(count, 'error')} {kind}: {message}", "fault")
            since = step
        self._routine = ("failed", kind, since, count)

    def decided(
        self, step: int, verdicts: Iterable[SignatureRecord], attacks: Iterable[Interval]
    ) -> None:
        """Verdicts of one step; those that are alike share a sentence."""
        groups: dict[tuple[str, str], list[SignatureRecord]] = defaultdict(list)
        for record in verdicts:
            groups[record.verdict, record.kind].append(record)
        begun = {a.kind: a.first for a in attacks if a.first <= step}
        for (verdict, kind), records in groups.items():
            self._verdict(step, verdict, kind, records, begun.get(kind))

    def _verdict(
        self, step: int, verdict: str, kind: str, records: list[SignatureRecord], begun: int | None
    ) -> None:
        first = records[0]
        names = " ".join(f"#{r.id}" for r in records[:_NAMED])
        if len(records) > _NAMED:
            names += f" and {len(records) - _NAMED} more"
        votes = f"{first.confirmations} : {first.refutations}"
        subject = kind or "a signature"
        tone: Tone = "wrong" if any(r.right is False for r in records) else "quiet"
        if verdict == "ACCEPTED" and first.truth == "attack":
            fresh = kind not in self._known
            self._known.setdefault(kind, first.id)
            after = f", {counted(step - begun, 'step')} after it began" if begun is not None else ""
            text = f"{subject}: accepted as {names}, {votes}{after if fresh else ''}"
            tone = "plain" if fresh else "quiet"
        elif verdict == "EXPIRED":
            text = f"{subject}: {names} expired undecided, {votes}"
        else:
            by = f", by agent {first.publisher}" if len(records) == 1 else ""
            text = f"{subject}: {names} {verdict.lower()}, {votes}{by}"
        if tone == "quiet":
            self._go_on(step, verdict, subject, records, text)
        else:
            self.tell(step, text, tone, signature=first.id)

    def _go_on(
        self, step: int, verdict: str, kind: str, records: list[SignatureRecord], text: str
    ) -> None:
        """Routine goes on in the sentence that it began with."""
        before, subject, since, count = self._routine
        if (before, subject) == (verdict, kind):
            last, count = self.lines.pop(), count + len(records)
            text = (
                f"{kind}: {count:,} {verdict.lower()} since step {since:,}, "
                f"last #{records[-1].id}, {records[-1].confirmations} : {records[-1].refutations}"
            )
            self.lines.append(replace(last, step=step, text=text, signature=records[-1].id))
        else:
            self.tell(step, text, "quiet", signature=records[0].id)
            since, count = step, len(records)
        self._routine = (verdict, kind, since, count)

    def withdrawn(self, step: int, record: SignatureRecord, share: float) -> None:
        """What was accepted is taken back."""
        subject = record.kind or "a signature"
        who = f"{share:.0%} of the agents in good standing"
        text = f"{subject}: #{record.id} withdrawn, as it flagged traffic of {who} at once"
        tone: Tone = "wrong" if record.truth == "attack" else "plain"
        self.tell(step, text, tone, signature=record.id)

    def ended(self, interval: Interval, published: int, step: int) -> None:
        """An attack is over."""
        known = self._known.get(interval.kind)
        if published:
            text = f"{interval.kind} is over: {counted(published, 'signature')} of it published"
        elif known is not None:
            text = f"{interval.kind} is over: nothing new to publish, it was known as #{known}"
        else:
            text = f"{interval.kind} is over: nobody published a signature of it"
        self.tell(step, text, "truth", signature=known)
