"""Signatures on their way into the ledger; an agent that cannot broadcast stops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.consensus.assembly import Assembly
from sim.detection.attack_record import AttackRecord
from sim.errors import BroadcastError, is_lack
from sim.ledger.draft import StepDraft
from sim.model.agents import Published
from sim.model.casualties import Casualties
from sim.model.publication_rows import rows_of
from sim.numerics.arrays import Flags
from sim.shard.attempt import failure_of
from sim.shard.orders import Publication
from sim.text import failure


@dataclass(frozen=True, slots=True, eq=False)
class Broadcast:
    """Appends what agents publish, and tells those who keep count of it."""

    population: int
    """A."""
    features: int
    """D."""
    kinds: Sequence[str]
    """Of attacks, by number from 1 on."""
    casualties: Casualties
    assembly: Assembly
    attacks: AttackRecord

    def send(
        self,
        drafts: Sequence[list[Publication]],
        broken: Flags,
        rows: StepDraft,
        step: int,
    ) -> tuple[Published, ...]:
        """Append signatures; who cannot broadcast stops.

        For as long as that was injected; for good if the ledger refuses what it made.

        Args:
            drafts: by shard.
            broken: (A,) who cannot broadcast, as was injected.
            rows: of the step.
            step: its number.

        Returns:
            What has been published.
        """
        published: list[Published] = []
        for draft in (draft for some in drafts for draft in some):
            publisher = draft.signature.publisher
            if self.casualties.failed[draft.author]:
                continue
            if 0 <= publisher < self.population and broken[publisher]:
                self.casualties.silence(publisher, step)
                continue
            try:
                published.append(Published(self._append(draft, rows, step), draft.signature))
            except BroadcastError as error:
                self.casualties.bear([failure_of(error, draft.author, "publish")], step)
        return tuple(published)

    def _append(self, draft: Publication, rows: StepDraft, step: int) -> int:
        """Append one signature; returns its seq.

        Raises:
            BroadcastError: it is nothing that the ledger takes; nothing has changed.
        """
        try:
            row, truth = rows_of(
                draft,
                step=step,
                seq=rows.length,
                population=self.population,
                features=self.features,
                kinds=self.kinds,
            )
            seq = rows.append_all([row] if truth is None else [row, truth])
        except Exception as error:
            if is_lack(error):
                raise
            text = f"agent {draft.author} cannot broadcast and stops: {failure(error, 160)}"
            raise BroadcastError(text) from error
        if truth is not None:
            self.attacks.published(truth.attack, step)
        self.assembly.note_publication(seq, draft.signature.publisher, truth)
        return seq
