"""How good the detection is, by what flags: own model, peers, accepted signatures, all of these."""

from __future__ import annotations

from itertools import accumulate

from textual.strip import Strip

from sim.snapshot import Confusion, Quality, Snapshot
from tui.panes.pane import Pane
from tui.widgets.line import Line
from tui.widgets.quantity import counted, percent, share

_NAME = 17
"""Cells of the mark and the name of a row."""
_COLUMNS = (("prec.", 6), ("recall", 7), ("F1", 5), ("false +", 8))
"""Heading and cells of what is counted since the start."""
_FIGURES = sum(cells for _, cells in _COLUMNS)
_PART = " · "
_LATELY = 10
_BESIDE = 60
"""Cells that the outcome needs to stand beside the table."""
_LABEL = 14
_WAYS = (
    ("own model", "solo", "chart-solo"),
    ("second opinion", "second_opinion", "chart-pace"),
    ("by signatures", "by_signatures", "steering"),
    ("collective", "collective", "chart-collective"),
)
"""Name, field of `Quality`, colour. Those of the timeline are the same there."""
_LEGEND = (
    "second opinion: own model and trees that peers lend · by signatures: accepted signatures"
    " alone · collective: any of these"
)


class QualityPane(Pane):
    """Ground truth, which agents never see."""

    PANE = "quality"
    NAME = "Quality"
    KEY = "Q"
    SHORT = "Qual."

    def parts(self, snapshot: Snapshot) -> tuple[object, ...]:
        """Counts against ground truth."""
        return snapshot.quality, snapshot.step > 0

    def draw(self, width: int, height: int) -> list[Strip]:
        """A table, and what it meant for the attacks beside it or below."""
        quality = self.snapshot.quality
        if not quality.labelled:
            self.subtitle("")
            if self.snapshot.step == 0:
                return self.message("No step done yet: what is flagged is compared with the truth.")
            return self.message("Nothing to compare with: this traffic has no labels.")
        self.subtitle(_said(quality))
        outcome = self._outcome(quality)
        if width < _NAME + _FIGURES and height > 2 * len(_WAYS):
            return [line.strip(width, self.ink()) for line in self._narrow(quality, outcome, width)]
        table = self._table(quality, width)
        size = _NAME + _FIGURES + _LATELY + 3
        if width >= size + _BESIDE:
            for line, row in zip(table[1:], outcome, strict=False):
                self._add(line.to(size, self.ink()), row[0], _PART.join(row[1]))
        else:
            table.append(Line())
            for name, parts in outcome:
                table += self._said_below(name, parts, width)
        if len(_LEGEND) <= width and len(table) < height:
            table.append(Line().add(self.glyphs.plain(_LEGEND), self.ink("ink-dim")))
        return [line.strip(width, self.ink()) for line in table]

    def _table(self, quality: Quality, width: int) -> list[Line]:
        """A row for each way in which flows are flagged."""
        wide = width >= _NAME + _FIGURES + _LATELY
        dim = self.ink("ink-dim")
        head = self._headings(Line().add(f"{'flagged by':<{_NAME}}", dim), width)
        lines = [head.add(f"{'F1 lately':>{_LATELY}}" if wide else "", dim)]
        for name, field, hue in _WAYS:
            line = Line().add(f"{self.glyphs.block} ", self.ink(hue))
            line.add(f"{name:<{_NAME - 2}}", self.ink("foreground"))
            self._counted(line, quality, field, width)
            recent: Confusion = getattr(quality, f"{field}_recent")
            if wide:
                line.add(f"{self.glyphs.plain(share(recent.f1)):>{_LATELY}}", dim)
            lines.append(line)
        return lines

    def _headings(self, line: Line, width: int) -> Line:
        for name, cells in _within(width - line.width):
            line.add(f"{name:>{cells}}", self.ink("ink-dim"))
        return line

    def _counted(self, line: Line, quality: Quality, field: str, width: int) -> Line:
        """The figures of one way since the start, as many as fit."""
        columns = _within(width - line.width)
        for text, (_, cells) in zip(_figures(getattr(quality, field)), columns, strict=False):
            bold = field == "collective" and cells == 5
            line.add(f"{self.glyphs.plain(text):>{cells}}", self.ink("foreground", bold=bold))
        return line

    def _narrow(
        self, quality: Quality, outcome: list[tuple[str, list[str]]], width: int
    ) -> list[Line]:
        """Names over their figures."""
        lines = [self._headings(Line(), width)]
        for name, field, hue in _WAYS:
            line = Line().add(f"{self.glyphs.block} ", self.ink(hue))
            lines.append(line.add(name, self.ink("foreground")))
            lines.append(self._counted(Line(), quality, field, width))
        lines.append(Line())
        for name, parts in outcome:
            lines.append(Line().add(name, self.ink("ink-dim")))
            lines += [Line().add(f"  {self.glyphs.plain(part)}", self.ink()) for part in parts]
        return lines

    def _outcome(self, quality: Quality) -> list[tuple[str, list[str]]]:
        """First contact, protection, and what was accepted; name and parts of the text."""
        contact, saved = quality.first_contact, quality.protection
        lines = []
        ways = ((contact.solo, "own"), (contact.by_signatures, "signatures"),
                (contact.collective, "collective"))  # fmt: skip
        caught = [f"{name} {percent(contact.recall(n))}" for n, name in ways]
        lines.append(("first contact", caught if contact.flows else ["nobody reached late yet"]))
        kinds = [f"{saved.protected} of {counted(saved.kinds, 'kind')}"]
        if saved.steps is not None:
            kinds.append(f"in {saved.steps:g} step{'' if saved.steps == 1 else 's'}")
        if saved.not_reached is not None:
            kinds.append(f"{percent(saved.not_reached)} not reached")
        lines.append(("protection", kinds if saved.kinds else ["no attack yet"]))
        decided = [
            f"{truth.replace('_', ' ')} {percent(accepted / total if total else None)}"
            for truth, (accepted, total) in quality.acceptance.items()
        ]
        lines.append(("accepted", decided))
        return lines

    def _said_below(self, name: str, parts: list[str], width: int) -> list[Line]:
        """A name and its text, which goes on in another line where it is too long for one."""
        lines = [self._add(Line(), name, "")]
        for place, part in enumerate(parts):
            text = self.glyphs.plain(_PART * (place > 0) + part)
            if lines[-1].width + len(text) > width:
                lines.append(self._add(Line(), "", ""))
                text = part
            lines[-1].add(text, self.ink("foreground"))
        return lines

    def _add(self, line: Line, name: str, text: str) -> Line:
        line.add(f"{name:<{_LABEL}}", self.ink("ink-dim"))
        return line.add(self.glyphs.plain(text), self.ink("foreground"))


def _within(room: int) -> tuple[tuple[str, int], ...]:
    """As many whole columns as fit."""
    ends = accumulate(cells for _, cells in _COLUMNS)
    return tuple(column for column, end in zip(_COLUMNS, ends, strict=True) if end <= room)


def _figures(counts: Confusion) -> tuple[str, str, str, str]:
    """Precision, recall, F1, false-positive rate."""
    return (
        share(counts.precision),
        share(counts.recall),
        share(counts.f1),
        percent(counts.false_positive_rate, 2),
    )


def _said(quality: Quality) -> str:
    """The outcome in a few words, for where only the table fits."""
    contact, saved = quality.first_contact, quality.protection
    words = []
    if contact.flows:
        by_all, by_some = (contact.recall(n) for n in (contact.collective, contact.by_signatures))
        words += [f"1st contact {percent(by_all)}", f"signatures {percent(by_some)}"]
    if saved.kinds:
        kinds = counted(saved.kinds, "kind")
        words.append(f"{saved.protected} of {kinds} accepted")
    return " · ".join(words)
