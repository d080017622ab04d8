"""Other names, words, notations and layouts of the same kinds: the same table, or a true reason."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path
from random import Random

import numpy as np
import pytest
from simple_flows import FLOWS, Cell, Row, joined, same, text

from sim.errors import TrafficError
from sim.traffic.files import FlowTable, read_flows


def clock(row: Row) -> str:
    seconds = float(str(row["duration"]))
    return f"0:{int(seconds // 60):02d}:{seconds % 60:09.6f}"


def grouped(mark: str) -> Cell:
    return lambda row: f"{row['src_bytes']:,}".replace(",", mark)


def size_of(row: Row) -> str:
    return str(row["src_bytes"])


NOTATIONS: dict[str, dict[str, Cell]] = {
    "port/tcp": {"dst_port": lambda r: f"{r['dst_port']}/tcp"},
    "name (port)": {"dst_port": lambda r: f"http ({r['dst_port']})"},
    "port (name)": {"dst_port": lambda r: f"{r['dst_port']} (http)"},
    "0X": {"dst_port": lambda r: f"0X{r['dst_port']:04X}"},
    "hexadecimal size": {"src_bytes": lambda r: hex(int(str(r["src_bytes"])))},
    "kB": {"src_bytes": lambda r: f"{int(str(r['src_bytes'])) / 1000:.3f} kB"},
    "KiB": {"src_bytes": lambda r: f"{int(str(r['src_bytes'])) / 1024:.5f} KiB"},
    "Bytes": {"src_bytes": lambda r: f"{r['src_bytes']} Bytes"},
    "swiss": {"src_bytes": grouped("'")},
    "thin": {"src_bytes": grouped("\u202f")},
    "percent": {"duration": lambda r: f"{float(str(r['duration'])) * 100:.4f} %"},
    "clock": {"duration": clock},
    "seconds": {"duration": lambda r: f"{r['duration']} seconds"},
    "parts": {"duration": lambda r: f"0m{r['duration']}s"},
    "ISO 8601": {"duration": lambda r: f"PT{r['duration']}S"},
    "Fortran": {"duration": lambda r: f"{float(str(r['duration'])):.9E}".replace("E", "D")},
    "guarded": {"src_bytes": lambda r: f'="{r["src_bytes"]}"'},
    "guarded and quoted": {"duration": lambda r: f'"=""{r["duration"]}"""'},
    "apostrophe before": {"duration": lambda r: f"'{r['duration']}"},
    "thousandths": {"duration": lambda r: f"{float(str(r['duration'])) * 1000:.4f} ‰"},
    "underscores": {"src_bytes": grouped("_")},
    "long": {"src_bytes": lambda r: f"{r['src_bytes']}L"},
    "unsigned": {"src_bytes": lambda r: f"{r['src_bytes']}uLL"},
    "float": {"duration": lambda r: f"{r['duration']}f"},
    "wide digits": {"src_bytes": lambda r: "".join(chr(0xFEE0 + ord(c)) for c in size_of(r))},
    "Arabic": {"duration": lambda r: str(r["duration"]).replace(".", "٫")},
    "money": {"src_bytes": lambda r: f'"${r["src_bytes"]:,}.00"'},
    "money behind": {"src_bytes": lambda r: f"{r['src_bytes']} €"},
    "figure spaces": {"src_bytes": grouped("\u2007")},
    "invisible": {"src_bytes": lambda r: f"\ufeff{r['src_bytes']}\u200b"},
    "power": {"duration": lambda r: f"{float(str(r['duration'])) * 10}×10^-1"},
    "minus in the exponent": {"duration": lambda r: f"{float(str(r['duration'])) * 10}e\u22121"},
    "hexadecimal fraction": {"duration": lambda r: float(str(r["duration"])).hex()},
    "NumPy": {"duration": lambda r: f"np.float64({r['duration']})"},
    "ping": {"duration": lambda r: f"<{r['duration']} s"},
    "octets": {"src_bytes": lambda r: f"{r['src_bytes']} octets"},
    "ISO 8601 with a comma": {"duration": lambda r: f'"pt{r["duration"]}s"'.replace(".", ",")},
    "µs": {"duration": lambda r: f"{float(str(r['duration'])) * 1e6:.0f} µs"},
}


