"""Snapshots made by hand, for tests of what is drawn; deterministic, and no engine behind them."""

from __future__ import annotations

from dataclasses import replace
from math import nan, sin
from types import MappingProxyType

import numpy as np

from sim.commands import Command, InjectAttack, Order, SetAdversaries, SetParameter, StopAttack
from sim.config.parameters import parameters
from sim.snapshot import (
    EMPTY,
    AgentDetail,
    AgentState,
    AttackView,
    BallotView,
    Confusion,
    Consensus,
    ErrorCount,
    Fate,
    FaultView,
    FirstContact,
    Grid,
    JournalEntry,
    LedgerEntry,
    Performance,
    Protection,
    Quality,
    RuleView,
    RunState,
    SignatureDetail,
    SignatureView,
    Snapshot,
    UndoStep,
    Value,
    View,
)

ATTACKS = ("port_scan", "ddos", "brute_force", "exfiltration", "beacon")
FEATURES = (
    ("dst_ports↑", "packets↑", "bytes↓"),
    ("packets↑", "duration↓"),
    ("bytes_out↑", "duration↑", "entropy↑"),
    ("syn_ratio↑", "failed_logins↑"),
)
HEAD = "9f3c2a71d4e85b60c1a29e7744d0b8f3a6521c0e9d7f4b8899aa0102030405ff"


def empty() -> Snapshot:
    """Before the first step."""
    return EMPTY


def settings(**changed: Value) -> MappingProxyType[str, Value]:
    """All parameters at their default, but for `section__name=value`."""
    values = {p.key: p.default for p in parameters()}
    values.update({key.replace("__", "."): value for key, value in changed.items()})
    return MappingProxyType(values)


def learning() -> Snapshot:
    """Two steps in: nobody has a model yet."""
    agents = 20
    return replace(
        EMPTY,
        state=RunState.RUNNING,
        step=2,
        seed=1,
        run_id="quickstart-1",
        scenario="quickstart",
        traffic="synthetic",
        executor="sequential",
        workers=1,
        detector="isolation_forest",
        attack_kinds=ATTACKS,
        grid=Grid(
            width=5,
            height=4,
            states=np.zeros(agents, np.uint8),
            scores=np.full(agents, nan, np.float32),
            trust=np.full(agents, 0.5, np.float32),
            hit_rate=np.full(agents, nan, np.float32),
            attacked=np.zeros(agents, np.bool_),
            adversary=np.zeros(agents, np.bool_),
        ),
        ledger=(LedgerEntry(1, 2, "step", "step 2"), LedgerEntry(0, 0, "genesis", "run begins")),
        performance=Performance(
            capacity=20_000,
            hit_rates=(nan, nan),
            step_seconds=(0.004, 0.0035),
            steps_per_second=240.0,
            phases=(("observe", 0.002), ("detect", 0.0005), ("record", 0.001)),
            flows_scored=0,
            ledger_entries=2,
            ledger_head=HEAD,
            readers=(1, 4),
            journal_mode="wal",
            memory_bytes=148 * 2**20,
        ),
        quality=Quality(labelled=True),
        parameters=settings(simulation__agents=agents),
    )


