"""Every format is recognised by content and read to the same kind of table."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from sim.contracts.format import FormatContract
from sim.errors import TrafficError
from sim.plugins.catalogue import FORMATS
from sim.traffic.files import read_flows, source
from sim.traffic.files.format import Format

EXPECTED = {
    "nsl-kdd": ("benign", "neptune"),
    "unsw-nb15": ("benign", "Exploits"),
    "cic-ids2017": ("benign", "DDoS"),
    "netflow-v2": ("benign", "Bot"),
    "zeek-tsv": ("benign", "PortScan"),
    "zeek-json": ("benign",),
    "csv": ("benign", "attack"),
}


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


class TestFormats(FormatContract):
    @pytest.fixture(autouse=True, params=list(EXPECTED))
    def _named(self, request, samples):
        self.name = request.param
        self.content = samples[self.name]

    def make(self):
        return FORMATS.get(self.name, Format)

    def sample(self):
        return self.content, EXPECTED[self.name], 12


@pytest.mark.parametrize("name", list(EXPECTED))
def test_a_member_of_an_archive_is_recognised(write, samples, name):
    content = zipped(("__MACOSX/x", b"litter"), ("folder/", b""), ("folder/a.csv", samples[name]))
    table = read_flows(write(content, "flows.dat"))
    assert table.format == name
    assert table.labelled is (name != "zeek-json")


def test_zeek_tsv_and_json_of_the_same_flows_give_the_same_features(write, samples):
    tsv = read_flows(write(samples["zeek-tsv"]))
    json = read_flows(write(samples["zeek-json"]))
    assert tsv.features == json.features
    np.testing.assert_array_equal(tsv.flows, json.flows)


def test_numbers_are_signed_logarithms(write):
    table = read_flows(write("a,b\n0,-1\n9,1\n99,3\n"))
    np.testing.assert_allclose(table.flows[:, 0], np.log1p([0, 9, 99]), rtol=1e-6)
    np.testing.assert_allclose(table.flows[:, 1], [-np.log(2), np.log(2), np.log(4)], rtol=1e-6)


def test_missing_and_infinite_numbers_become_the_median(write):
    table = read_flows(write("a,b\n1,0\n-,1\n50,2\nInfinity,3\n3,4\n"))
    np.testing.assert_allclose(np.expm1(table.flows[:, 0]), [1, 3, 50, 3, 3], rtol=1e-6)
    assert "2 missing values filled with the column median in 1 column" in table.notes


def test_categories_are_one_hot_with_missing_and_the_rest(write):
    words = ["udp"] * 300 + ["tcp"] * 200 + [""] * 100 + ["rare1", "rare2"]
    rows = "".join(f"{w},{i % 7}\n" for i, w in enumerate(words))
    table = read_flows(write("proto,n\n" + rows))
    assert table.features == ("proto=udp", "proto=tcp", "proto=missing", "proto=other", "n")
    assert table.flows[:, :4].sum(axis=1).tolist() == [1.0] * 602
    assert table.flows[-1, 3] == 1
    assert table.flows[550, 2] == 1


def test_at_most_twelve_categories(write):
    rows = "".join(f"s{i % 20},{i % 7}\n" for i in range(200))
    table = read_flows(write("service,n\n" + rows))
    assert len(table.features) == 12 + 1 + 1


def test_two_categories_are_one_feature(write):
    table = read_flows(write("p,n\ntcp,1\nudp,2\ntcp,3\n"))
    assert table.features == ("p=tcp", "n")


def test_identifiers_and_constants_are_left_out_and_named(write):
    text = "uid,ts,Src IP,dst_ip,sport,where,k,a,b\n" + "".join(
        f"C{i},{i},10.0.0.{i},10.0.1.{i},{i},192.168.0.{i},7,{i},{i * i}\n" for i in range(5)
    )
    table = read_flows(write(text))
    assert table.features == ("a", "b")
    assert "left out as identifiers: uid, ts, Src IP, dst_ip, sport, where" in table.notes
    assert "1 constant column left out: k" in table.notes


def test_destination_port_has_a_flag(write, samples):
    table = read_flows(write(samples["netflow-v2"]))
    at = table.features.index("L4_DST_PORT<1024")
    assert table.flows[:, at].tolist() == [1.0, 0.0, 0.0] * 4


def test_protocol_numbers_are_categories(write):
    from sim.traffic.files import netflow

    lines = [",".join(netflow.COLUMNS)]
    for i in range(4):
        cells = [str(i)] * len(netflow.COLUMNS)
        cells[4], cells[5] = ("6", "17.0", "6", "1")[i], "7.0"
        lines.append(",".join(cells))
    table = read_flows(write("\n".join(lines)))
    assert {"PROTOCOL=6", "PROTOCOL=17", "PROTOCOL=1"} <= set(table.features)
    assert not table.labelled


@pytest.mark.parametrize(
    "name",
    ["label", "Class", "attack", "ATTACK_CAT", "target", "y", "is_attack", "malicious",
     "detailedlabel", " Label", "Attack Type"],
)  # fmt: skip
@pytest.mark.parametrize("labels", ["auto", "none", "a"])
def test_no_label_column_ever_becomes_a_feature(write, name, labels):
    rows = "".join(f"{i},{i % 3},{i % 5},{i % 2}\n" for i in range(8))
    table = read_flows(write(f"a,b,c,{name}\n" + rows), label_column=labels)
    assert all(name.strip().casefold() not in f.casefold() for f in table.features)
    assert table.labelled is (labels != "none")


@pytest.mark.parametrize("name", ["unsw-nb15", "netflow-v2", "cic-ids2017", "zeek-tsv"])
def test_no_feature_names_a_label_in_known_formats(write, samples, name):
    table = read_flows(write(samples[name]), label_column="none")
    assert not [f for f in table.features if "label" in f.lower() or "attack" in f.lower()]
    assert not table.labelled
    assert table.classes == ("benign",)


@pytest.mark.parametrize(
    ("cells", "classes", "labels"),
    [
        (["Normal", "BENIGN", "none", "background", "-"], ("benign",), [0, 0, 0, 0, 0]),
        (["0", "1", "1.0", "0.0", "2"], ("benign", "attack", "class 2"), [0, 1, 1, 0, 2]),
        (["False", "True", "", "yes", "nan"], ("benign", "attack"), [0, 1, -1, 1, -1]),
        (["normal.", "smurf.", "back.", "normal.", "back."], ("benign", "back", "smurf"),
         [0, 2, 1, 0, 1]),
        (["Normal Traffic", "Malicious", "a\x1b[31mb", "a\u202eb", "x"],
         ("benign", "Malicious", "a(31mb", "ab", "x"), [0, 1, 2, 3, 4]),
    ],
)  # fmt: skip
def test_wording_of_labels(write, cells, classes, labels):
    text = "a,b,label\n" + "".join(f"{i},{i * i},{c}\n" for i, c in enumerate(cells))
    table = read_flows(write(text))
    assert table.classes == classes
    assert table.labels.tolist() == labels


def test_the_fine_label_names_the_attack_and_the_coarse_one_decides(write):
    text = "a,b,label,attack_cat\n1,1,0,Normal\n2,4,1,DoS\n3,9,1,-\n4,1,0,Worms\n5,3,,DoS\n"
    table = read_flows(write(text))
    assert table.classes == ("benign", "DoS", "attack")
    assert table.labels.tolist() == [0, 1, 2, 0, 1]
    assert "2 rows with two labels that disagree" in table.notes


def test_a_named_label_column_is_taken_alone(write):
    text = "a,b,label,verdict\n1,1,0,bad\n2,4,1,normal\n"
    table = read_flows(write(text), label_column="Verdict")
    assert table.classes == ("benign", "bad")
    assert table.labels.tolist() == [1, 0]
    assert table.features == ("a", "b")


def test_groups_by_column_and_by_host(write, samples):
    path = write(samples["netflow-v2"])
    hosts = read_flows(path, deal_column="host")
    assert set(hosts.groups) == {"172.31.0.0", "172.31.0.1", "172.31.0.2"}
    ports = read_flows(path, deal_column="l4_dst_port")
    assert ports.groups.tolist() == ["50", "1050", "2050"] * 4
    assert read_flows(path).groups is None


@pytest.mark.parametrize(
    ("source", "destination", "host"),
    [
        ("10.1.2.3", "192.168.1.1", "10.1.2.3"),
        ("8.8.8.8", "192.168.1.1", "192.168.1.1"),
        ("8.8.8.8", "172.32.0.1", "8.8.8.8"),
        ("2001:db8::1", "fd00::1", "fd00::1"),
        ("8.8.8.8", "127.0.0.1", "8.8.8.8"),
        ("", "10.0.0.1", "10.0.0.1"),
        ("", "9.9.9.9", "(missing)"),
    ],
)
def test_internal_host(write, source, destination, host):
    text = f"Source IP,Destination IP,a,b\n{source},{destination},1,2\n1.1.1.1,2.2.2.2,3,4\n"
    assert read_flows(write(text), deal_column="host").groups.tolist() == [host, "1.1.1.1"]


def test_max_rows_reads_the_first_rows_only(write):
    text = "a,b,label\n" + "".join(f"{i % 9},{i * i % 11},0\n" for i in range(50)) + "broken\n"
    path = write(text)
    table = read_flows(path, max_rows=50)
    assert len(table.flows) == 50
    with pytest.raises(TrafficError, match="line 52"):
        read_flows(path)


def test_reading_in_blocks_changes_nothing(write, samples, monkeypatch):
    whole = {n: read_flows(write(c, n)) for n, c in samples.items()}
    monkeypatch.setattr(source.Source.read, "__defaults__", (1000,))
    for name, content in samples.items():
        if len(content.splitlines()[0]) > 900 or name == "zeek-tsv":
            continue
        pieces = read_flows(write(content, name))
        assert pieces.features == whole[name].features
        np.testing.assert_array_equal(pieces.flows, whole[name].flows)
        np.testing.assert_array_equal(pieces.labels, whole[name].labels)


def test_published_cic_files_repeat_a_column_and_use_windows_1252(write, samples):
    lines = samples["cic-ids2017"].decode().splitlines()
    lines = [
        f"{line},{' Fwd Header Length' if i == 0 else 1}".replace("DDoS", "Web Attack \x96 XSS")
        for i, line in enumerate(lines)
    ]
    # The label is no longer last: that does not matter.
    table = read_flows(write("\n".join(lines).encode("latin-1")))
    assert table.format == "cic-ids2017"
    assert table.classes == ("benign", "Web Attack – XSS")
    assert "read as Windows-1252: not UTF-8" in table.notes


def test_iot23_pads_its_label_columns(write, samples):
    content = samples["zeek-tsv"]
    for old, new in (
        (b"\tlabel\tdetailedlabel", b"   label   detailed-label"),
        (b"\tBenign\tMicrosoft", b"   Benign   -"),
        (b"\tMalicious\tPortScan", b"   Malicious   PartOfAHorizontalPortScan"),
    ):
        content = content.replace(old, new)
    table = read_flows(write(content))
    assert table.classes == ("benign", "PartOfAHorizontalPortScan")
    assert table.labels.sum() == 3


def test_nsl_kdd_with_a_header(write, samples):
    from sim.traffic.files import nslkdd

    header = ",".join([*nslkdd.FEATURES, "class", "difficulty_level"]).encode() + b"\n"
    with_header = read_flows(write(header + samples["nsl-kdd"], "a"))
    without = read_flows(write(samples["nsl-kdd"], "b"))
    assert with_header.format == "nsl-kdd"
    assert with_header.features == without.features
    np.testing.assert_array_equal(with_header.labels, without.labels)


def test_nsl_kdd_without_label_is_unlabelled(write, samples):
    lines = [b",".join(line.split(b",")[:41]) for line in samples["nsl-kdd"].splitlines()]
    assert not read_flows(write(b"\n".join(lines))).labelled


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters(write, samples, delimiter):
    table = read_flows(write(samples["csv"].replace(b",", delimiter.encode())))
    assert table.features == read_flows(write(samples["csv"])).features


def test_quoted_fields(write):
    table = read_flows(write('a,"b, c",label\n1,"x, y","a ""b"""\n2,"z",normal\n'))
    assert table.features == ("a", "b, c=x, y")
    assert table.classes == ("benign", 'a "b"')


