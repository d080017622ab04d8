"""The signatures pane says how many liars the rule bears, and how many there are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pictures import busy
from recorded import written
from stage import PaneStage, text_of

from sim.snapshot import Margin, Snapshot
from tui.panes.consensus_margin import margin_line
from tui.panes.signatures import SignaturesPane
from tui.widgets.line import Line

FEW = Margin(12, 4, 56, 33, 0.31, 14, 22, 0.0)
MANY = replace(FEW, adversaries=30)


def with_margin(margin: Margin | None) -> Snapshot:
    return replace(busy(), consensus=replace(busy().consensus, margin=margin))


async def lines_of(margin: Margin | None, width: int) -> list[str]:
    pane = SignaturesPane(book=written())
    async with PaneStage(pane, with_margin(margin)).run_test(size=(width, 20)):
        return text_of(pane)


async def test_the_margin_stands_over_the_table_while_somebody_misbehaves() -> None:
    lines = await lines_of(FEW, 110)
    assert "ground truth: 8 liars (+4 quarantined) · the rule tolerates 33 of 56" in lines[0]
    assert "33 of 56, 14 at 31 % turnout" in lines[0]
    assert "tolerates" not in "".join(await lines_of(None, 110))
    peaceful = replace(FEW, adversaries=0, quarantined=0)
    assert "tolerates" not in "".join(await lines_of(peaceful, 110))


async def test_a_narrow_pane_leaves_out_words_but_no_part_of_a_number() -> None:
    pane = SignaturesPane(book=written())
    async with PaneStage(pane, with_margin(FEW)).run_test(size=(110, 20)):
        ink = pane.ink
        strips = [margin_line(FEW, width, ink).strip(width, ink()) for width in range(10, 100)]
    texts = [strip.text for strip in strips]
    whole = {"tolerates": "33 of 56", "56,": "14 at 31 % turnout"}
    for text in texts:
        words = text.split()
        assert words[words.index("liars") - 1] == "8"
        for word in set(words) & whole.keys():
            assert text.partition(word)[2].strip().startswith(whole[word])
    assert [sum(word in text.split() for text in texts) for word in whole] == [71, 44]


@pytest.mark.parametrize(("margin", "danger"), [(FEW, False), (MANY, True)])
async def test_more_than_it_bears_is_in_the_colour_of_poison(margin: Margin, danger: bool) -> None:
    pane = SignaturesPane(book=written())
    async with PaneStage(pane, with_margin(margin)).run_test(size=(110, 20)):
        line: Line = margin_line(margin, 100, pane.ink)
        strip = line.strip(100, pane.ink())
        styles = {s.text.strip(): s.style for s in strip if "liars" in s.text}
        assert list(styles.values()) == [
            pane.ink("truth-poison" if danger else "foreground", bold=danger)
        ]
