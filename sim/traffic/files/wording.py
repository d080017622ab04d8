"""The words in which data sets say what is benign, what is an attack, and what nobody has told."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sim.traffic.files.names import words

_FOREIGN = frozenset(
    (
        "normale", "normaux", "normales", "légitime", "legitime", "legítimo", "legitimo", "benigno",
        "bénin", "benin", "正常", "良性", "正常流量", "нормальный", "норма", "normalny", "gutartig",
        "정상", "طبيعي",
    )
)  # fmt: skip
"""What surely stands for benign in other languages."""
BENIGN_WORDS = frozenset(
    (
        "normal", "benign", "background", "0", "normal traffic", "-", "none", "false", "no", "f",
        "ok", "good", "clean", "safe", "negative", "neg", "inlier", "genuine", "legal", "harmless",
        "n", "natural", "nominal", "typical", "regular", "trusted", "uninfected", "unaffected",
        "ham", "human", "authorized", "authorised", "regular traffic", "no events", "noevents",
        "no event", "non-tor", "nontor", "nonvpn", "non-vpn", "whitelist", "whitelisted",
        "unharmful", "healthy", "bonafide", "bona fide", "innocent", "innocuous", "authentic",
        "ordinary", "usual", "r", *_FOREIGN,
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
        "keylogging", "sweep", "synflood", "udpflood", "infected", "compromised", "ataque",
        "angriff", "attaque", "attacco", "blacklisted", "blacklist", "malformed", "bashlite",
    )
)  # fmt: skip
_NOT = frozenset(("not", "non", "no", "un", "without", "free"))
_GAP = re.compile(r"[\W_\d]+")
_DENIALS = ("not", "non", "no")
_WEAK = frozenset(("0", "-", "none", "false", "no", "f", "n", "r"))
"""What means benign in a column with labels only: elsewhere it says that there is no value."""

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
        "-999",
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
_LABELLED = frozenset(("label", "labels", "labeled", "labelled", "labeling", "labelling"))
_UNLABELLED = _LABELLED | frozenset(
    (
        "no", "not", "non", "none", "need", "needs", "needed", "require", "requires", "required",
        "yet", "manual", "manually", "to", "be", "missing", "without", "available", "assigned",
        "set", "a", "the", "pending", "awaiting", "waiting", "for", "add", "here", "please", "is",
        "has", "been", "review", "unknown", "empty",
    )
)  # fmt: skip
"""What a placeholder may be made of, one of the words above among it."""
PLAIN_WORDS = frozenset(("1", "true", "yes", "t", "y", "attack", "positive", "pos"))
"""Words that say attack without naming it."""


def says_nothing(word: str) -> bool:
    """Tell whether a label says that nobody has labelled the row."""
    return word.casefold() in UNKNOWN_WORDS or is_placeholder(word)


def is_placeholder(word: str) -> bool:
    """Tell whether a label is a text such as `No Label` or `NeedManualLabel`."""
    found = frozenset(words(word))
    joined = "".join(words(word))
    return joined in _PLACEHOLDERS or (found <= _UNLABELLED and not found.isdisjoint(_LABELLED))


_FILLING = frozenset(
    (
        "traffic", "flow", "flows", "connection", "connections", "activity", "data", "packet",
        "packets", "class", "label", "sample", "network",
    )
)  # fmt: skip
"""What says of a label only that it is one."""


def says_benign(word: str) -> bool:
    """Tell whether a label means benign traffic, as a whole or within a longer text."""
    told = " ".join(w for w in words(word) if w not in _FILLING)
    return word.casefold() in BENIGN_WORDS or told in BENIGN_WORDS or names_benign(word)


def names_benign(word: str) -> bool:
    """Tell whether a text surely speaks of benign traffic: `flow=From-Normal-V42-Stribrek`."""
    if word.casefold() in _FOREIGN:
        return True
    joined, found = _spoken(word)
    if joined in _SURELY_BENIGN:
        return True
    denied = not _NOT.isdisjoint(found)
    benign = not _SURELY_BENIGN.isdisjoint(found)
    attack = not _SURELY_ATTACK.isdisjoint(found)
    if denied:
        return attack and not benign
    return benign and not attack


def says_benign_beside(word: str) -> bool:
    """Tell whether a text means benign where others beside it are names of attacks."""
    return word.casefold() not in _WEAK and says_benign(word)


def denies(word: str, others: Iterable[str]) -> bool:
    """Tell whether a label is the denial of another one: `NonVPN` beside `VPN`."""
    joined = "".join(words(word))
    rest = {joined.removeprefix(prefix) for prefix in _DENIALS if joined.startswith(prefix)}
    return any("".join(words(other)) in rest - {""} for other in others)


def names_attack(word: str) -> bool:
    """Tell whether a text surely speaks of an attack."""
    joined, found = _spoken(word)
    if names_benign(word):
        return False
    return not _SURELY_ATTACK.isdisjoint(found) or joined in _SURELY_ATTACK


def _spoken(word: str) -> tuple[str, frozenset[str]]:
    """Return a text without gaps, and its words by their case and by the gaps: DoS is one word."""
    found = words(word)
    return "".join(found), frozenset((*found, *_GAP.split(word.casefold())))
