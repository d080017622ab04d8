"""What published sets and tools of the field do beside numbers and labels: read, or named truly."""

from __future__ import annotations

import json
from random import Random

import numpy as np
import pytest
from simple_flows import FLOWS, Cell, same, text

from sim.errors import TrafficError
from sim.traffic.files import FlowTable, read_flows


def draws(seed: int) -> Random:
    return Random(seed)


def test_a_nought_in_place_of_text_is_no_damaged_number(write, plain: FlowTable) -> None:
    rare = {"http.method": lambda row: "GET" if row["pkts"] == 7 else "0"}
    found = read_flows(write(text(rare)))
    assert {"http.method=0"} == {f for f in found.features if f.startswith("http")}
    with pytest.raises(TrafficError, match=r"'GET'.*traffic\.exclude leaves columns out"):
        read_flows(write(text({"x": lambda row: "GET" if row["pkts"] == 7 else row["pkts"]})))


def test_an_address_with_leading_zeros_is_no_number(write) -> None:
    host = {"h1": lambda row: f"192.168.001.{int(str(row['pkts'])):03}"}
    found = read_flows(write(text(host)))
    assert "left out as identifiers: h1" in found.notes


def test_bytes_in_hexadecimal_are_no_bits(write) -> None:
    random = draws(1)
    found = read_flows(write(text({"data0": lambda row: f"{random.randrange(256):02x}"})))
    assert not any("read as numbers" in note or "are no numbers" in note for note in found.notes)


@pytest.mark.parametrize("name", ["iana:sourceTransportPort", "sourceTransportPort", "a:src_port"])
def test_the_port_of_a_source_by_the_names_of_ipfix(write, name: str) -> None:
    random = draws(2)
    found = read_flows(write(text({name: lambda row: random.randrange(1024, 65_536)})))
    assert f"left out as identifiers: {name}" in found.notes


def test_the_labels_of_a_cloud_are_no_truth(write, plain: FlowTable) -> None:
    rows = [
        {**{k: v for k, v in row.items() if k != "truth"}, "resource": {"labels": {"zone": z}}}
        for row, z in zip(FLOWS, ["eu", "us"] * 100, strict=True)
    ]
    found = read_flows(write("\n".join(map(json.dumps, rows)), "flows.json"))
    assert not found.labelled
    assert any(f.startswith("resource.labels.zone=") for f in found.features)
    told = [
        {**row, "labels": {"is_attack": int(bool(f["truth"]))}}
        for row, f in zip(rows, FLOWS, strict=True)
    ]
    found = read_flows(write("\n".join(map(json.dumps, told)), "told.json"))
    assert found.labelled and not any("is_attack" in f for f in found.features)


@pytest.mark.parametrize(
    ("benign", "attack", "name"),
    [
        ("NonDoH", "DoH", "kind"), ("non-vpn", "VPN", "kind"), ("notor", "tor", "kind"),
        ("human", "bot", "who"), ("whitelisted", "blacklisted", "list"), ("R", "T", "c12"),
        ("bonafide", "attack", "label"), ("healthy", "infected", "status"),
        ("attack-free", "attacked", "note"), ("ok", "TCP_IP-DDoS-ICMP1", "seen"),
    ],
)  # fmt: skip
def test_benign_is_what_denies_the_other_or_stands_beside_an_attack(
    write, plain: FlowTable, benign: str, attack: str, name: str
) -> None:
    said: Cell = lambda row: attack if row["truth"] else benign  # noqa: E731
    found = read_flows(write(text({name: said}, label="")))
    assert found.features == plain.features, found.notes
    assert ((found.labels != 0) == (plain.labels != 0)).all(), found.classes


def test_a_score_is_left_out_and_is_no_label(write) -> None:
    random = draws(3)
    scores = {
        "anomaly_score": lambda row: round(random.random(), 3),
        "L7_PROTO_RISK": lambda row: random.randrange(9),
    }
    found = read_flows(write(text(scores, label="")))
    assert not found.labelled
    assert not any(f.startswith(("anomaly", "L7")) for f in found.features)


def test_what_detectors_report_beside_their_verdict_is_theirs(write) -> None:
    random = draws(4)
    reported = {
        "nbDetectors": lambda row: random.randrange(1, 9),
        "distance": lambda row: round(random.gauss(0.3 if row["truth"] else -0.3, 1), 4),
    }
    found = read_flows(write(text(reported)))
    assert not any(f.startswith(("nb", "distance")) for f in found.features), found.notes
    del reported["nbDetectors"]
    found = read_flows(write(text(reported)))
    assert any("doubtful: distance" in note for note in found.notes)


