"""Knobs: how far a press goes, what waits, what it would have done."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.config.parameters import parameter_named, parameters, parse_value
from sim.snapshot import Preview
from tui.panes.knob import consequence, nudged, slider
from tui.theme.glyphs import ASCII, UNICODE

LIVE = [p for p in parameters() if p.live]


@pytest.mark.parametrize(
    ("key", "value", "by", "wanted"),
    [
        ("detection.threshold", 0.62, 1, 0.63),
        ("detection.threshold", 0.62, -1, 0.61),
        ("detection.threshold", 1.0, 1, 1.0),
        ("detection.threshold", 0.01, -1, 0.01),
        ("consensus.quorum", 0.6, 10, 0.7),
        ("consensus.min_confirmations", 3, 1, 4),
        ("consensus.min_confirmations", 1, -1, 1),
        ("cache.capacity", 20000, 1, 21000),
        ("consensus.rule", "majority", 1, "quorum"),
        ("consensus.rule", "majority", -1, "weighted"),
    ],
)
def test_how_far_a_press_goes(key, value, by, wanted) -> None:
    assert nudged(parameter_named(key), value, by) == wanted


@given(st.sampled_from(LIVE), st.lists(st.sampled_from([-10, -1, 1, 10]), max_size=30))
def test_a_knob_never_leaves_its_bounds(parameter, presses) -> None:
    value = parameter.default
    for by in presses:
        value = nudged(parameter, value, by)
        assert parse_value(parameter, value) == value


def test_a_slider_shows_where_a_value_is() -> None:
    threshold = parameter_named("detection.threshold")
    assert slider(threshold, 1.0, 6, ASCII)[-1] == ASCII.full
    assert slider(threshold, 0.001, 6, UNICODE)[0] == UNICODE.full
    assert slider(parameter_named("consensus.rule"), "quorum", 6, ASCII) == " " * 6


@pytest.mark.parametrize(
    ("preview", "words"),
    [
        (Preview("detection.threshold", 0.7, 18, 3, 1000),
         "would flag 1.8 % of the last step's flows (now 0.3 %)"),
        (Preview("signature.min_score", 0.7, 1, 9, 64), "would put 1 agent in alert (now 9)"),
        (Preview("consensus.quorum", 0.7, 12, 14, 40),
         "would accept 12 of 40 recent polls by their votes (now 14)"),
    ],
)  # fmt: skip
def test_the_consequence_in_words(preview, words) -> None:
    assert consequence(preview, 0.7) == words
    assert consequence(preview, 0.71) == "", "computed for another value"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("detection.threshold", "flags 1.8 % of the last step's flows"),
        ("signature.min_score", "puts 18 agents in alert"),
        ("consensus.quorum", "accepts 18 of 1,000 recent polls by their votes"),
    ],
)
def test_what_the_present_value_did_is_no_condition(key, words) -> None:
    assert consequence(Preview(key, 0.7, 17, 18, 1000), 0.7, 0.7) == words
