"""Times, hosts and labels under any name and in any notation are no features."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import numpy as np
import pytest

from sim.traffic.files import FlowTable, read_flows
from sim.traffic.files.schema import PLAIN, Kind

ROWS = 120
MOMENTS = (
    "%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M:%S %p", "%Y/%m/%d %H:%M:%S.000",
    "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.000000+0000", "%b %d, %Y %H:%M:%S.000000000 UTC",
    "%d.%m.%Y %H:%M:%S", "%a %b %d %H:%M:%S %Y", "%d-%b-%y", "%Y-%m-%d", "%Y%m%d",
    "%d %b %Y %H:%M:%S", "%Y-%m-%d_%H-%M-%S", "%Y%m%d%H%M%S", "%A", "%B %d", "%s", "%s.25",
    "%s000", "%s000000", "%H:%M:%S", "%H:%M",
)  # fmt: skip
"""As tools write them; a whole second of the epoch is spelled out below."""


def table(write, columns: dict[str, Callable[[int], str]]) -> FlowTable:
    random = Random(3)
    every = {
        "duration": lambda _: f"{random.expovariate(1.0):.4f}",
        "bytes": lambda _: str(random.randint(40, 90000)),
        "proto": lambda _: random.choice(("tcp", "udp", "icmp")),
        **columns,
    }
    lines = [";".join(every)]
    lines += [";".join(f(i) for f in every.values()) for i in range(ROWS)]
    return read_flows(write("\n".join(lines) + "\n"))


def told(found: FlowTable) -> set[str]:
    return {f.split("=")[0].split("<")[0] for f in found.features}


MEASURED = {"duration", "bytes", "proto"}


def attack(i: int) -> bool:
    return i % 4 == 1


@pytest.mark.parametrize("notation", MOMENTS)
def test_a_time_in_any_notation_is_no_feature(write, notation) -> None:
    random = Random(4)

    def when(i: int) -> str:
        late = attack(i) and random.random() < 0.5
        moment = datetime(2017, 7, 3, 8, tzinfo=UTC) + timedelta(
            days=random.randint(0, 2), hours=4 * late, minutes=5 * random.randint(0, 1)
        )
        seconds = str(int(moment.timestamp()))
        return moment.strftime(notation.replace("%s", seconds))

    found = table(write, {"when": when, "Label": lambda i: "DoS" if attack(i) else "BENIGN"})
    assert told(found) == MEASURED, found.notes
    assert any("when" in note for note in found.notes)


def test_a_duration_in_hours_and_versions_are_no_times(write) -> None:
    random = Random(5)
    found = table(
        write,
        {
            "elapsed": lambda _: f"{random.randint(0, 3)}:{random.randint(0, 59):02}:07",
            "agent version": lambda _: random.choice(("1.2.33", "10.0.22", "3.1.4")),
            "octets": lambda _: str(random.randint(10**6, 10**9)),
        },
    )
    assert told(found) == MEASURED | {"elapsed", "agent version", "octets"}, found.notes


@pytest.mark.parametrize(
    "hosts",
    [
        ("00:16:3e:aa:bb:01", "66:55:44:33:22:11"),
        ("0016.3eaa.bb01", "00-16-3E-AA-BB-02"),
        ("00:50:56", "00:0c:29"),
        ("192.168.10.2:443", "[fe80::1]:22", "10.0.0.0/24"),
    ],
)
def test_a_host_in_any_notation_is_no_feature(write, hosts) -> None:
    random = Random(6)
    found = table(write, {"hw": lambda _: hosts[int(random.random() > 0.95) * (len(hosts) - 1)]})
    assert told(found) == MEASURED
    assert any("identifiers: hw" in note for note in found.notes), found.notes


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("src_ip_int", Kind.IDENTIFIER),
        ("clientAddress", Kind.IDENTIFIER),
        ("sourcePort", Kind.IDENTIFIER),
        ("tcp_srcport", Kind.IDENTIFIER),
        ("originp", Kind.IDENTIFIER),
        ("startDateTime", Kind.IDENTIFIER),
        ("ts_hour", Kind.IDENTIFIER),
        ("bidirectional_first_seen_ms", Kind.IDENTIFIER),
        ("destinationPort", Kind.PORT),
        ("Des_port", Kind.PORT),
        ("dst_host_count", Kind.AUTO),
        ("src_ip_bytes", Kind.AUTO),
        ("ip_version", Kind.AUTO),
        ("time_delta", Kind.AUTO),
        ("bidirectional_duration_ms", Kind.AUTO),
        ("first_packet_len", Kind.AUTO),
    ],
)
def test_hosts_ports_and_times_are_known_by_the_words_of_a_name(name, kind) -> None:
    assert PLAIN.kind(name) is kind


@pytest.mark.parametrize(
    "words", [("unknown",), (".",), ("unknown", "http"), (".", "U"), ("none", "eth1")]
)
def test_a_column_of_placeholders_is_no_damaged_number(write, words) -> None:
    rare = {"svc": lambda i: words[-1] if i % 30 == 7 else words[0]}
    found = table(write, rare)
    assert told(found) - MEASURED == ({"svc"} if len(words) > 1 else set()), found.notes


@pytest.mark.parametrize("word", ["NaT", "n.d.", "#NV", "inf.", "NA()", "no value", "#####"])
def test_what_stands_for_no_number_is_missing(write, word) -> None:
    found = table(write, {"load": lambda i: word if i % 30 == 7 else f"{i % 13}.5"})
    assert "load" in told(found)
    assert np.isfinite(found.flows).all()


@pytest.mark.parametrize(
    "names", [("BENIGN", "DDoS", "PortScan", "Bot"), ("is_ok", "k1", "k2", "k3")]
)
@pytest.mark.parametrize("labelled", [True, False])
def test_a_label_as_a_column_for_each_class_is_no_feature(write, names, labelled) -> None:
    kinds = [0, 1, 0, 2, 0, 3, 0]
    classes = {n: lambda i, k=k: str(int(kinds[i % 7] == k)) for k, n in enumerate(names)}
    label = {"Label": lambda i: "BENIGN" if kinds[i % 7] == 0 else "attack"} if labelled else {}
    found = table(write, classes | label)
    assert told(found) == MEASURED, found.notes


def test_columns_of_yes_and_no_that_are_measured_stay(write) -> None:
    random = Random(7)
    flags = {n: lambda _: str(random.randint(0, 1)) for n in ("land", "root_shell", "is_guest")}
    found = table(write, {**flags, "Label": lambda i: "DoS" if attack(i) else "BENIGN"})
    assert told(found) == MEASURED | set(flags), found.notes
