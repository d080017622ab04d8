"""Tables as they come: odd layouts, many files, other sensors, and the settings for them."""

from __future__ import annotations

import io
import json
import lzma
import os
import pickle
import tarfile
import zipfile
from pathlib import Path
from random import Random

import numpy as np
import pytest

from sim.errors import TrafficError
from sim.traffic.files import make_knobs, read_flows, source, unsw

HEAD = "proto,bytes,pkts,label"


def rows(count: int = 40, seed: int = 1) -> list[str]:
    random = Random(seed)
    return [
        f"{random.choice(['tcp', 'udp'])},{random.randint(40, 9000)},{random.randint(1, 9)},"
        f"{'normal' if i % 5 else 'scan'}"
        for i in range(count)
    ]


def table(count: int = 40, seed: int = 1) -> str:
    return "\n".join([HEAD, *rows(count, seed)]) + "\n"


def refusal(path: Path, **knobs: str) -> str:
    with pytest.raises(TrafficError) as caught:
        read_flows(path, knobs=make_knobs(**knobs))
    assert str(caught.value).isprintable()
    return str(caught.value)


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (lambda t: "# one\n# two\n" + t, "2 comment lines left out"),
        (lambda t: "# " + t, ""),
        (lambda t: "sep=,\n" + t, ""),
        (lambda t: t + HEAD + "\n", "1 repeated header line left out"),
        (lambda t: t + "Summary\nflows,bytes\n1,2\n", "3 lines after the table left out"),
        (lambda t: t + "(40 rows)\n", "1 line after the table left out"),
        (lambda t: t.replace("\n", ",\n").replace(HEAD + ",", HEAD), ""),
        (lambda t: t.replace(",", ";"), ""),
        (lambda t: t.replace("\n", "\r\n"), ""),
        (lambda t: t.replace(",", "  "), "space"),
    ],
)
def test_an_odd_layout_is_the_same_table(write, change, note) -> None:
    plain = read_flows(write(table(), "plain.csv"))
    knobs = make_knobs(delimiter="space") if note == "space" else None
    odd = read_flows(write(change(table()), "odd.csv"), knobs=knobs)
    assert odd.features == plain.features
    np.testing.assert_array_equal(odd.flows, plain.flows)
    np.testing.assert_array_equal(odd.labels, plain.labels)
    assert note in (*odd.notes, "", "space")


def test_names_of_rows_that_the_header_lacks_are_no_feature(write) -> None:
    named = [HEAD, *(f'"{i}",{row}' for i, row in enumerate(rows(), start=1))]
    found = read_flows(write("\n".join(named)))
    assert found.features == read_flows(write(table(), "plain.csv")).features


@pytest.mark.parametrize("block", [40, 1 << 22])
def test_a_quoted_text_may_go_over_several_lines(write, monkeypatch, block) -> None:
    """A quote within a field that is not quoted opens nothing, and lines keep their numbers."""
    monkeypatch.setattr(source, "BLOCK", block)
    texts = ['"two\nlines"', '"and\n\nthree, ""or"" more"', '5" disk', "plain"]
    lines = [f"{texts[i % 4]},{row}" for i, row in enumerate(rows())]
    found = read_flows(write("\n".join([f"info,{HEAD}", *lines])))
    plain = read_flows(write(table(), "plain.csv"))
    kept = [i for i, name in enumerate(found.features) if not name.startswith("info")]
    np.testing.assert_array_equal(found.flows[:, kept], plain.flows)
    np.testing.assert_array_equal(found.labels, plain.labels)
    lines[9] = lines[9].replace(",tcp,", ",tcp,x").replace(",udp,", ",udp,x")
    broken = refusal(write("\n".join([f"info,{HEAD}", *lines])))
    assert "line 18: column 'bytes' is 'x" in broken


def test_a_quote_that_is_never_closed_is_named_with_its_line(write) -> None:
    lines = [f'"x,{row}' if i > 3 else f"x,{row}" for i, row in enumerate(rows(5000))]
    assert "line 6: a double quote" in refusal(write("\n".join([f"info,{HEAD}", *lines])))


def test_what_ends_rows_must_end_all_of_them(write) -> None:
    lines = table().replace("\n", ",\n").replace(HEAD + ",", HEAD).splitlines()
    lines.append("tcp,1,2,normal")
    assert "line 42" in refusal(write("\n".join(lines)))


@pytest.mark.parametrize("way", ["names", "lines", "described", "none"])
def test_a_table_without_a_header(write, tmp_path, way) -> None:
    path = write("\n".join(rows()))
    (tmp_path / "lines.txt").write_text("proto\nbytes\npkts\nlabel\n")
    (tmp_path / "described.csv").write_text(
        "No.,Name,Type\n1,proto,x\n2,bytes,x\n3,pkts,x\n4,label,x\n"
    )
    header = {"names": HEAD, "lines": "lines.txt", "described": "described.csv", "none": "none"}[
        way
    ]
    found = read_flows(path, knobs=make_knobs(header=header))
    assert len(found.flows) == 40
    assert found.features[-1] == ("column 3" if way == "none" else "pkts")
    assert found.classes == ("benign", "scan")
    assert "traffic.header" in refusal(write("1,2,3\n4,5,6\n", "n.csv"))
    assert "4 fields" in refusal(path, header="a,b")
    assert "no file" in refusal(path, header="absent")


