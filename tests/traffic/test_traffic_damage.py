"""Random damage to small files of every format: a valid table or one clear line, nothing else."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.contracts.format import check_table
from sim.errors import TrafficError
from sim.traffic.files import FlowTable, read_flows
from sim.traffic.files.formats import formats

NAMES = ("nsl-kdd", "unsw-nb15", "cic-ids2017", "netflow-v2", "zeek-tsv", "zeek-json", "csv")
LENIENT = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def read_or_refuse(path, **options) -> FlowTable | None:
    try:
        table = read_flows(path, **options)
    except TrafficError as e:
        message = str(e)
    else:
        check_table(table)
        return table
    assert message.isprintable()
    assert len(message) < 700
    return None


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@LENIENT
def test_damaged_files(write, samples, name, data):
    content = samples[name]
    packed = data.draw(st.booleans())
    content = gzip.compress(content, mtime=0) if packed else content
    at = data.draw(st.integers(0, len(content) - 1))
    how = data.draw(st.sampled_from(["cut", "flip", "insert", "delete", "cell", "twice"]))
    some = data.draw(st.binary(min_size=1, max_size=6))
    if how == "cut":
        content = content[:at]
    elif how == "flip":
        content = content[:at] + bytes([content[at] ^ some[0]]) + content[at + 1 :]
    elif how == "insert":
        content = content[:at] + some + content[at:]
    elif how == "delete":
        content = content[:at] + content[at + len(some) :]
    elif how == "twice":
        content = content[:at] + content
    else:
        word = data.draw(st.sampled_from([b"", b"-", b"nan", b"inf", b"1e999", b'"', b"0x1", b"_"]))
        fields = content.split(b",")
        fields[at % len(fields)] = word
        content = b",".join(fields)
    deal = data.draw(st.sampled_from(["", "host", "proto", "label"]))
    read_or_refuse(write(content), deal_column=deal)


_CELL = st.one_of(
    st.integers(-(10**30), 10**30).map(str),
    st.floats().map(str),
    st.sampled_from(["", "-", "True", "tcp", '"', '"a"', "1_0", "١", "\u202e", "\x1b", "#", "{"]),
    st.text(max_size=5),
)


@given(
    rows=st.lists(st.lists(_CELL, min_size=3, max_size=3), min_size=1, max_size=8),
    delimiter=st.sampled_from([",", "\t", ";"]),
    wanted=st.sampled_from(("auto", *(f.name for f in formats()))),
    label=st.sampled_from(["auto", "none", "a"]),
)
@settings(LENIENT, max_examples=200)
def test_random_tables(write, rows, delimiter, wanted, label):
    lines = [delimiter.join(row) for row in [["a", "b", "label"], *rows]]
    content = "\n".join(lines).encode("utf-8", "surrogatepass")
    read_or_refuse(write(content), format=wanted, label_column=label)


@given(content=st.binary(max_size=200))
@settings(LENIENT, max_examples=100)
def test_random_bytes(write, content):
    read_or_refuse(write(content))


@given(
    start=st.sampled_from(
        [b"{", b"#separator ", b"#fields\t", b"\x1f\x8b", b"PK\x03\x04", b"a,b\n"]
    ),
    content=st.binary(max_size=100),
)
@settings(LENIENT, max_examples=100)
def test_random_bytes_after_a_promising_start(write, start, content):
    read_or_refuse(write(start + content))


@given(
    line=st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
        max_leaves=8,
    ),
    key=st.sampled_from(["proto", "duration", "id.resp_p", "new", "id", "label"]),
)
@settings(LENIENT, max_examples=100)
def test_random_json_values(write, samples, line, key):
    import json

    lines = samples["zeek-json"].decode().splitlines()
    lines[3] = json.dumps(json.loads(lines[3]) | {key: line})
    read_or_refuse(write("\n".join(lines)))
    lines[3] = json.dumps(line)
    assert read_or_refuse(write("\n".join(lines))) is None


def test_json_nested_too_deeply(write, samples):
    assert read_or_refuse(write(b'{"a":' * 100_000)) is None
    assert read_or_refuse(write(samples["zeek-json"] + b'{"a": ' + b"9" * 5000 + b"}")) is None
