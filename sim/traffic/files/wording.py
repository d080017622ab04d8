"""The words in which data sets say what is benign, what is an attack, and what nobody has told."""

from __future__ import annotations

from sim.traffic.files.names import words

BENIGN_WORDS = frozenset(
    (
        "normal", "benign", "background", "0", "normal traffic", "-", "none", "false", "no", "f",
        "ok", "good", "clean", "safe", "negative", "neg", "inlier", "genuine", "legal", "harmless",
        "n", "natural", "nominal", "typical", "regular", "trusted", "uninfected", "unaffected",
        "ham", "human", "authorized", "authorised", "regular traffic", "no events", "noevents",
        "no event", "non-tor", "nontor", "nonvpn", "non-vpn", "normale", "normaux", "normales",
        "légitime", "legitime", "legítimo", "legitimo", "benigno", "bénin", "benin", "正常", "良性",
        "нормальный", "normalny", "gutartig",
    )
)  # fmt: skip
"""What stands for benign as a whole."""

_SURELY_BENIGN = frozenset(
    (
        "normal", "benign", "legitimate", "legit", "background", "benigntraffic", "nonmalicious",
        "nonattack", "goodware", "bening", "begnin", "benignware", "norm",
    )
)  # fmt: skip
_SURELY_ATTACK = frozenset(
    (
        "attack", "attacks", "attacker", "attacked", "anomaly", "anomalous", "abnormal",
        "malicious", "malware", "botnet", "bot", "intrusion", "outlier", "suspicious", "dos",
        "ddos", "drdos", "scan", "scanning", "portscan", "portsweep", "ipsweep", "nmap", "satan",
        "neptune", "smurf", "backdoor", "backdoors", "exploit", "exploits", "fuzzers", "fuzzing",
        "worm", "worms", "shellcode", "reconnaissance", "recon", "generic", "analysis",
        "injection", "xss", "sqli", "mitm", "password", "ransomware", "bruteforce", "brute",
        "hulk", "slowloris", "goldeneye", "heartbleed", "infiltration", "infilteration", "mirai",
        "okiru", "torii", "theft", "spoofing", "spoof", "flood", "phishing", "trojan", "virus",
        "hijacking", "exfiltration", "probe", "r2l", "u2r", "rootkit", "teardrop", "warezclient",
        "warezmaster", "mscan", "apache2", "patator", "webattack", "uploading", "fingerprinting",
        "gafgyt", "tampering", "defacement", "threat", "victim", "cryptominer", "coinminer",
        "keylogging", "sweep", "synflood", "udpflood",
    )
)  # fmt: skip
_NOT = frozenset(("not", "non", "no", "un", "without"))

UNKNOWN_WORDS = frozenset(
    (
        "",
        "(empty)",
        "nan",
        "null",
        "?",
        "na",
        "n/a",
        "<na>",
        "unknown",
        "unk",
        "undetermined",
        "unclassified",
        "not set",
        "pending",
        "not available",
        "---",
        "--",
        "…",
        "...",
    )
)
"""What stands for no truth as a whole."""

_PLACEHOLDERS = frozenset(
    (
        "nolabel", "nolabels", "needmanuallabel", "needlabel", "unlabeled", "unlabelled", "unlabel",
        "notlabeled", "notlabelled", "tbd", "todo", "undefined", "unassigned", "notavailable",
        "labelme", "labelhere", "tobelabeled", "tobelabelled", "manuallabel", "nolable",
        "label", "labels", "default", "missing", "notset", "noclass", "unspecified",
    )
)  # fmt: skip
PLAIN_WORDS = frozenset(("1", "true", "yes", "t", "y", "attack", "positive", "pos"))
"""Words that say attack without naming it."""


def says_nothing(word: str) -> bool:
    """Tell whether a label says that nobody has labelled the row."""
    return word.casefold() in UNKNOWN_WORDS or is_placeholder(word)


def is_placeholder(word: str) -> bool:
    """Tell whether a label is a text such as `No Label` or `NeedManualLabel`."""
    return "".join(words(word)) in _PLACEHOLDERS


def says_benign(word: str) -> bool:
    """Tell whether a label means benign traffic, as a whole or within a longer text."""
    return word.casefold() in BENIGN_WORDS or names_benign(word)


def names_benign(word: str) -> bool:
    """Tell whether a text surely speaks of benign traffic: `flow=From-Normal-V42-Stribrek`."""
    found = words(word)
    if not found:
        return False
    if "".join(found) in _SURELY_BENIGN:
        return True
    denied = not _NOT.isdisjoint(found)
    benign = not _SURELY_BENIGN.isdisjoint(found)
    attack = not _SURELY_ATTACK.isdisjoint(found)
    if denied:
        return attack and not benign
    return benign and not attack


def names_attack(word: str) -> bool:
    """Tell whether a text surely speaks of an attack."""
    found = words(word)
    if names_benign(word):
        return False
    return not _SURELY_ATTACK.isdisjoint(found) or "".join(found) in _SURELY_ATTACK
