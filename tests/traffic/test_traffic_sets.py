"""Many files as one source: what is left out and said, and what is refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from simple_flows import FLOWS, text

from sim.errors import TrafficError
from sim.traffic.files import FlowTable, read_flows

HEAD = text().partition("\n")[0] + "\n"
ZEEK = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto conn_state duration orig_bytes"
ZEEK_FIELDS = [*ZEEK.split(), "resp_bytes", "orig_pkts", "resp_pkts"]


def connection(at: int) -> list[object]:
    row = FLOWS[at]
    hosts = ["10.0.0.1", 40_000 + at, "10.0.0.2", row["dst_port"]]
    counts = [row["src_bytes"], at % 7, row["pkts"], at % 5]
    return [1e9 + at, f"C{at}", *hosts, row["proto"], "SF", row["duration"], *counts]


def zeek(path: str, fields: list[str], rows: list[list[object]]) -> str:
    lines = ["#separator \\x09", f"#path\t{path}", "\t".join(["#fields", *fields])]
    return "\n".join([*lines, *("\t".join(map(str, row)) for row in rows)]) + "\n"


def as_json(rows: list[list[object]]) -> str:
    return "".join(json.dumps(dict(zip(ZEEK_FIELDS, row, strict=True))) + "\n" for row in rows)


@pytest.fixture
def days(tmp_path: Path) -> Path:
    folder = tmp_path / "days"
    folder.mkdir()
    (folder / "a.csv").write_text(text())
    (folder / "b.csv").write_text(text())
    return folder


def read(folder: Path) -> FlowTable:
    found = read_flows(folder)
    assert len(found.flows) == 2 * len(FLOWS)
    return found


@pytest.mark.parametrize("name", ["A.csv", "c.csv"])
@pytest.mark.parametrize("content", [HEAD, "", "\n\n", HEAD.strip()], ids=repr)
def test_a_day_without_rows_is_left_out(days: Path, name: str, content: str) -> None:
    (days / name).write_text(content)
    found = read(days)
    said = [*found.notes, *found.warnings]
    assert any("left out" in line and name in line for line in said), said


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"What this is.\n\nAnd more of it.\n", "one column only"),
        (b"\x89PNG\r\n\x1a\n" + bytes(9), "a PNG picture"),
        (b"\xd4\xc3\xb2\xa1" + bytes(20), "a packet capture"),
        (b"<!doctype html><html></html>", "a web page"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_traffic_is_left_out_with_a_warning(
    days: Path, content: bytes, why: str
) -> None:
    (days / "aside").write_bytes(content)
    (warning,) = read(days).warnings
    assert warning.startswith("1 file left out, no traffic: aside: ") and why in warning


def test_many_reasons_are_cut(days: Path) -> None:
    for at in range(9):
        (days / f"n{at}").write_text("Some words.\n")
    (warning,) = read(days).warnings
    assert warning.startswith("9 files left out") and warning.endswith(" and 6 more")


def test_damaged_traffic_is_refused(days: Path) -> None:
    (days / "c.csv.gz").write_bytes(gzip.compress(text().encode())[:-900])
    with pytest.raises(TrafficError, match=r"c\.csv\.gz: .*ends early.*traffic\.member"):
        read_flows(days)


def test_what_holds_traffic_that_cannot_be_read_is_refused(days: Path) -> None:
    (days / "c.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(9))
    with pytest.raises(TrafficError, match=r"c\.h5: is an HDF5 file.*traffic\.member"):
        read_flows(days)


def test_where_nothing_is_traffic_the_first_reason_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEAD)
    (tmp_path / "b.txt").write_text("Words.\n")
    with pytest.raises(TrafficError, match=r"a\.csv: a header without rows.*2 files"):
        read_flows(tmp_path)


@pytest.mark.parametrize("form", ["tsv", "json"])
def test_a_folder_of_a_sensor_is_its_flows(tmp_path: Path, form: str) -> None:
    for hour in range(3):
        rows = [connection(50 * hour + at) for at in range(50)]
        content = as_json(rows) if form == "json" else zeek("conn", ZEEK_FIELDS, rows)
        hours = f"{hour:02}:00:00-{hour + 1:02}:00:00"
        (tmp_path / f"conn.{hours}.log.gz").write_bytes(gzip.compress(content.encode()))
        summary = f">== Total === {hours}\n   - Connections 10.0 - Payload 1.0m -\n"
        (tmp_path / f"conn-summary.{hours}.log").write_text(summary)
        stats = json.dumps({"ts": 1.0, "peer": "zeek", "mem": 90})
        (tmp_path / f"stats.{hours}.log").write_text(stats + "\n")
    (tmp_path / "dns.log").write_text(zeek("dns", ["ts", "uid", "query"], [[1.0, "C", "a.org"]]))
    found = read_flows(tmp_path)
    assert (found.format, len(found.flows), found.warnings) == (f"zeek-{form}", 150, ())
    assert any(
        note.startswith("7 files beside the flows left out: conn-summary.") for note in found.notes
    )


def test_another_log_under_another_name_is_named(tmp_path: Path) -> None:
    rows = [connection(at) for at in range(50)]
    (tmp_path / "a.log").write_text(zeek("conn", ZEEK_FIELDS, rows))
    (tmp_path / "b.log").write_text(zeek("dns", ["ts", "uid", "query"], [[1.0, "C", "a.org"]]))
    found = read_flows(tmp_path)
    assert len(found.flows) == 50
    assert "b.log: is Zeek's dns.log" in found.warnings[0]


def test_another_log_within_a_stream_is_refused(tmp_path: Path) -> None:
    rows = as_json([connection(at) for at in range(50)])
    dns = json.dumps({"ts": 1.0, "uid": "C", "query": "a.org", "rcode": 0}) + "\n"
    (tmp_path / "a.log").write_text(rows)
    (tmp_path / "b.log").write_text(rows + dns)
    with pytest.raises(TrafficError, match=r"b\.log, line 51: is Zeek's dns\.log"):
        read_flows(tmp_path)


def test_what_writers_of_parquet_leave_is_no_traffic(days: Path) -> None:
    for name in ("_SUCCESS", "_metadata", "_common_metadata"):
        (days / name).write_bytes(b"PAR1")
    assert read(days).warnings == ()


@pytest.mark.parametrize("first", ["tsv", "json"])
def test_logs_of_one_sensor_in_both_notations_are_one_source(tmp_path: Path, first: str) -> None:
    rows = [connection(at) for at in range(100)]
    one, other = ("a", "b") if first == "tsv" else ("b", "a")
    (tmp_path / one).mkdir()
    (tmp_path / other).mkdir()
    old, unset = ZEEK_FIELDS[:-1], [[*row[:8], "-", *row[9:]] for row in rows]
    (tmp_path / one / "conn.log").write_text(zeek("conn", old, [row[:-1] for row in rows[:50]]))
    written = as_json(rows[50:]).encode()
    (tmp_path / other / "conn.log.json.gz").write_bytes(gzip.compress(written))
    (tmp_path / other / "z.log").write_text(zeek("conn", ZEEK_FIELDS, unset[50:]))
    found = read_flows(tmp_path)
    assert (found.format, len(found.flows)) == (f"zeek-{first}", 150)
    assert {"duration", "resp_pkts"} <= set(found.features)
    (warning,) = found.warnings
    assert "read as one source; if they hold the same flows" in warning


def test_other_formats_are_no_one_source(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(text())
    (tmp_path / "b.log").write_text(zeek("conn", ZEEK_FIELDS, [connection(0)]))
    with pytest.raises(TrafficError, match=r"b\.log: .*(lacks|is zeek-tsv).*traffic\.member"):
        read_flows(tmp_path)


@pytest.mark.parametrize(
    ("flows", "beside"),
    [
        ("UNSW-NB15_{}.csv", ["NUSW-NB15_features.csv", "UNSW-NB15_LIST_EVENTS.csv"]),
        ("UNSW-NB15_{}.csv", ["UNSW-NB15_GT.csv"]),
        ("UNSW_2018_IoT_Botnet_Dataset_{}.csv", ["data_names.csv"]),
        ("Mirai{}_dataset.csv", ["Mirai1_labels.csv", "Mirai2_labels.csv.gz"]),
    ],
)
def test_what_describes_a_published_set_is_left_out(
    tmp_path: Path, flows: str, beside: list[str]
) -> None:
    for at in (1, 2):
        (tmp_path / flows.format(at)).write_text(text())
    for name in beside:
        (tmp_path / name).write_text("No.,Name,Type\n1,srcip,nominal\n2,sport,integer\n")
    assert any("beside the flows left out" in note for note in read(tmp_path).notes)
    for at in (1, 2):
        (tmp_path / flows.format(at)).rename(tmp_path / f"{at}.csv")
    with pytest.raises(TrafficError, match=r"traffic\.member"):
        read_flows(tmp_path)  # beside other flows such a file may be anything
