"""Generated files with known truth: it is found or missed aloud, and never becomes a feature."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from random import Random

import numpy as np
import pytest

from sim.traffic.files import FlowTable, read_flows

CASES = 800
ROWS = 160
LABELS = (
    "label", "Label", "class", "is_anomaly", "labels", "Tag", "outcome", "ground_truth", "y",
    "Attack_label", "class1", "attack_type", "malicious", "traffic_label", "Attack Category",
    "isAttack", "zork", "column_x", "verdict", "result",
)  # fmt: skip
WORDINGS = (
    ("0", ("1",)),
    ("1", ("-1",)),
    ("normal", ("attack",)),
    ("BENIGN", ("DDoS", "PortScan", "Web Attack – XSS")),
    ("BenignTraffic", ("Mirai-udpplain", "DDoS-ICMP_Flood")),
    ("flow=From-Normal-V42-Grill", ("flow=From-Botnet-V42-TCP-CC", "flow=From-Botnet-V42-UDP-DNS")),
    ("legitimate", ("malicious",)),
    ("Normal", ("Exploits", "Fuzzers", "Generic", "Backdoor")),
    ("Background", ("Botnet",)),
    ("False", ("True",)),
    ("NonVPN", ("VPN",)),
    ("human", ("bot",)),
    ("healthy", ("infected", "compromised")),
    ("Not Attack", ("Attack",)),
)
EXTRAS = (
    "type", "category", "subcategory", "attack_id", "severity", "flag", "state", "grp", "info",
    "difficulty", "code", "c17", "proto_kind", "Attack Tool", "service_class", "heuristic",
    "labels.kind",
)  # fmt: skip


@dataclass
class Made:
    """A generated file."""

    names: list[str]
    rows: list[list[str]]
    truth: list[int]
    """0 benign, else the number of the attack."""
    secret: list[str]
    """Columns that tell the truth or count rows."""
    label: str
    delimiter: str = ","
    comma: bool = False
    wrapping: str = ""

    def text(self, rows: list[list[str]] | None = None) -> bytes:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=self.delimiter, lineterminator="\n")
        header = self.names
        writer.writerow(header)
        writer.writerows(rows or self.rows)
        lines = out.getvalue().splitlines()
        if self.wrapping == "comments":
            lines = ["# by a tool", "# of the trade", *lines]
        if self.wrapping == "again":
            lines.insert(len(lines) // 2, lines[0])
        if self.wrapping == "ends":
            lines = [lines[0], *(line + self.delimiter for line in lines[1:])]
        if self.wrapping == "summary":
            lines += ["Summary", "flows,bytes", "160,12"]
        if self.wrapping == "sep":
            lines = [f"sep={self.delimiter}", *lines]
        return ("\n".join(lines) + "\n").encode()

    def permuted(self, random: Random) -> list[list[str]]:
        """The same rows, the columns with the truth dealt to other ones."""
        hidden = [at for at, name in enumerate(self.names) if name in self.secret]
        order = list(range(len(self.rows)))
        random.shuffle(order)
        changed = [list(row) for row in self.rows]
        for to, source in enumerate(order):
            for at in hidden:
                changed[to][at] = self.rows[source][at]
        return changed


def made(seed: int) -> Made:
    random = Random(seed)
    benign, attacks = random.choice(WORDINGS)
    label = random.choice(LABELS)
    truth = [0 if random.random() < 0.7 else random.randint(1, len(attacks)) for _ in range(ROWS)]
    truth[:8] = [0, 1] * 4
    table = Made([], [], truth, [label], label)
    table.delimiter = random.choice(",,,;\t|")
    table.comma = table.delimiter == ";" and random.random() < 0.5
    table.wrapping = random.choice(["", "", "comments", "again", "ends", "summary", "sep"])
    columns: dict[str, list[str]] = {}
    if random.random() < 0.3:
        name = random.choice(["", "index", "seq", "record_no", "nr"])
        columns[name] = [str(i + 1) for i in range(ROWS)]
        table.secret.append(name)
    columns |= _measured(random, table.comma)
    extras = random.sample(EXTRAS, random.choice([0, 1, 1, 2]))
    if label in ("zork", "column_x") and benign in ("0", "1", "False", "NonVPN"):
        extras = []
    for name in extras:
        columns[name] = _extra(random, truth, attacks)
        table.secret.append(name)
    columns[label] = [benign if t == 0 else attacks[t - 1] for t in truth]
    table.names = list(columns)
    table.rows = [list(row) for row in zip(*columns.values(), strict=True)]
    return table


def _measured(random: Random, comma: bool) -> dict[str, list[str]]:
    def number(x: float) -> str:
        return f"{x:.4f}".replace(".", ",") if comma else f"{x:.4f}"

    def scaled(x: float) -> str:
        return number(x / 1e6) + " M" if x > 1e6 else str(int(x))

    sizes = [random.lognormvariate(9, 2) for _ in range(ROWS)]
    return {
        "proto": [random.choice(["tcp", "udp", "icmp"]) for _ in range(ROWS)],
        "dst_port": [random.choice(["80", "443", "22", "0x0050", "domain"]) for _ in range(ROWS)],
        "duration": [number(random.expovariate(1.0)) for _ in range(ROWS)],
        "bytes": [scaled(x) if random.random() < 0.9 else str(int(x)) for x in sizes],
        "pkts": [str(random.randint(1, 40)) for _ in range(ROWS)],
    }


def _extra(random: Random, truth: list[int], attacks: tuple[str, ...]) -> list[str]:
    """A column that follows from the truth, in one of the ways of published data."""
    match random.randrange(5):
        case 0:
            return ["normal" if t == 0 else f"kind {t}" for t in truth]
        case 1:
            return [str(int(t > 0)) for t in truth]
        case 2:
            return [str(7 if t == 0 else 20 + t) for t in truth]
        case 3:
            return [
                "none at all" if t == 0 else f"{attacks[t - 1]} {random.choice('ab')}"
                for t in truth
            ]
        case _:
            return ["" if t == 0 else str(t) for t in truth]


def base(feature: str) -> str:
    """The column that a feature is of."""
    return feature.split("=")[0].split("<")[0]


@pytest.mark.parametrize("block", range(8))
def test_no_feature_tells_the_truth_and_the_labels_are_found_or_missed_aloud(write, block) -> None:
    found = 0
    for seed in range(block * CASES // 8, (block + 1) * CASES // 8):
        file = made(seed)
        table = read_flows(write(file.text(), f"{seed}.csv"))
        told = {base(f) for f in table.features}
        secret = {s or "column 1" for s in file.secret}
        assert not told & secret, (seed, told & secret, table.notes)
        assert {"proto", "dst_port", "duration", "bytes", "pkts"} <= told, (seed, told, table.notes)
        assert len(table.flows) == ROWS, (seed, table.notes)
        found += check_labels(seed, file, table)
    assert found > 0.8 * CASES / 8


def check_labels(seed: int, file: Made, table: FlowTable) -> bool:
    """Whether the labels were found; if not, that is said."""
    if not table.labelled:
        assert any("no column with labels found" in note for note in table.notes), seed
        return False
    wrong = (table.labels != 0) != (np.array(file.truth) != 0)
    assert not wrong.any() or table.warnings, (seed, table.notes, table.classes)
    return True


@pytest.mark.parametrize("block", range(4))
def test_labels_dealt_to_other_rows_change_nothing_that_agents_see(write, block) -> None:
    for seed in range(block * 30, (block + 1) * 30):
        file = made(seed)
        whole = read_flows(write(file.text(), "a.csv"))
        counting = {"index", "seq", "record_no", "nr", ""}
        file.secret = [s for s in file.secret if s not in counting]
        other = read_flows(write(file.text(file.permuted(Random(seed))), "b.csv"))
        assert whole.features == other.features, seed
        np.testing.assert_array_equal(whole.flows, other.flows)


def test_notations_give_the_numbers_that_they_stand_for(write) -> None:
    """A file in the notations of the trade is the same file as one of plain numbers."""
    random = Random(5)
    sizes = [random.randint(1, 9) * 1_100_000 for _ in range(60)]
    spans = [random.randint(0, 7200) for _ in range(60)]
    shares = [random.randint(0, 100) for _ in range(60)]
    plain = "".join(
        f"{a};{b};{c / 100};{a / 8}\n" for a, b, c in zip(sizes, spans, shares, strict=True)
    )
    other = "".join(
        f"{a / 1e6} M;{b // 3600}:{b // 60 % 60:02}:{b % 60:02};{c}%;{f'{a / 8:,.1f}'}\n"
        for a, b, c in zip(sizes, spans, shares, strict=True)
    )
    head = "bytes;duration;share;load\n"
    tables = [read_flows(write(head + text, f"{i}.csv")) for i, text in enumerate((plain, other))]
    assert tables[0].features == tables[1].features
    np.testing.assert_allclose(tables[0].flows, tables[1].flows, rtol=1e-6)
    assert any("read as numbers" in note for note in tables[1].notes)