@pytest.mark.parametrize("name", ["reconstruction_error", "zscore"])
def test_the_error_of_a_model_is_a_score(write, name: str) -> None:
    random = draws(6)
    error = {name: lambda row: round((3 if row["truth"] else 0.1) * (1 + random.random()), 4)}
    assert name not in read_flows(write(text(error))).features


def test_the_part_of_a_set_is_not_measured(write) -> None:
    random = draws(7)
    found = read_flows(write(text({"split": lambda row: random.choice(["train", "test"])})))
    assert "left out as identifiers: split" in found.notes


@pytest.mark.parametrize("name", ["Bad_checksum", "bad_crc"])
def test_what_counts_bad_checksums_is_measured(write, name: str) -> None:
    random = draws(5)
    found = read_flows(write(text({name: lambda row: random.randrange(3)})))
    assert name in found.features


def test_a_time_under_a_measured_name_is_one(write) -> None:
    at = iter(range(len(FLOWS)))
    found = read_flows(write(text({"IdleTime": lambda row: 1_566_009_407 + 977 * (next(at) % 91)})))
    assert "IdleTime" not in found.features
    assert "left out, as they only count rows or time: IdleTime" in found.notes


def test_a_sequence_that_wraps_counts_no_rows(write) -> None:
    at = iter(range(len(FLOWS)))
    assert (
        "tcp_window" in read_flows(write(text({"tcp_window": lambda row: next(at) % 40}))).features
    )
    at = iter(range(len(FLOWS)))
    assert (
        "tcp_window" not in read_flows(write(text({"tcp_window": lambda row: next(at)}))).features
    )


@pytest.mark.parametrize("name", ["stream", "tcp.stream", "group no", "hour", "Weekday"])
def test_what_stands_for_a_stretch_of_the_file_is_no_feature(write, name: str) -> None:
    at = iter(range(len(FLOWS)))
    found = read_flows(write(text({name: lambda row: next(at) // 4})))
    assert not any(f.startswith(name) for f in found.features), found.notes


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_groups_of_columns_above_their_names(write, plain: FlowTable, delimiter: str) -> None:
    groups = delimiter.join(["", "P1", "", "", "P2", ""])
    same(read_flows(write(groups + "\n" + text(delimiter=delimiter))), plain)


def test_names_without_that_of_the_class(write, plain: FlowTable) -> None:
    kinds = "".join(f"{name}: continuous.\n" for name in text().split("\n")[0].split(",")[:-1])
    write("normal,DoS,XSS.\n" + kinds, "flows.names")
    from sim.traffic.files.knobs import make_knobs

    rows = text().partition("\n")[2]
    found = read_flows(write(rows), knobs=make_knobs(header="flows.names"))
    same(found, plain)
    with pytest.raises(TrafficError, match=r"6 fields, but traffic\.header names 5 columns"):
        read_flows(write(rows), knobs=make_knobs(header="proto,dst_port,duration,src_bytes,pkts"))


def test_the_events_of_another_tool_are_no_suricata(write) -> None:
    rows = [
        {"event_type": "purge", "packets": row["pkts"], "bytes": row["src_bytes"], "proto": "tcp"}
        for row in FLOWS
    ]
    found = read_flows(write("\n".join(map(json.dumps, rows)), "flows.json"))
    assert found.format == "json" and {"packets", "bytes"} <= set(found.features)


@pytest.mark.parametrize(
    ("content", "way"),
    [
        ({"records": [{"a": 1}]}, r"'\.records\[\]'"),
        ({"took": 1, "hits": {"hits": [{"_id": 1}]}}, r"'\.hits\.hits\[\]'"),
        ({"log": '{"a": 1}', "stream": "stdout"}, r"'\.log \| fromjson'"),
    ],
)
def test_flows_within_one_object_are_named_with_the_way_out(
    write, content: object, way: str
) -> None:
    with pytest.raises(TrafficError, match=rf"flows.json, line 1: .*\(jq -c {way} FILE\)"):
        read_flows(write(json.dumps(content) + "\n", "flows.json"))


def test_a_flow_may_keep_what_it_was_made_from(write) -> None:
    rows = [{**row, "truth": "", "message": json.dumps({"raw": row["pkts"]})} for row in FLOWS]
    found = read_flows(write("\n".join(map(json.dumps, rows)), "flows.json"))
    assert {"pkts", "src_bytes"} <= set(found.features)


def test_what_describes_kdd_is_left_out(write) -> None:
    for name in ("kddcup.data_10_percent", "corrected"):
        write(text(), name)
    path = write("normal,smurf.\nduration: continuous.\n", "kddcup.names")
    found = read_flows(path.parent)
    assert np.array_equal(len(found.flows), 2 * len(FLOWS))
    assert any("beside the flows left out: kddcup.names" in note for note in found.notes)