@pytest.mark.parametrize("name", NOTATIONS)
def test_a_notation_of_the_trade_is_a_number(write, plain: FlowTable, name: str) -> None:
    same(read_flows(write(text(NOTATIONS[name]))), plain)


def test_thousands_behind_a_point_are_seen_by_another_column(write, plain: FlowTable) -> None:
    cells: dict[str, Cell] = {
        "duration": lambda r: str(r["duration"]).replace(".", ","),
        "src_bytes": grouped("."),
    }
    same(read_flows(write(text(cells, ";"))), plain)


MINUS: dict[str, Cell] = {
    "typographic": lambda r: f"\u2212{r['src_bytes']}",
    "brackets": lambda r: f"({r['src_bytes']})",
    "behind": lambda r: f"{r['src_bytes']}-",
}


@pytest.mark.parametrize("name", MINUS)
def test_a_minus_sign_of_bookkeepers_is_one(write, name: str) -> None:
    def signed(sign: Cell) -> FlowTable:
        return read_flows(
            write(text({"balance": lambda r: sign(r) if r["dst_port"] == 80 else r["src_bytes"]}))
        )

    same(signed(MINUS[name]), signed(lambda r: f"-{r['src_bytes']}"))


def test_points_within_the_digits_are_seen_by_the_longest_number(write, plain: FlowTable) -> None:
    def sizes(mark: str) -> FlowTable:
        size: Cell = lambda r: f"{int(str(r['src_bytes'])) * int(str(r['pkts'])):,}"  # noqa: E731
        cells: dict[str, Cell] = {
            "duration": lambda r: int(float(str(r["duration"])) * 10),
            "volume": lambda r: str(size(r)).replace(",", mark),
        }
        return read_flows(write(text(cells, ";")))

    same(sizes("."), sizes(""))


def indian(row: Row) -> str:
    digits = str(int(size_of(row)) * 1000)
    front, back = digits[:-3], digits[-3:]
    pairs = [front[max(0, at - 2) : at] for at in range(len(front), 0, -2)]
    return ",".join((*reversed(pairs), back))


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_digits_are_grouped_as_in_india(write, plain: FlowTable, delimiter: str) -> None:
    def volumes(cell: Cell) -> FlowTable:
        return read_flows(write(text({"volume": cell}, delimiter)))

    same(volumes(lambda r: f'"{indian(r)}"'), volumes(lambda r: int(size_of(r)) * 1000))


SPANS: dict[str, tuple[Cell, Cell]] = {
    "weeks": (lambda r: f"P{r['pkts']}W", lambda r: int(str(r["pkts"])) * 604_800),
    "negative": (lambda r: f"-PT{r['pkts']}.5S", lambda r: -int(str(r["pkts"])) - 0.5),
    "pandas": (
        lambda r: f"-1 days +23:59:{int(str(r['pkts'])):02}",
        lambda r: int(str(r["pkts"])) - 60,
    ),
}


@pytest.mark.parametrize("form", SPANS)
def test_a_span_of_time_is_seconds(write, form: str) -> None:
    odd, plain = (read_flows(write(text({"span": cell}))) for cell in SPANS[form])
    same(odd, plain)


def test_a_comma_in_several_columns_stands_between_no_fields(write, plain: FlowTable) -> None:
    def halves(mark: str) -> FlowTable:
        half: Cell = lambda r: f"{int(str(r['pkts'])) / 8:.3f}".replace(".", mark)  # noqa: E731
        longer: Cell = lambda r: str(r["duration"]).replace(".", mark)  # noqa: E731
        return read_flows(write(text({"duration": longer, "half": half}, ";")))

    same(halves(","), halves("."))


@pytest.mark.parametrize(
    "word", ["\\N", "(null)", "nil", "n.a.", "--", "*", "1.#QNAN", "-nan(ind)", "undefined"]
)
def test_a_word_for_nothing_is_a_missing_number(write, word: str) -> None:
    found = read_flows(
        write(text({"duration": lambda r: word if r["dst_port"] == 80 else r["duration"]}))
    )
    assert "duration" in found.features
    assert any("missing values filled" in note for note in found.notes)


