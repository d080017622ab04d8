"""The colours of sentences: what is wrong stands out, routine recedes."""

from __future__ import annotations

TONES = {
    "quiet": "ink-dim",
    "plain": "foreground",
    "wrong": "wrong",
    "steer": "steering",
    "truth": "truth-attack",
    "fault": "run-fault",
}
"""Tone of a sentence of the story → colour by name."""
