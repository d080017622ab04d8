"""Small pictures of a run for the tests of the app."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np

from sim.config.parameters import parameters
from sim.snapshot import (
    AgentDetail,
    AgentState,
    AttackView,
    BallotView,
    FaultView,
    Grid,
    Performance,
    RunState,
    SignatureDetail,
    SignatureView,
    Snapshot,
)

KINDS = ("port_scan", "ddos", "brute_force", "exfiltration", "beacon")
FEATURES = ("duration", "packets", "bytes_out", "bytes_in", "port_entropy", "syn_ratio")


def grid(width: int = 10, height: int = 6) -> Grid:
    n = width * height
    index = np.arange(n)
    return Grid(
        width=width,
        height=height,
        states=np.where(index % 7 == 3, 2, 1).astype(np.uint8),
        scores=((index % 11) / 11).astype(np.float32),
        trust=(1 - (index % 5) / 10).astype(np.float32),
        hit_rate=((index % 4) / 4).astype(np.float32),
        attacked=index % 7 == 3,
        adversary=index % 20 == 5,
    )


def view(**changes: Any) -> SignatureView:
    fields: dict[str, Any] = {
        "id": 42, "step": 37, "publisher": 17, "flows": 9, "confidence": 0.91,
        "features": ("port_entropy ↑", "syn_ratio ↑", "duration ↓"), "confirm": 7.25,
        "refute": 1.0, "confirmations": 8, "refutations": 1, "abstentions": 3,
        "verdict": "ACCEPTED", "decided": 39, "expires": 49, "truth": "attack",
        "attack": "port_scan",
    }  # fmt: skip
    return SignatureView(**{**fields, **changes})


def signature() -> SignatureDetail:
    votes = ("CONFIRM", "CONFIRM", "ABSTAIN", "CONFIRM", "REFUTE", "CONFIRM")
    reasons = {
        "CONFIRM": "anomalous for me (0.93) and sighted 2 steps ago",
        "REFUTE": "well inside my own normal traffic (0.21)",
        "ABSTAIN": "never saw anything near",
    }
    return SignatureDetail(
        view=view(),
        fingerprint="9f3ac1d27b00e4aa",
        centre=tuple((name, 1.5 * i - 2, 0.1 + i / 10) for i, name in enumerate(FEATURES)),
        ballots=tuple(
            BallotView(20 + i, votes[i % 6], reasons[votes[i % 6]], 0.9 - i / 40, 38)
            for i in range(12)
        ),
        rule="quorum: 7.25 of 8.25 non-abstaining weight confirm (88 % ≥ 60 %), by 8 ≥ 3 agents",
    )


def agent(number: int = 17, **changes: Any) -> AgentDetail:
    fields: dict[str, Any] = {
        "id": number, "position": (number % 10, number // 10), "profile": "web",
        "state": AgentState.ALERT, "trust": 0.83, "behaviour": "honest", "model_version": 4,
        "window": 256, "published": 3, "confirmed": 12, "refuted": 4,
        "scores": tuple((i * 37 % 100) / 100 for i in range(32)),
        "features": tuple(
            (name, 10.0 * (i + 1), 2.0 + i, 10.0 * (i + 1) + (i - 2) * 4.0 * (i % 3))
            for i, name in enumerate(FEATURES)
        ),
    }  # fmt: skip
    return AgentDetail(**{**fields, **changes})


def running(**changes: Any) -> Snapshot:
    fields: dict[str, Any] = {
        "state": RunState.RUNNING, "step": 40, "seed": 7, "run_id": "r1",
        "run_dir": "/runs/2026-quickstart-7", "scenario": "quickstart", "traffic": "synthetic",
        "executor": "threads", "workers": 2, "detector": "isolation_forest",
        "attack_kinds": KINDS, "grid": grid(),
        "performance": Performance(steps_per_second=37.0, ledger_head="ab" * 16),
        "parameters": MappingProxyType({p.key: p.default for p in parameters()}),
        "attacks": (AttackView(3, "ddos", 0.6, 30, 70, 12),),
        "faults": (FaultView("refit_failure", 38, 48, "6 agents"),),
    }  # fmt: skip
    return Snapshot(**{**fields, **changes})


def paused(**changes: Any) -> Snapshot:
    return running(state=RunState.PAUSED, **changes)
