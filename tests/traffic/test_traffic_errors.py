"""Whatever is wrong with a file ends in one printable line that says where and what."""

from __future__ import annotations

import gzip
import io
import os
import sqlite3
import struct
import sys
import zipfile

import numpy as np
import pytest

from sim.errors import TrafficError
from sim.traffic.files import netflow, nslkdd, read_flows, source, unsw


def refusal(path, **options) -> str:
    with pytest.raises(TrafficError) as caught:
        read_flows(path, **options)
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 600
    assert message.startswith(str(path)) or not str(path).isprintable()
    return message


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def edited(content: bytes, line: int, edit) -> bytes:
    """Apply `edit` to the fields of one line (counted from 1)."""
    lines = content.split(b"\n")
    separator = b"\t" if b"\t" in lines[line - 1] else b","
    lines[line - 1] = separator.join(edit(lines[line - 1].split(separator)))
    return b"\n".join(lines)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (gzip.compress(b""), "is empty"),
        (b"\n \n", "blank lines"),
        (b"a,b,label\n", "header without rows"),
        (b"a,b\n\n", "header without rows"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "PNG"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\xd4\xc3\xb2\xa1\x02\x00", "packet capture"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"\n <html><body>a,b", "web page"),
        (bytes(range(256)) * 8, "binary"),
        (b"a,b\n1,2\n3,\x81\n", "line 3: byte 0x81 is neither UTF-8 nor Windows-1252"),
        (b"a,\x8d\n1,2\n", "line 1: byte 0x8d is neither"),
        ("a,b\n1,2\n".encode("utf-16-le") * 40, "UTF-16"),
        (b"a,b\n1,2\n" + b"\x00\n", "binary"),
        (b"a,b\n1,2\n3,4\r5,6\n", "line 3: a carriage return"),
        (b"just text\nmore\n", "line 1: one column"),
        (b"1,2,3\n4,5,6\n", "line 1: rows without a header: expected column names"),
        (b"a,b,a\n1,2,3\n", "line 1: column 'a' twice, as column 1 and 3"),
        (b"a,b\n1,2\n3\n", "line 3: 1 field; expected 2"),
        (b"a,b\n1,2,3\n3,4\n", "line 2: 3 fields; expected 2"),
        (b'a,b\n1,"2\n3,4\n', "line 2: a double quote"),
        (b"a,b\n1,1\n1,1\n", "0 usable features"),
        (b"a,b\n1,1\n1,2\n", "1 usable feature in 2 rows"),
        (b"[1, 2]\n", "JSON object"),
        (b"{\n", "line 1: not a JSON object"),
        (b'{"id.orig_h": "10.0.0.1"}\n', "line 1: is a log of Zeek, but not of connections"),
        (b"#separator \\x09\n#path\tconn\n1\t2\n", "#fields"),
        (b"#separator ab\n#fields\tts\n", "#separator"),
        (b"#separator \\x09\n#fields\tts\tuid\n", "zeek-tsv, but without the columns id.orig_h"),
        ((",".join(f"c{i}" for i in range(5000)) + "\n").encode(), "5,000 columns"),
        (b"a,b\n" + b"1" * (2 << 20) + b",2\n", "line 2: longer than"),
        (gzip.compress(gzip.compress(b"a,b\n1,2\n")), "compressed twice"),
        (zipped(), "has no files"),
        (zipped(("README.md", b"read me")), "no data files among README.md"),
        (zipped(("a.csv", b"a,b\n1,2"), ("b.csv", b"a,c\n1,2")), "b.csv: has the column c"),
        (b"PK\x03\x04 not a zip", "zip archive"),
        (b"\x1f\x8b not a gzip", "compressed file"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_bad_content(write, content, said):
    assert said in refusal(write(content))


def test_missing_directory_unreadable_and_strange_files(tmp_path, write):
    assert "no such file" in refusal(tmp_path / "absent.csv")
    assert "no such file" in refusal(tmp_path / "a\nb\x1b[31m.csv")
    assert "has no files" in refusal(tmp_path)
    assert "cannot be opened" in refusal(tmp_path / ("x" * 300))
    path = write("a,b\n1,2\n", "secret")
    path.chmod(0)
    if not os.access(path, os.R_OK):
        assert "permission denied" in refusal(path)
    os.mkfifo(tmp_path / "pipe")
    assert "regular file" in refusal(tmp_path / "pipe")


def test_sqlite_database(tmp_path):
    path = tmp_path / "ledger.csv"
    with sqlite3.connect(path) as connection:
        connection.execute("create table t (a, b)")
    assert "SQLite" in refusal(path)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("pack", [gzip.compress, lambda b: zipped(("a.csv", b))])
def test_cut_archive(write, samples, share, pack):
    content = pack(samples["unsw-nb15"])
    message = refusal(write(content[: int(share * len(content))]))
    assert "compressed file" in message or "zip archive" in message


def test_damaged_checksum(write, samples):
    content = bytearray(gzip.compress(samples["csv"]))
    content[-6] ^= 1
    assert "damaged" in refusal(write(bytes(content)))


def test_zip_bomb(write, monkeypatch):
    monkeypatch.setattr(source, "RATIO_FROM", 1 << 20)
    bomb = b"a,b\n" + b"1,2\n" * (1 << 20)
    for content in (gzip.compress(bomb), zipped(("a.csv", bomb))):
        assert "times its size" in refusal(write(content))
    monkeypatch.setattr(source, "MAX_BYTES", 1 << 20)
    assert "unpacks to more than" in refusal(write(zipped(("a.csv", bomb))))


@pytest.mark.parametrize(
    ("name", "line", "column", "at"),
    [
        ("nsl-kdd", 3, "src_bytes", 4),
        ("unsw-nb15", 4, "dur", 1),
        ("cic-ids2017", 5, "Flow Duration", 1),
        ("netflow-v2", 6, "L4_DST_PORT", 3),
        ("zeek-tsv", 9, "id.resp_p", 5),
        ("csv", 7, "bytes", 1),
    ],
)
def test_text_where_a_number_belongs(write, samples, name, line, column, at):
    def edit(fields):
        return [*fields[:at], b"12\x1b[31mx", *fields[at + 1 :]]

    message = refusal(write(edited(samples[name], line, edit)))
    assert f", line {line}: column '{column}' is '12\\x1b[31mx'; expected a number" in message


def test_text_where_a_number_belongs_in_json(write, samples):
    lines = samples["zeek-json"].split(b"\n")
    lines[4] = lines[4].replace(b'"orig_pkts": 4.0', b'"orig_pkts": "many"')
    message = refusal(write(b"\n".join(lines)))
    assert "line 5: column 'orig_pkts' is 'many'; expected a number" in message


@pytest.mark.parametrize(
    ("name", "at"), [("unsw-nb15", -1), ("netflow-v2", -3)], ids=["unsw", "netflow"]
)
def test_zero_one_labels_are_zero_or_one(write, samples, name, at):
    def edit(fields):
        fields[at] = b"7"
        return fields

    assert "line 3: column 'label' is '7'; expected 0 or 1" in refusal(
        write(edited(samples[name], 3, edit))
    ).replace("Label", "label")


@pytest.mark.parametrize(
    "name", ["nsl-kdd", "unsw-nb15", "cic-ids2017", "netflow-v2", "zeek-tsv", "csv"]
)
@pytest.mark.parametrize("change", ["fewer", "more"])
def test_row_of_another_width_is_named(write, samples, name, change):
    def edit(fields):
        return fields[:-1] if change == "fewer" else [*fields, b"1"]

    message = refusal(write(edited(samples[name], 10, edit)))
    assert ", line 10: " in message
    assert "expected" in message


@pytest.mark.parametrize("column", unsw.FEATURES)
def test_missing_column_of_unsw(write, samples, column):
    assert f"unsw-nb15, but without the column {column}" in refusal(
        write(without_column(samples["unsw-nb15"], column)), format="unsw-nb15"
    )


@pytest.mark.parametrize("column", netflow.COLUMNS[:12])
def test_missing_column_of_netflow(write, samples, column):
    assert f"netflow-v2, but without the column {column}" in refusal(
        write(without_column(samples["netflow-v2"], column.lower())), format="netflow-v2"
    )


@pytest.mark.parametrize("column", ["id.orig_h", "conn_state", "resp_pkts"])
def test_missing_column_of_zeek(write, samples, column):
    path = write(samples["zeek-tsv"].replace(column.encode(), b"renamed"))
    message = refusal(path, format="zeek-tsv")
    assert f"zeek-tsv, but without the column {column}" in message


def test_missing_column_of_cic(write, samples):
    message = refusal(
        write(without_column(samples["cic-ids2017"], "flow duration")), format="cic-ids2017"
    )
    assert "cic-ids2017, but without the column Flow Duration" in message


def without_column(content: bytes, name: str) -> bytes:
    lines = content.removeprefix(b"\xef\xbb\xbf").decode().rstrip("\n").split("\n")
    at = [f.strip().lower() for f in lines[0].split(",")].index(name)
    rows = [line.split(",") for line in lines]
    return "\n".join(",".join(r[:at] + r[at + 1 :]) for r in rows).encode()


@pytest.mark.parametrize("width", [38, 40, 44, 46])
def test_nsl_kdd_of_another_width(write, width):
    row = ",".join(["0", "tcp", "http", "SF", *["1"] * (width - 4)])
    message = refusal(write(f"{row}\n{row}\n"))
    assert f"line 1: {width} fields, read as nsl-kdd; expected 41 to 43" in message
    assert len(nslkdd.FEATURES) == 41


def test_named_columns_that_are_absent(write, samples):
    for name in ("csv", "zeek-json"):
        path = write(samples[name], name)
        assert "no column 'labels'" in refusal(path, label_column="labels")
        assert "no column '" in refusal(path, deal_column="prot")
    path = write(samples["netflow-v2"])
    assert "; did you mean 'PROTOCOL'?" in refusal(path, deal_column="PROTOCL")
    assert "addresses" in refusal(write(samples["unsw-nb15"], "u"), deal_column="host")


def test_wrong_arguments(write, samples):
    path = write(samples["csv"])
    with pytest.raises(TrafficError, match="did you mean 'nsl-kdd'"):
        read_flows(path, format="nslkdd")
    with pytest.raises(TrafficError, match="max_rows"):
        read_flows(path, max_rows=-1)
    for wrong in ("unsw-nb15", "nsl-kdd", "zeek-tsv", "zeek-json"):
        assert refusal(path, format=wrong)


def test_parquet_without_pyarrow(write, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    assert "pip install pyarrow" in refusal(write(b"PAR1" + bytes(20)))


def test_a_label_column_with_a_class_per_row(write):
    text = "a,b,label\n" + "".join(f"{i},{i * i},c{i}\n" for i in range(1200))
    assert "1,201 classes" in refusal(write(text))


def test_appended_zeek_log_with_other_fields(write, samples):
    log = samples["zeek-tsv"]
    assert read_flows(write(log + log)).flows.shape[0] == 24
    assert "other #fields" in refusal(write(log + log.replace(b"\tuid", b"\tuuid")))


def test_parquet_round_trip(tmp_path, write, samples):
    pytest.importorskip("pyarrow")
    csv_reader = pytest.importorskip("pyarrow.csv")
    parquet = pytest.importorskip("pyarrow.parquet")
    for name in ("unsw-nb15", "netflow-v2", "csv"):
        csv = write(samples[name], name)
        path = tmp_path / f"{name}.parquet"
        parquet.write_table(csv_reader.read_csv(csv), path)
        one, other = read_flows(csv, deal_column="label"), read_flows(path, deal_column="label")
        assert other.format == "parquet"
        assert one.features == other.features
        np.testing.assert_array_equal(one.flows, other.flows)
        np.testing.assert_array_equal(one.labels, other.labels)
        np.testing.assert_array_equal(one.groups, other.groups)
    path.write_bytes(path.read_bytes()[:100])
    assert "Parquet" in refusal(path)


@pytest.mark.parametrize("form", ["zip", "zip64"])
def test_a_list_of_members_without_end_is_not_read(write, form: str) -> None:
    size = 3 << 30
    path = write(b"PK\x03\x04", "flows.zip")
    with path.open("r+b") as stream:
        stream.seek(size)
        if form == "zip64":
            stream.write(struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, size, 0))
            stream.write(struct.pack("<4sLQL", b"PK\x06\x07", 0, size, 1))
        claim = 0xFFFFFFFF if form == "zip64" else size
        stream.write(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, claim, 0, 0))
    assert "its list of members has no end" in refusal(path)
