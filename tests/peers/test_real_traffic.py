"""Recorded traffic: deciding together pays where an agent cannot know better alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import detection_quality
import pytest
from detection_quality import CASES, mean, run

from sim.config.parameters import Value


@pytest.fixture(autouse=True)
def data(test_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detection_quality, "DATA", test_data)


USUAL = {"detection.peer_bound": "usual"}
"""Peers may say that an agent has learned an attack, whatever that costs where agents differ."""


def figures(
    name: str, seeds: int, settings: Mapping[str, Value] | None = None
) -> tuple[detection_quality.Rates, detection_quality.Rates, detection_quality.Rates]:
    """Owner, collective, central."""
    outcomes = [run(CASES[name], seed, settings) for seed in range(1, seeds + 1)]
    return mean(outcomes, "owner"), mean(outcomes, "collective"), mean(outcomes, "central")


def check_netflow(seeds: int) -> None:
    """Two hosts that are attacked from their first flow on."""
    owner, collective, _ = figures("NetFlow by host", seeds, USUAL)
    assert collective.f1 >= owner.f1 + 0.25
    assert collective.fpr <= 0.08


def check_services(seeds: int) -> None:
    owner, collective, central = figures("NSL-KDD 5 % by service", seeds, USUAL)
    assert collective.f1 >= owner.f1 + 0.10
    assert collective.f1 >= 0.9 * central.f1


def check_identical(seeds: int) -> None:
    owner, collective, _ = figures("NSL-KDD 5 % even", seeds)
    assert collective.f1 >= owner.f1 - 0.02


def check_clean(seeds: int) -> None:
    owner, collective, _ = figures("NSL-KDD clean by service", seeds)
    assert collective.fpr <= owner.fpr + 0.01


def check_unlike(seeds: int) -> None:
    """Agents of different services, most of them attacked: what is foreign is no attack."""
    owner, collective, _ = figures("UNSW-NB15 by service", seeds)
    assert collective.fpr <= owner.fpr + 0.01
    assert collective.f1 >= owner.f1 - 0.01


def check_taken_back(seeds: int) -> None:
    """Peers of other services take many of these attacks for normal."""
    small = {"traffic.batch_size": 16}
    owner, collective, _ = figures("NSL-KDD test half by service", seeds, small)
    assert collective.fpr <= owner.fpr + 0.01
    assert collective.f1 >= owner.f1 - 0.01


CHECKS = [
    *(check_netflow, check_services, check_identical),
    *(check_clean, check_unlike, check_taken_back),
]


@pytest.mark.parametrize("check", CHECKS)
def test_the_collective_pays(check) -> None:
    check(1)


@pytest.mark.long
@pytest.mark.parametrize("check", CHECKS)
def test_the_collective_pays_with_any_seed(check) -> None:
    check(5)
