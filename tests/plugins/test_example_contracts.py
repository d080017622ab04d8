"""The example keeps the contracts: this is what its author would write."""

from __future__ import annotations

import pytest
from example_plugins import firewall_log

from sim.consensus.rules import Rule
from sim.contracts.detector import DetectorContract
from sim.contracts.format import FormatContract
from sim.contracts.rule import RuleContract
from sim.detection.detector import Detector, DetectorKind, Sizes
from sim.plugins.catalogue import DETECTORS, FORMATS, RULES
from sim.traffic.files.format import Format


@pytest.mark.usefixtures("example")
class TestZScore(DetectorContract):
    def make(self, agents: int, features: int, window: int) -> Detector:
        kind = DETECTORS.get("zscore", DetectorKind)
        return kind.build(Sizes(agents, features, window, trees=10, subsample=window))


@pytest.mark.usefixtures("example")
class TestVeto(RuleContract):
    def make(self) -> Rule:
        return RULES.get("veto", Rule)


@pytest.mark.usefixtures("example")
class TestFirewall(FormatContract):
    def make(self) -> Format:
        return FORMATS.get("firewall", Format)

    def sample(self) -> tuple[bytes, tuple[str, ...], int]:
        return firewall_log(), ("benign", "flood"), 12
