"""Zeek's conn.log, as tab-separated values with `#` header lines or as one JSON object a line.

https://docs.zeek.org/en/master/logs/conn.html. `history` holds one letter per event, upper case for
the originator and lower case for the responder: it becomes two counts. `local_orig` and
`local_resp` follow from the addresses, and the labels of the public labelled logs follow from
them: they are left out like the addresses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from sim.traffic.files.lines import Block
from sim.traffic.files.schema import PLAIN, Schema, key, keys
from sim.traffic.files.text import error, shown

REQUIRED = keys(
    "id.orig_h,id.orig_p,id.resp_h,id.resp_p,proto,conn_state,duration,orig_bytes,resp_bytes,"
    "orig_pkts,resp_pkts"
)
ALWAYS = keys("id.orig_h,id.orig_p,id.resp_h,id.resp_p,proto,conn_state")
"""Fields that Zeek writes for every connection; the others may be absent from a JSON line."""

_TEXTS = keys("proto,service,conn_state")
_IDENTIFIERS = keys(
    "ts,uid,id.orig_h,id.orig_p,id.resp_h,local_orig,local_resp,tunnel_parents,orig_l2_addr,"
    "resp_l2_addr,community_id,_path,_system_name,_write_ts,write_ts,parent_proto"
)
_NUMBERS = keys(
    "duration,orig_bytes,resp_bytes,missed_bytes,orig_pkts,orig_ip_bytes,resp_pkts,resp_ip_bytes,"
    "id.orig_p,id.resp_p"
)

ZEEK_TSV = Schema(
    "zeek-tsv",
    required=REQUIRED,
    numbers=frozenset(_NUMBERS),
    texts=frozenset(_TEXTS),
    ports=frozenset(("id.resp_p",)),
    histories=frozenset(("history",)),
    identifiers=PLAIN.identifiers | frozenset(_IDENTIFIERS),
    coarse_labels=("label",),
    fine_labels=("detailedlabel", "detailed-label"),
    fine_benign=True,
    addresses=(("id.orig_h", "id.resp_h"),),
    missing=("-", "(empty)"),
)
ZEEK_JSON = replace(ZEEK_TSV, format="zeek-json")


@dataclass(frozen=True, slots=True)
class Header:
    """The `#` lines above the rows of a Zeek log."""

    separator: str
    columns: tuple[str, ...]
    schema: Schema
    lines: int
    """How many lines the header takes."""
    padded: bool
    """Whether the label columns are set off by three blanks, as in IoT-23, not by the separator."""


def read_header(path: Path, block: Block) -> Header:
    """Read the `#` lines at the top of a log.

    Raises:
        TrafficError: No `#fields`, a separator of more than one character, or missing fields.
    """
    said: dict[str, str] = {}
    separator, count = "\t", 0
    for line in block.lines:
        if not line.startswith(b"#"):
            break
        text = line.decode("utf-8", "replace")
        if text.startswith("#separator"):
            separator = _separator(path, text, block.first + count)
        name, _, value = text[1:].partition(separator)
        said.setdefault(name, value)
        count += 1
    if not said.get("fields"):
        raise error(path, "a Zeek log without the line '#fields'", block.first + count)
    padded = "   " in said["fields"]
    fields = said["fields"].replace("   ", separator).split(separator)
    own = (said.get("unset_field", "-"), said.get("empty_field", "(empty)"))
    schema = replace(ZEEK_TSV, missing=tuple(dict.fromkeys(x for x in own if x)))
    schema.check(path, fields, block.first)
    return Header(separator, tuple(fields), schema, count, padded)


def _separator(path: Path, text: str, line: int) -> str:
    r"""Return what `#separator \x09` stands for."""
    said = text.removeprefix("#separator").strip(" ")
    escaped = re.fullmatch(r"\\x([0-9a-fA-F]{2})", said)
    separator = chr(int(escaped[1], 16)) if escaped else said
    if len(separator) != 1 or not separator.isascii() or separator in "\n\r\"' .#":
        raise error(path, f"#separator is {shown(said)}; expected one character as \\x09", line)
    return separator


def same_fields(header: Header, line: bytes) -> bool:
    """Tell whether a later `#fields` line, of a log appended to another, names the same fields."""
    text = line.decode("utf-8", "replace").replace("   ", header.separator)
    return [key(f) for f in text.split(header.separator)[1:]] == [key(f) for f in header.columns]