def test_a_column_half_of_numbers_keeps_them_and_says_so(write) -> None:
    found = read_flows(
        write(text({"duration": lambda r: "failed" if r["dst_port"] == 80 else r["duration"]}))
    )
    assert "duration" in found.features
    assert any("such as 'failed' in duration are no numbers" in note for note in found.notes)


LINES = text().splitlines()
HEADER, BODY = LINES[0], LINES[1:]


LAYOUTS = {
    "quoted header again": joined(
        *LINES[:90], ",".join(f'"{n}"' for n in HEADER.split(",")), *LINES[90:]
    ),
    "other case again": joined(*LINES[:90], HEADER.upper().replace(",", ", "), *LINES[90:]),
    "marked header again": joined("\ufeff" + HEADER, *LINES[1:90], "\ufeff" + HEADER, *LINES[90:]),
    "rows selected": text() + "\n200 rows selected.\n",
    "rows in set": text() + "200 rows in set (0.01 sec)\n",
    "totals": text() + "Total,,,90000,99,\n",
    "DOS": text() + "\x1a",
    "comments below": text() + "# end\n# of it\n",
    "comments within": joined(*LINES[:9], "# a gap", *LINES[9:]),
    "// above": "// by a tool\n" + text(),
    "% above": "% by a tool\n" + text(),
    "-- above": "-- by a tool\n" + text(),
    "a title": "Flows of one day\n\n" + text(),
    "a title with commas": "Flows, of one day\nhost: a\n" + text(),
    "old Macintosh": text().replace("\n", "\r"),
    "UTF-16": text().encode("utf-16"),
    "a blank first field": joined(HEADER, *("," + row for row in BODY)),
    "header ends": joined(HEADER + ",", *BODY),
    "single quotes": joined(*(",".join(f"'{c}'" for c in x.split(",")) for x in LINES)),
    "blanks": text(delimiter=" "),
    "carets": text(delimiter="^"),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_an_odd_layout_is_the_same_table(write, plain: FlowTable, name: str) -> None:
    same(read_flows(write(LAYOUTS[name])), plain)


@pytest.mark.parametrize("damage", ["EOF", "total: 200", "9,9,9"])
def test_what_is_nothing_of_that_is_damage(write, damage: str) -> None:
    with pytest.raises(TrafficError):
        read_flows(write(text() + damage + "\n"))


def zipped(**members: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)
    return out.getvalue()


def test_archives_in_a_folder_are_read(tmp_path: Path, plain: FlowTable) -> None:
    (tmp_path / "1.csv").write_text(joined(HEADER, *BODY[:90]))
    (tmp_path / "2.zip").write_bytes(zipped(a_csv=joined(HEADER, *BODY[90:])))
    same(read_flows(tmp_path), plain)


def test_a_refusal_of_one_of_several_files_names_the_knob(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text(text())
    (tmp_path / "2.txt").write_bytes(b"\x93NUMPY")
    with pytest.raises(TrafficError, match=r"2\.txt.*traffic\.member"):
        read_flows(tmp_path)


NAMED = {
    "Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
    "dump of a database": b"INSERT INTO flows VALUES (1,2,3);\nINSERT INTO flows VALUES (1,2,4);\n",
    "MATLAB": b"MATLAB 7.3 MAT-file, Platform",
    "inside another file": gzip.compress(zipped(a_csv=text())),
    "JSON array": json.dumps([{"a": 1, "b": 2}]).encode(),
    "jq -c '.suricata.eve'": json.dumps({"suricata": {"eve": {"event_type": "flow"}}}).encode(),
    "one object a line": b'{\n "proto": "tcp",\n "bytes": 1\n}\n',
    "tcpdump's listing": b"10:14:01.123456 IP 10.0.0.1.55 > 10.0.0.2.80: Flags [S], seq 1\n" * 9,
    "nfdump -o csv": b"Date first seen          Duration Proto      Src IP Addr:Port\n",
    "ra -c ,": b"         StartTime      Flgs  Proto            SrcAddr  Sport   Dir\n",
    "drawn with lines": b"+------+------+\n| port | pkts |\n+------+------+\n|   80 |    9 |\n",
    "as database clients do": b"| port | pkts |\n|---|:--|\n| 80 | 9 |\n",
    "LIBSVM": b"+1 1:0.5 3:0.25 \n-1 1:0.25 7:1e-3\n",
    "Elasticsearch": b'{"index":{"_index":"packets"}}\n{"layers":{"ip":{"ip_src":"::1"}}}\n',
    "as syslog writes it": b'Jan  1 00:00:00 host suricata[7]: {"event_type": "flow"}\n',
    "not of connections": json.dumps({"uid": "C1", "id.orig_h": "::1"}).encode(),
}


@pytest.mark.parametrize("what", NAMED)
def test_what_cannot_be_read_is_named(write, what: str) -> None:
    with pytest.raises(TrafficError) as refusal:
        read_flows(write(NAMED[what]))
    assert what in str(refusal.value)


@pytest.mark.parametrize("content", ["#separator \\x09\n#path\tdns\n", '{"_path": "dns"}\n'])
@pytest.mark.parametrize("form", ["auto", "csv", "argus"])
def test_another_log_is_never_sent_astray(write, content: str, form: str) -> None:
    with pytest.raises(TrafficError, match=r"dns\.log.*conn\.log is needed"):
        read_flows(write(content), format=form)


def test_the_events_of_another_sensor_are_no_zeek_log(write) -> None:
    events = '{"event_type": "flow", "proto": "TCP", "flow": {"age": 1, "alerted": true}}\n' * 9
    with pytest.raises(TrafficError, match="Suricata's, not Zeek's"):
        read_flows(write(events), format="zeek-json")


FIELDS = [
    "ts",
    "uid",
    "id.orig_h",
    "id.orig_p",
    "id.resp_h",
    "id.resp_p",
    "proto",
    "duration",
    "orig_bytes",
]


def connections() -> list[str]:
    random = Random(2)
    return [
        f"{at}.5\tC{at}\t192.0.2.1\t{2000 + at}\t192.0.2.9\t{random.choice([80, 443])}\ttcp\t"
        f"{random.random():.3f}\t{random.randrange(999)}"
        for at in range(40)
    ]


def test_a_zeek_log_of_fewer_fields_is_read_and_says_so(write) -> None:
    log = joined("#separator \\x09", "#path\tconn", "#fields\t" + "\t".join(FIELDS), *connections())
    found = read_flows(write(log))
    assert found.format == "zeek-tsv"
    assert any("a Zeek log without conn_state" in note for note in found.notes)
    with pytest.raises(TrafficError, match="without the columns"):
        read_flows(write(log), format="zeek-tsv")


@pytest.mark.parametrize("form", ["parquet", "feather", "arrow"])
def test_columns_of_arrow(tmp_path: Path, form: str) -> None:
    """With a dictionary, nulls, and several batches."""
    pa = pytest.importorskip("pyarrow")
    from pyarrow import feather, parquet

    found = {name: [row[name] for row in FLOWS] for name in FLOWS[0]}
    found["label"] = [truth or "normal" for truth in found.pop("truth")]
    for name in ("proto", "label"):
        found[name] = pa.array(found[name]).dictionary_encode()
    found["pkts"] = [None if n == 7 else n for n in found["pkts"]]
    path, whole = tmp_path / "t", pa.table(found)
    if form == "parquet":
        parquet.write_table(whole, path, row_group_size=50)
    elif form == "feather":
        feather.write_feather(whole, str(path), chunksize=50)
    else:
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, whole.schema) as stream:
            stream.write_table(whole, max_chunksize=50)
    found = read_flows(path)
    assert (found.format, found.classes) == (form, ("benign", "DoS", "XSS"))
    written = text({"pkts": lambda row: "" if row["pkts"] == 7 else row["pkts"]}, label="")
    plain = tmp_path / "plain.csv"
    plain.write_text(written)
    same_features(found, read_flows(plain))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(TrafficError, match="not a readable"):
        read_flows(path)


def same_features(found: FlowTable, plain: FlowTable) -> None:
    assert found.features == plain.features, found.notes
    assert np.allclose(found.flows, plain.flows, atol=1e-3)
