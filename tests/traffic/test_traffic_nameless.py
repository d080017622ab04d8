"""Tables whose names say nothing: the truth is found, left out or named as doubtful."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from sim.traffic.files import FlowTable, make_knobs, read_flows

ROWS = 300
SEEDS = 24
Tell = Callable[[Random, int], object]
"""What a column says of a row; 0 is benign, 1 to 3 are attacks."""

YES_NO: dict[str, Tell] = {
    "0 and 1": lambda r, t: int(t > 0),
    "1 and -1": lambda r, t: -1 if t else 1,
    "true and false": lambda r, t: t > 0,
}
CODES: dict[str, Tell] = {
    "codes": lambda r, t: t,
    "scattered codes": lambda r, t: (7, 31, 44, 52)[t],
    "letters": lambda r, t: "ABCD"[t],
    "severity": lambda r, t: r.choice((0, 1)) if t == 0 else r.choice((5, 7, 8, 9)),
    "detector": lambda r, t: r.choice("xy") if t == 0 else r.choice("uvw"),
}
SCORES: dict[str, Tell] = {
    "score": lambda r, t: f"{r.uniform(0.6, 1) if t else r.uniform(0, 0.4):.4f}",
    "per cent": lambda r, t: f"{r.gauss(85 if t else 15, 5):.1f}",
    "identifiers": lambda r, t: 2 * r.randint(100, 130) + int(t > 0),
}
LOOSE: dict[str, Tell] = {
    "noisy": lambda r, t: int((t > 0) ^ (r.random() < 0.05)),
    "a detector that errs": lambda r, t: r.choice("uvw") if t and r.random() < 0.9 else "x",
}
WORDS: dict[str, Tell] = {"words": lambda r, t: ("normal", "dos", "probe", "r2l")[t]}
MEASURED: dict[str, Tell] = {
    "proto": lambda r, t: r.choice(("tcp", "udp", "icmp")),
    "duration": lambda r, t: f"{r.expovariate(3 if t else 1):.4f}",
    "src_bytes": lambda r, t: int(r.lognormvariate(9 if t else 8, 2)),
    "pkts": lambda r, t: r.randint(1, 40) + 5 * (t > 0),
    "ttl": lambda r, t: r.choice((32, 64, 128, 255)),
}


class Table:
    """Flows with secret columns among the measured ones."""

    def __init__(self, seed: int, header: str, secrets: dict[str, Tell], last: str = "") -> None:
        random = Random(seed)
        truth = [0 if random.random() < 0.75 else random.randint(1, 3) for _ in range(ROWS)]
        order = random.sample(list(MEASURED), len(MEASURED))
        for name in secrets:
            if name != last:
                order.insert(random.randint(1, len(order) - 1), name)
        order += [last] if last else []
        tells = MEASURED | secrets
        self.named = {
            name: f"column {at}" if header == "none" else f"x{at}" if name in secrets else name
            for at, name in enumerate(order, start=1)
        }
        lines = [",".join(str(tells[n](random, t)) for n in order) for t in truth]
        above = [] if header == "none" else [",".join(self.named.values())]
        self.text = "\n".join(above + lines)
        self.knobs = make_knobs(header="none") if header == "none" else None

    def read(self, write) -> FlowTable:
        found = read_flows(write(self.text), knobs=self.knobs)
        told = {f.split("=")[0].split("<")[0] for f in found.features}
        assert {self.named[n] for n in MEASURED} <= told, (self.named, found.notes)
        self.told = {name for name, shown in self.named.items() if shown in told}
        doubts = " ".join(n for n in found.notes if n.startswith("used as a feature, though"))
        words = doubts.replace(",", " ,").replace(" (", " , (") + " "
        self.doubted = {name for name, shown in self.named.items() if f" {shown} ," in words}
        return found


HEADERS = ("none", "names")


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("name", YES_NO)
def test_yes_and_no_without_a_name_is_no_feature(write, name: str, header: str) -> None:
    for seed in range(SEEDS // 4):
        table = Table(seed, header, {name: YES_NO[name]})
        table.read(write)
        assert name not in table.told, seed


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("name", [*CODES, *SCORES])
def test_what_goes_with_a_nameless_yes_and_no_is_no_feature(write, name: str, header: str) -> None:
    for seed in range(SEEDS):
        flags = {f"flag {n}": lambda r, t: int(r.random() < 0.3) for n in range(seed % 6)}
        tell = (CODES | SCORES)[name]
        table = Table(seed, header, {"yes": YES_NO["0 and 1"], name: tell, **flags})
        table.read(write)
        assert not table.told & {"yes", name}, (seed, table.named)
        if len(flags) >= 4:
            assert flags.keys() <= table.told, seed


@pytest.mark.parametrize("last", [*YES_NO, *WORDS])
@pytest.mark.parametrize("name", [*CODES, *SCORES, *LOOSE])
def test_what_goes_with_a_label_is_no_feature_or_doubted(write, name: str, last: str) -> None:
    for seed in range(SEEDS // 8):
        tells = YES_NO | WORDS | CODES | SCORES | LOOSE
        table = Table(seed, "names", {name: tells[name], last: tells[last]}, last)
        assert table.read(write).labelled
        assert name not in table.told or (name in LOOSE and name in table.doubted), seed


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("name", [*CODES, "score"])
def test_what_cannot_be_told_is_doubted(write, name: str, header: str) -> None:
    for seed in range(SEEDS // 8):
        table = Table(seed, header, {name: (CODES | SCORES)[name]})
        assert not table.read(write).labelled
        assert name in table.doubted, seed


def test_a_table_of_flags_stays_one(write) -> None:
    """Many columns of yes and no are features, though each is doubted where no label is known."""
    flags = {f"flag {n}": lambda r, t, n=n: int(r.random() < 0.1 * n) for n in range(1, 8)}
    table = Table(1, "names", flags)
    table.read(write)
    assert flags.keys() <= table.told and flags.keys() <= table.doubted


def test_numbers_that_tell_a_rare_attack_are_measured(write) -> None:
    lines = [
        f"{i % 50 / 10},{i % 7 + 90 * (i % 50 == 3)},{i % 11},{int(i % 50 == 3)}"
        for i in range(800)
    ]
    found = read_flows(write("\n".join(("x0,x1,x2,label", *lines))))
    assert found.features == ("x0", "x1", "x2")
    assert any("tells nearly all attacks: x0, x1" in note for note in found.notes)


def test_who_says_that_there_is_no_label_gets_all_columns(write) -> None:
    table = Table(3, "names", {"yes": YES_NO["0 and 1"]})
    found = read_flows(write(table.text), label_column="none")
    assert table.named["yes"] in found.features
    assert any(f"doubtful: {table.named['yes']}" in note for note in found.notes)
