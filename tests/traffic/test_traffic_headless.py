"""Data sets that are published without a header are known by the shape of their rows."""

from __future__ import annotations

from random import Random

import pytest

from sim.traffic.files import read_flows

ROWS = 60


def kyoto(random: Random, i: int, *, fields: int = 24) -> str:
    attack = i % 5 == 1
    row = [
        f"{random.expovariate(1.0):.6f}", random.choice(("http", "dns", "other")),
        *(str(random.randint(0, 9000)) for _ in range(2)), str(random.randint(0, 9)),
        *(f"{random.random():.2f}" for _ in range(3)), *(str(random.randint(0, 99)) for _ in "ab"),
        *(f"{random.random():.2f}" for _ in range(3)), random.choice(("SF", "S0")),
        "12489-1-6(1)" if attack else "0", "0", "0",
        random.choice(("-1", "-2")) if attack else "1",
        f"fd95:ec1e:6a61:{random.getrandbits(16):x}:7d88:27da:fab:5c", str(random.randint(0, 9999)),
        "fd95:ec1e:6a61:1:7d84:27c0:72bb:5d", "445", f"00:0{i % 10}:1{i % 7}", "tcp",
    ]  # fmt: skip
    return "\t".join(row[:fields])


def ugr(random: Random, i: int) -> str:
    return ",".join(
        (
            f"2016-07-27 13:43:{i % 60:02}", f"{random.random():.3f}", "42.219.153.7",
            f"143.72.8.{random.randint(1, 200)}", str(random.randint(1024, 65535)), "53",
            random.choice(("UDP", "TCP")), random.choice((".A....", ".AP.SF")), "0", "0",
            str(random.randint(1, 90)), str(random.randint(40, 90000)),
            "scan44" if i % 5 == 1 else "background",
        )
    )  # fmt: skip


@pytest.mark.parametrize("fields", [23, 24])
def test_kyoto_is_known_and_its_detectors_are_no_features(write, fields) -> None:
    random = Random(1)
    text = "\n".join(kyoto(random, i, fields=fields) for i in range(ROWS)) + "\n"
    found = read_flows(write(text, "20060701.txt"))
    assert found.format == "kyoto"
    assert (found.labels == 0).sum() == ROWS - ROWS // 5
    told = {f.split("=")[0].casefold() for f in found.features}
    assert not any("detection" in f or "label" in f or "ip_address" in f for f in told), told
    assert {"service", "flag", "source bytes"} <= told


def test_ugr16_is_known(write) -> None:
    random = Random(2)
    found = read_flows(write("\n".join(ugr(random, i) for i in range(ROWS)) + "\n"))
    assert found.format == "ugr16"
    assert found.classes == ("benign", "scan44")
    assert (found.labels == 0).sum() == ROWS - ROWS // 5
    assert {"td", "byt", "pkt", "flg", "pr"} <= {f.split("=")[0] for f in found.features}


def test_a_table_of_another_width_without_a_header_is_refused_with_the_knob(write) -> None:
    random = Random(3)
    text = "\n".join(f"{ugr(random, i)},7" for i in range(ROWS)) + "\n"
    with pytest.raises(Exception, match=r"traffic\.header"):
        read_flows(write(text))


def bot_iot(random: Random, i: int) -> str:
    attack = i % 5 == 1
    icmp = i % 7 == 3
    return ",".join(
        (
            str(i + 1), f"15265275{i % 60:02}.2", random.choice(("e", "e s")),
            "icmp" if icmp else random.choice(("tcp", "udp")), "192.168.100.7",
            "0x0303" if icmp else str(random.randint(1024, 65535)), "192.168.100.3",
            "0x0303" if icmp else "80", str(random.randint(1, 90)), str(random.randint(40, 9000)),
            random.choice(("REQ", "RST")), f"15265276{i % 60:02}.9", str(i % 262144),
            *(f"{random.random():.6f}" for _ in range(3)), "", "",
            *(f"{random.random():.6f}" for _ in range(3)), "", "", "", "",
            *(str(random.randint(0, 99)) for _ in range(4)),
            *(f"{random.random():.6f}" for _ in range(3)),
            *(("1", "DDoS", "TCP") if attack else ("0", "Normal", "Normal")),
        )
    )  # fmt: skip


def test_bot_iot_is_known(write) -> None:
    random = Random(3)
    found = read_flows(write("\n".join(bot_iot(random, i) for i in range(ROWS)) + "\n"))
    assert (found.format, found.classes) == ("bot-iot", ("benign", "DDoS"))
    assert (found.labels == 0).sum() == ROWS - ROWS // 5
    told = {f.split("=")[0] for f in found.features}
    assert {"pkts", "state", "dur", "stddev", "drate", "dport"} <= told
    assert told.isdisjoint({"pkSeqID", "seq", "stime", "ltime", "saddr", "sport", "subcategory"})


@pytest.mark.parametrize("name", ["ugr16", "nsl-kdd", "kyoto"])
def test_a_delimiter_behind_each_row_is_no_field(write, name: str) -> None:
    random = Random(3)
    if name == "nsl-kdd":
        kinds = [random.choice(["tcp", "udp"]) for _ in range(ROWS)]
        rest = [",".join(str(random.randrange(9)) for _ in range(37)) for _ in range(ROWS)]
        rows = [
            f"{i},{k},http,SF,{r},normal,21"
            for i, (k, r) in enumerate(zip(kinds, rest, strict=True))
        ]
    else:
        make = {"ugr16": ugr, "kyoto": lambda *a: kyoto(*a).replace("\t", ",")}[name]
        rows = [make(random, i) for i in range(ROWS)]
    plain = read_flows(write("\n".join(rows), "a"))
    found = read_flows(write("".join(f"{row},\n" for row in rows), "b"))
    assert (plain.format, plain.features) == (found.format, found.features)
    assert (found.flows == plain.flows).all() and (found.labels == plain.labels).all()