def population(agents: int, width: int, seed: int = 7) -> Grid:
    """A population with a spreading attack, some adversaries and a few odd states."""
    draw = np.random.Generator(np.random.Philox(seed))
    ids = np.arange(agents)
    column, row = ids % width, ids // width
    height = -(-agents // width)
    attacked = np.hypot(column - width * 0.7, row - height * 0.4) < height * 0.2
    states = np.full(agents, AgentState.NORMAL, np.uint8)
    states[draw.random(agents) < 0.03] = AgentState.ALERT
    states[attacked & (draw.random(agents) < 0.8)] = AgentState.ALERT
    states[draw.random(agents) < 0.02] = AgentState.LEARNING
    adversary = draw.random(agents) < 0.08
    states[adversary & (draw.random(agents) < 0.5)] = AgentState.QUARANTINED
    states[draw.random(agents) < 0.01] = AgentState.STOPPED
    scores = np.clip(draw.normal(0.32, 0.09, agents) + 0.45 * attacked, 0, 1).astype(np.float32)
    scores[states == AgentState.LEARNING] = nan
    trust = np.clip(draw.normal(0.8, 0.08, agents) - 0.5 * adversary, 0, 1).astype(np.float32)
    hits = np.clip(draw.normal(0.8, 0.1, agents), 0, 1).astype(np.float32)
    hits[states == AgentState.LEARNING] = nan
    return Grid(width, height, states, scores, trust, hits, attacked, adversary)


def signature(number: int, verdict: str = "PENDING", truth: str = "attack") -> SignatureView:
    """A signature with a vote that fits its verdict."""
    step = 481 - (1203 - number) // 2
    confirm, refute, abstain = {
        "ACCEPTED": (14 + number % 5, 1 + number % 3, 4),
        "REJECTED": (2, 11 + number % 4, 6),
        "EXPIRED": (2, 1, 30),
    }.get(verdict, (number % 9, number % 3, number % 7))
    return SignatureView(
        id=number,
        step=step,
        publisher=number * 37 % 400,
        flows=3 + number % 17,
        confidence=0.6 + number % 40 / 100,
        features=FEATURES[number % 4],
        confirm=float(confirm),
        refute=float(refute),
        confirmations=confirm,
        refutations=refute,
        abstentions=abstain,
        verdict=verdict,
        decided=None if verdict == "PENDING" else step + 1 + number % 3,
        expires=step + 12,
        truth=truth,
        attack=ATTACKS[number % 2] if truth == "attack" else "",
        rule=RuleView("quorum", 0.6, agents=3, groups=2, held=False),
    )


def votes() -> Consensus:
    """Five pending signatures, twenty decided ones."""
    kinds = (
        ("ACCEPTED", "attack"),
        ("REJECTED", "false_alarm"),
        ("ACCEPTED", "attack"),
        ("REJECTED", "poison"),
        ("EXPIRED", "false_alarm"),
        ("ACCEPTED", "attack"),
        ("ACCEPTED", "false_alarm"),
    )
    return Consensus(
        pending=tuple(
            signature(n, truth=("attack", "poison", "false_alarm")[n % 3])
            for n in range(1199, 1204)
        ),
        decided=tuple(signature(n, *kinds[n % 7]) for n in range(1198, 1178, -1)),
        published=1203,
        accepted=812,
        rejected=268,
        expired=118,
    )


def record() -> tuple[LedgerEntry, ...]:
    """The last sixty entries of a ledger, latest first."""
    entries = []
    for i in range(60):
        seq, step, number = 9641 - i, 481 - i // 8, 1203 - i // 2
        match i % 8:
            case 0:
                text = "400 agents · 12,800 flows · 212 anomalous"
                entries.append(LedgerEntry(seq, step, "step", text))
            case 1:
                verdict = ("ACCEPTED", "REJECTED", "EXPIRED")[i // 8 % 3]
                text = f"#{number} {verdict} by quorum: 15 confirm, 3 refute"
                entries.append(LedgerEntry(seq, step, "verdict", text, number, verdict=verdict))
            case 2 | 5:
                text = f"#{number} +15 confirm  +3 refute  4 abstain"
                entries.append(LedgerEntry(seq, step, "tally", text, signature=number))
            case 3 | 4:
                agent = number * 37 % 400
                text = f"agent {agent} · 8 flows · confidence 0.81 · dst_ports↑ packets↑"
                entries.append(LedgerEntry(seq, step, "signature", text, number, agent))
            case 6:
                text = 'live: set_parameter {"key":"consensus.quorum","value":0.7} → 0.7'
                entries.append(LedgerEntry(seq, step, "command", text))
            case _:
                entries.append(
                    LedgerEntry(seq, step, "truth", f"#{number} is port_scan", signature=number)
                )
    return tuple(entries)


def journaled(
    seq: int,
    step: int,
    command: Command,
    text: str,
    old: str = "null",
    new: str = "null",
    *,
    reason: str = "",
    source: str = "live",
    ticket: int = 0,
) -> JournalEntry:
    """What became of a command: it was rejected if there is a reason, else applied."""
    fate: Fate = "rejected" if reason else "applied"
    return JournalEntry(seq, step, Order(command, source, ticket), text, old, new, fate, reason)


def journal() -> tuple[JournalEntry, ...]:
    """Five steering commands, one of them rejected before it reached a step."""
    quorum = "consensus.quorum → 0.7"
    poison = "poison: 8% of the agents"
    scan = "attack port_scan for 100 steps on the region around 14,8"
    flood = "attack ddos for 30 steps on 25% of the agents"
    refused = "no attack 9 is under way"
    return (
        journaled(9590, 470, SetParameter("consensus.quorum", 0.7), quorum, "0.6", "0.7", ticket=5),
        journaled(-1, 455, StopAttack(9), "end attack 9", reason=refused, ticket=4),
        journaled(9120, 440, SetAdversaries("poison"), poison, ticket=3),
        journaled(8000, 400, InjectAttack("port_scan"), scan, source="scenario"),
        journaled(900, 40, InjectAttack("ddos"), flood, source="scenario"),
    )


def waves(steps: int, middle: float, swing: float, period: float) -> tuple[float, ...]:
    """A smooth series with a ripple."""
    return tuple(
        middle + swing * sin(i / period) + swing * 0.3 * sin(i * 1.7) for i in range(steps)
    )


def performance() -> Performance:
    """Ten minutes of a healthy run."""
    return Performance(
        hits=812_345,
        misses=148_210,
        stale=3_021,
        evictions=1_204,
        cached=18_230,
        capacity=20_000,
        hit_rates=waves(200, 0.8, 0.15, 17),
        step_seconds=waves(200, 0.024, 0.008, 23),
        steps_per_second=38.2,
        phases=(
            ("command", 0.0001),
            ("observe", 0.0042),
            ("detect", 0.0091),
            ("publish", 0.0012),
            ("vote", 0.0049),
            ("decide", 0.0007),
            ("learn", 0.0021),
            ("record", 0.0016),
        ),
        flows_scored=6_156_800,
        ledger_entries=9_642,
        ledger_head=HEAD,
        readers=(2, 4),
        query_hits=4_410,
        query_misses=702,
        journal_mode="wal",
        memory_bytes=412 * 2**20,
    )


def quality() -> Quality:
    """The collective sees more than each agent alone."""
    return Quality(
        labelled=True,
        solo=Confusion(tp=71_204, fp=9_120, fn=30_310, tn=6_046_166),
        second_opinion=Confusion(tp=82_310, fp=8_410, fn=19_204, tn=6_046_876),
        by_signatures=Confusion(tp=61_007, fp=212, fn=40_507, tn=6_055_074),
        collective=Confusion(tp=93_880, fp=4_020, fn=7_634, tn=6_051_266),
        first_contact=FirstContact(flows=4_120, solo=1_290, collective=3_010, by_signatures=2_480),
        protection=Protection(kinds=5, protected=4, steps=3.5, not_reached=0.72),
        solo_recent=Confusion(tp=640, fp=88, fn=270, tn=60_100),
        second_opinion_recent=Confusion(tp=701, fp=70, fn=209, tn=60_118),
        by_signatures_recent=Confusion(tp=600, fp=0, fn=310, tn=60_188),
        collective_recent=Confusion(tp=871, fp=12, fn=39, tn=60_176),
        acceptance=MappingProxyType(
            {"attack": (790, 841), "false_alarm": (19, 243), "poison": (3, 114)}
        ),
        solo_f1=(nan,) * 20 + waves(180, 0.72, 0.08, 19),
        collective_f1=(nan,) * 20 + waves(180, 0.9, 0.06, 31),
    )


def busy() -> Snapshot:
    """400 agents at work, an attack spreading, some adversaries."""
    grid = population(400, 20)
    return replace(
        learning(),
        step=481,
        scenario="siege",
        executor="threads",
        workers=2,
        grid=grid,
        ledger=record(),
        consensus=votes(),
        performance=performance(),
        quality=quality(),
        errors=(ErrorCount("agent.refit", 12, 61, 402, "window has no variance"),),
        notices=("ray is not installed: threads instead",),
        parameters=settings(
            simulation__agents=400,
            consensus__quorum=0.7,
            adversary__fraction=0.08,
            adversary__behaviour="poison",
            simulation__steps_per_second=40.0,
        ),
        pace=40.0,
        pending=(Order(SetParameter("detection.threshold", 0.65), ticket=6),),
        journal=journal(),
        undo=UndoStep("consensus.quorum 0.6 → 0.7", "consensus.quorum"),
        attacks=(
            AttackView(3, "port_scan", 0.6, 400, 500, int(grid.attacked.sum())),
            AttackView(4, "beacon", 0.3, 470, 520, 6),
        ),
    )


def faulted() -> Snapshot:
    """Paused by a full disk, with faults injected and errors of several kinds."""
    before = busy()
    states = before.grid.states.copy()
    states[40:60] = AgentState.STOPPED
    return replace(
        before,
        state=RunState.FAULT,
        cause="ledger.db: the disk is full; free some space, then resume",
        grid=replace(before.grid, states=states),
        errors=(
            ErrorCount("ledger.full", 1, 481, 481, "database or disk is full"),
            ErrorCount("agent.broadcast", 20, 478, 481, "injected broadcast failure"),
            ErrorCount("agent.refit", 12, 61, 402, "window has no variance"),
            ErrorCount("agent.cache", 3, 90, 122, "entry of another model version"),
        ),
        faults=(
            FaultView("broadcast_failure", 478, 488, "20 agents cannot broadcast"),
            FaultView("cache_corruption", 480, 482, "caches of 40 agents"),
        ),
    )


def crowded(agents: int = 1000) -> Snapshot:
    """More agents than the cells of a small grid."""
    width = int(np.ceil(np.sqrt(agents)))
    return replace(
        busy(),
        grid=population(agents, width),
        parameters=settings(simulation__agents=agents),
        executor="threads",
        workers=8,
    )


def unlabelled() -> Snapshot:
    """Traffic without ground truth."""
    before = busy()
    none = np.zeros(400, np.bool_)
    return replace(
        before,
        traffic="office.csv",
        quality=Quality(),
        grid=replace(before.grid, attacked=none, adversary=none),
        attacks=(),
    )


def inspected() -> Snapshot:
    """An agent and a signature from near."""
    return replace(
        busy(),
        view=View(
            agent=AgentDetail(
                id=17,
                position=(17, 0),
                profile="web server",
                state=AgentState.ALERT,
                trust=0.81,
                behaviour="honest",
                model_version=12,
                window=256,
                published=4,
                confirmed=212,
                refuted=88,
                scores=waves(32, 0.4, 0.2, 5),
                features=(("bytes", 1.2, 0.4, 1.3), ("dst_ports", 0.1, 0.2, 4.8)),
            ),
            signature=SignatureDetail(
                view=signature(1198, "ACCEPTED"),
                fingerprint=HEAD[:16],
                centre=(("dst_ports", 4.2, 0.3), ("packets", 2.1, 0.5)),
                ballots=(
                    BallotView(3, "CONFIRM", "sighting at step 479", 1.0, 480),
                    BallotView(9, "REFUTE", "inside own normal traffic (0.21)", 1.0, 480),
                    BallotView(11, "ABSTAIN", "never seen anything near", 0.0, 480),
                ),
                rule="quorum 0.6 reached: 17 of 19 confirm, 3 needed",
            ),
        ),
    )