def test_full_files_of_unsw_are_known_by_their_shape(write) -> None:
    random = Random(3)
    lines = []
    for i in range(30):
        cells = {name: str(random.randint(0, 50)) for name in unsw.COLUMNS}
        cells |= {"srcip": f"10.0.0.{i}", "dstip": "10.1.0.1", "proto": "tcp", "state": "FIN"}
        cells |= {"dsport": "0x0050" if i % 3 else "80", "ct_ftp_cmd": " ", "service": "-"}
        cells |= {"attack_cat": "" if i % 4 else " Fuzzers ", "Label": str(int(i % 4 == 0))}
        lines.append(",".join(cells.values()))
    found = read_flows(write("\ufeff" + "\n".join(lines)), deal_column="host")
    assert (found.format, found.classes) == ("unsw-nb15-full", ("benign", "Fuzzers"))
    assert "sttl" in found.features and found.groups is not None


def test_a_zeek_log_without_its_header(write, samples) -> None:
    lines = samples["zeek-tsv"].decode().splitlines()
    bare = "\n".join(line for line in lines if not line.startswith("#"))
    assert read_flows(write(bare)).features == read_flows(write(samples["zeek-tsv"], "z")).features
    dns = samples["zeek-tsv"].replace(b"#path\tconn", b"#path\tdns")
    assert "is Zeek's dns.log" in refusal(write(dns, "dns.log"))


def test_other_logs_of_a_mixed_stream_are_left_out(write, samples) -> None:
    own = samples["zeek-json"].decode().splitlines()
    mixed = [json.dumps({"_path": "conn", **json.loads(line)}) for line in own]
    mixed.insert(3, json.dumps({"_path": "dns", "uid": "C1", "query": "a.example"}))
    found = read_flows(write("\n".join(mixed)))
    assert len(found.flows) == len(own) and "1 other events left out" in found.notes
    other = json.dumps({"uid": "C1", "id.orig_h": "10.0.0.1", "query": "a", "qtype": 1})
    assert "is Zeek's dns.log" in refusal(write(other, "dns.json"))


def test_flows_of_suricata(write) -> None:
    random, lines = Random(2), ['{"event_type": "stats", "stats": {}}']
    for i in range(30):
        flow = {"pkts_toserver": random.randint(1, 9), "bytes_toserver": random.randint(40, 999)}
        flow |= {"alerted": i % 3 == 0, "state": random.choice(["new", "closed"])}
        event = {
            "event_type": "flow",
            "src_ip": "10.0.0.1",
            "dest_port": 80 + i % 2,
            "proto": "TCP",
        }
        lines.append(json.dumps({**event, "flow": flow}))
    found = read_flows(write("\n".join(lines)))
    assert (found.format, len(found.flows), found.labelled) == ("suricata", 30, False)
    assert not any("alerted" in name for name in found.features)


def test_arff_with_its_quotes_and_comments(write) -> None:
    kinds = "@attribute 'proto' {tcp,udp}\n@attribute bytes real\n@attribute pkts numeric\n"
    text = f"% made\n@RELATION x\n{kinds}@attribute label {{normal,scan}}\n@DATA\n% rows\n"
    found = read_flows(write(text + "\n".join(rows()) + "\n"))
    plain = read_flows(write(table(), "plain.csv"))
    assert (found.format, found.features) == ("arff", plain.features)
    np.testing.assert_array_equal(found.flows, plain.flows)


@pytest.mark.parametrize("form", ["folder", "pattern", "zip", "tar", "tar.gz", "tar.xz"])
def test_many_files_are_one_source_in_natural_order(tmp_path, form) -> None:
    parts = {f"day{n}.csv": table(20, n).encode() for n in (1, 2, 10)}
    parts["README.txt"] = b"read me"
    folder = tmp_path / "days"
    folder.mkdir()
    for name, content in parts.items():
        (folder / name).write_bytes(content)
    path = tmp_path / f"days.{form}"
    if form == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
    elif form.startswith("tar"):
        with tarfile.open(path, f"w:{form[4:]}") as archive:
            archive.add(folder, "days")
    path = {"folder": folder, "pattern": folder / "day*.csv"}.get(form, path)
    found = read_flows(path)
    whole = "\n".join([HEAD, *rows(20, 1), *rows(20, 2), *rows(20, 10)])
    (tmp_path / "whole.csv").write_text(whole)
    np.testing.assert_array_equal(found.flows, read_flows(tmp_path / "whole.csv").flows)
    assert any("3 files read one after the other" in note for note in found.notes)
    if form != "pattern":
        one = read_flows(path, knobs=make_knobs(member="day2.csv"))
        assert len(one.flows) == 20
        assert "day1.csv" in refusal(path, member="absent.csv")


