"""Every registry, with what is ours in it.

A name decides nothing but which object is used; what that object can do it says itself, by the
capabilities of its kind: see `DetectorKind`, `Rule`, `Behaviour`, `Pattern`,
`Format`.
"""

from __future__ import annotations

from typing import Final

from sim.plugins.registry import Registry

_DETECTION = "sim.detection"
_RULES = "sim.consensus.rules"
_BEHAVIOURS = "sim.steering.behaviours"
_ATTACKS = "sim.traffic.patterns"
_FORMATS = "sim.traffic.files"

DETECTORS: Final = Registry(
    "decsim.detectors",
    "detector",
    "sim.detection.detector:DetectorKind",
    {
        "isolation_forest": f"{_DETECTION}.kinds:ISOLATION_FOREST",
        "isolation_forest_sklearn": f"{_DETECTION}.kinds:ISOLATION_FOREST_SKLEARN",
        "mahalanobis": f"{_DETECTION}.kinds:MAHALANOBIS",
    },
    pattern="sklearn:",
)
RULES: Final = Registry(
    "decsim.rules",
    "consensus rule",
    f"{_RULES}:Rule",
    {
        "majority": f"{_RULES}:MAJORITY",
        "quorum": f"{_RULES}:QUORUM",
        "weighted": f"{_RULES}:WEIGHTED",
    },
)
BEHAVIOURS: Final = Registry(
    "decsim.behaviours",
    "behaviour",
    f"{_BEHAVIOURS}:Behaviour",
    {
        "honest": f"{_BEHAVIOURS}:HONEST",
        "flip_votes": f"{_BEHAVIOURS}:FLIP_VOTES",
        "spam": f"{_BEHAVIOURS}:SPAM",
        "poison": f"{_BEHAVIOURS}:POISON",
        "collude": f"{_BEHAVIOURS}:COLLUDE",
        "silent": f"{_BEHAVIOURS}:SILENT",
        "betray": f"{_BEHAVIOURS}:BETRAY",
        "sybil": f"{_BEHAVIOURS}:SYBIL",
    },
)
ATTACKS: Final = Registry(
    "decsim.attacks",
    "attack",
    f"{_ATTACKS}:Pattern",
    {
        "port_scan": f"{_ATTACKS}:PORT_SCAN",
        "ddos": f"{_ATTACKS}:DDOS",
        "brute_force": f"{_ATTACKS}:BRUTE_FORCE",
        "exfiltration": f"{_ATTACKS}:EXFILTRATION",
        "beacon": f"{_ATTACKS}:BEACON",
    },
)
FORMATS: Final = Registry(
    "decsim.formats",
    "traffic format",
    f"{_FORMATS}.format:Format",
    {
        "auto": f"{_FORMATS}.format:AUTO",
        "parquet": f"{_FORMATS}.arrow:PARQUET",
        "feather": f"{_FORMATS}.arrow:FEATHER",
        "arrow": f"{_FORMATS}.arrow:STREAM",
        "zeek-tsv": f"{_FORMATS}.zeek:TSV",
        "arff": f"{_FORMATS}.arff:ARFF",
        "zeek-json": f"{_FORMATS}.zeek:JSON_LINES",
        "suricata": f"{_FORMATS}.suricata:EVE",
        "json": f"{_FORMATS}.jsonlines:JSON",
        "nsl-kdd": f"{_FORMATS}.nslkdd:FORMAT",
        "unsw-nb15": f"{_FORMATS}.unsw:PARTITION",
        "unsw-nb15-full": f"{_FORMATS}.unsw:FULL",
        "cic-ids2017": f"{_FORMATS}.cicids:FORMAT",
        "cic-iot2023": f"{_FORMATS}.ciciot:FORMAT",
        "netflow-v2": f"{_FORMATS}.netflow:FORMAT",
        "argus": f"{_FORMATS}.tools:ARGUS",
        "nfdump": f"{_FORMATS}.tools:NFDUMP",
        "kitsune": f"{_FORMATS}.kitsune:FORMAT",
        "kyoto": f"{_FORMATS}.headless:KYOTO_FORMAT",
        "ugr16": f"{_FORMATS}.headless:UGR_FORMAT",
        "bot-iot": f"{_FORMATS}.headless:BOT_IOT_FORMAT",
        "csv": f"{_FORMATS}.format:CSV",
    },
)
"""In the order in which they are tried on a file."""
AGENTS: Final = Registry(
    "decsim.agents",
    "agent class",
    "sim.model.agents:AnomalyAgent",
    {"standard": "sim.model.agents:AnomalyAgent"},
    classes=True,
)
CHECKS: Final = Registry(
    "decsim.checks",
    "health check",
    "sim.resources.checks:Check",
    {
        name: f"sim.resources.checks:{name.upper()}"
        for name in ("memory", "disk", "files", "connections", "threads", "step")
    },
)
PANES: Final = Registry("decsim.panes", "pane", "tui.panes.plugin:PaneKind", {})
"""Of plug-ins only: ours have keys and places of their own, see `tui.screens.dashboard`."""

ALL: Final = (DETECTORS, RULES, BEHAVIOURS, ATTACKS, FORMATS, AGENTS, CHECKS, PANES)