def test_names_are_made_safe(write):
    table = read_flows(write("a\x1b[31m,b\u202ec,[bold]x,\n1,1,1,1\n2,4,9,3\n".encode()))
    assert table.features == ("a(31m", "bc", "(bold)x", "column 4")
    long = read_flows(write(f"{'x' * 500},{'x' * 500}y\n1,1\n2,4\n"))
    assert all(len(f) <= 64 for f in long.features)
    assert len(set(long.features)) == 2


def test_empty_rows_are_left_out_with_a_note(write):
    table = read_flows(write("a,b\n1,2\n\n,\n3,4\n\n"))
    assert len(table.flows) == 2
    assert "3 empty rows left out" in table.notes


def test_pandas_is_not_imported_before_a_file_is_read():
    code = "import sys, sim.traffic.files, sim.traffic.deal; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_line_numbers_count_through_all_blocks(write, monkeypatch):
    monkeypatch.setattr(source.Source.read, "__defaults__", (16,))
    path = write("a,b\n" + "".join(f"{i},{i * i}\n" for i in range(100)) + "1,2,3\n")
    with pytest.raises(TrafficError, match="line 102: 3 fields"):
        read_flows(path)


def test_a_foreign_label_column_is_no_feature_of_a_known_format(write, samples):
    lines = samples["unsw-nb15"].decode().splitlines()
    more = [f"{line},{'Malicious' if i == 0 else i % 2}" for i, line in enumerate(lines)]
    table = read_flows(write("\n".join(more)))
    assert table.format == "unsw-nb15"
    assert table.features == read_flows(write(samples["unsw-nb15"])).features
    assert table.classes == ("benign", "Exploits")


def test_numbers_beyond_64_bits(write):
    table = read_flows(write(f"a,b\n{10**30},0\n-,1\n7,2\n{10**20},3\n"))
    expected = np.log1p([1e30, 1e20, 7, 1e20])
    np.testing.assert_allclose(table.flows[:, 0], expected, rtol=1e-6)


def test_nothing_is_read_beyond_max_rows(write, monkeypatch):
    monkeypatch.setattr(source.Source.read, "__defaults__", (64,))
    path = write(b"a,b\n" + b"1,2\n3,4\n" * 20 + b"\x00\n")
    assert len(read_flows(path, max_rows=4).flows) == 4