def test_strange_files_of_a_folder_are_left_alone(tmp_path) -> None:
    folder = tmp_path / "days"
    (folder / "more").mkdir(parents=True)
    for name in ("a.csv~", "a.csv.bak", "Thumbs.db", ".a.csv.swp", "a.csv.part", "desktop.ini"):
        (folder / name).write_bytes(b"\0")
    (folder / "link.csv").symlink_to("/etc/passwd")
    os.mkfifo(folder / "pipe.csv")
    (folder / "day9.csv").write_text(table(20, 1))
    (folder / "more" / "day10.csv").write_text(table(20, 2))
    (folder / "day8.csv").write_text("")
    for path in (folder, tmp_path / "da*"):
        found = read_flows(path)
        assert len(found.flows) == 40
        assert "2 files read one after the other: day9.csv, day10.csv" in found.notes
        assert "1 file without rows left out: day8.csv" in found.notes
    (folder / "day9.csv").unlink()
    (folder / "more" / "day10.csv").unlink()
    assert "is empty" in refusal(folder)


def test_files_of_one_source_have_the_same_columns(tmp_path) -> None:
    (tmp_path / "a.csv").write_text(table())
    (tmp_path / "b.csv").write_text(table().replace("pkts", "packets"))
    assert "traffic.member" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (pickle.dumps({"a": 1}), "pickle"),
        (b"\x89HDF\r\n\x1a\n" + bytes(40), "HDF5"),
        ("a,b\n1,2\n".encode("utf-16-le"), "UTF-16"),
        ("a,b\n1,2\n".encode("utf-32-le"), "UTF-32"),
        (b"Rar!\x1a\x07\x00", "RAR"),
        (b"\xa1\xb2\x3c\x4d" + bytes(40), "packet capture"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel"),
        (b'[\n{"a": 1}\n]\n', "JSON array"),
    ],
)
def test_what_cannot_be_read_is_called_what_it_is(write, content, said) -> None:
    assert said in refusal(write(content))


def test_a_workbook_is_no_archive_of_tables(write) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in ("[Content_Types].xml", "xl/workbook.xml"):
            archive.writestr(name, "<x/>")
    assert "Excel workbook" in refusal(write(out.getvalue()))


def test_encodings(write) -> None:
    text = table().replace("scan", "balayé")
    for name, packed in (("cp1252", "auto"), ("utf-16", "utf-16"), ("latin-1", "latin-1")):
        found = read_flows(write(text.encode(name)), knobs=make_knobs(encoding=packed))
        assert found.classes == ("benign", "balayé")
    assert len(read_flows(write(lzma.compress(table().encode()))).flows) == 40
    assert "traffic.encoding" in refusal(write(text.encode("cp1252")), encoding="utf-8")


@pytest.mark.parametrize(
    "wrong",
    [{"delimiter": "ab"}, {"decimal": "dot"}, {"encoding": "klingon"}, {"encoding": "base64"}],
)
def test_settings_that_are_none(wrong) -> None:
    with pytest.raises(TrafficError, match=f"traffic.{next(iter(wrong))}"):
        make_knobs(**wrong)


def test_exclude_and_benign(write) -> None:
    path = write(table())
    found = read_flows(path, knobs=make_knobs(exclude="by*", benign="scan"))
    assert "bytes" not in found.features and found.classes == ("benign", "normal")
    assert "left out as traffic.exclude says: bytes" in found.notes
    assert "bytes" in refusal(path, exclude="bites")
    assert "traffic.benign" in refusal(path, benign="absent")


def test_labels_that_mean_nothing_are_told(write) -> None:
    placeholders = read_flows(
        write(table().replace("normal", "No Label").replace("scan", "No Label"))
    )
    assert not placeholders.labelled and placeholders.classes == ("benign",)
    attacks = read_flows(write(table().replace("normal", "worm"), "attacks.csv"))
    assert "no label means benign" in attacks.warnings[0] and "'worm'" in attacks.warnings[0]


def test_a_nearly_known_header_is_a_plain_table(write, samples) -> None:
    text = samples["nsl-kdd"].decode()
    names = [*(f"l{n}" if n.startswith("num_") else n for n in _kdd()), "label", "difficulty"]
    variant = read_flows(write(",".join(names) + "\n" + text))
    assert variant.format == "nsl-kdd"
    near = read_flows(write((",".join(names) + "\n" + text).replace("src_bytes", "bytes_out"), "n"))
    assert near.format == "csv"
    assert any("similar to nsl-kdd" in n and "src_bytes" in n for n in near.notes)


def _kdd() -> tuple[str, ...]:
    from sim.traffic.files import nslkdd

    return nslkdd.FEATURES
