"""Zeek's conn.log, as tab-separated values with `#` header lines or as one JSON object a line.

https://docs.zeek.org/en/master/logs/conn.html. `history` holds one letter per event, upper case for
the originator and lower case for the responder: it becomes two counts. `local_orig` and
`local_resp` follow from the addresses, and the labels of the public labelled logs follow from
them: they are left out like the addresses.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from sim.traffic.files.addresses import is_address
from sim.traffic.files.format import Format
from sim.traffic.files.jsonlines import flat
from sim.traffic.files.layout import Head, Layout, Scalar
from sim.traffic.files.names import keys, spelled
from sim.traffic.files.schema import PLAIN, Schema
from sim.traffic.files.text import NoTrafficError, error, listed, shown

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
    sensor="zeek",
)
ZEEK_JSON = replace(ZEEK_TSV, format="zeek-json")

_DEFAULT = spelled(
    "ts,uid,id.orig_h,id.orig_p,id.resp_h,id.resp_p,proto,service,duration,orig_bytes,resp_bytes,"
    "conn_state,local_orig,local_resp,missed_bytes,history,orig_pkts,orig_ip_bytes,resp_pkts,"
    "resp_ip_bytes,tunnel_parents"
)
"""Fields of conn.log as Zeek writes them unless told otherwise."""
_BEYOND = {0: (), 1: ("ip_proto",), 2: ("label", "detailed-label")}
_LEAST_SHARE = 0.5
"""Share of the usual fields that a log must have to be one of connections."""
_PROTOCOLS = ("tcp", "udp", "icmp", "unknown_transport")
_OTHER_LOGS = (
    ("dns", ("query", "qtype", "qtype_name", "rcode")),
    ("http", ("method", "uri", "status_code")),
    ("ssl", ("cipher", "server_name", "validation_status")),
    ("files", ("fuid", "mime_type", "total_bytes")),
    ("x509", ("certificate.subject", "certificate.serial")),
    ("notice", ("note", "msg")),
    ("weird", ("notice", "peer")),
    ("dhcp", ("assigned_addr", "lease_time")),
    ("ssh", ("auth_success", "auth_attempts")),
    ("smtp", ("helo", "mailfrom")),
)
"""Logs beside conn.log, by fields that only they have."""


def _looks_like_log(head: Head) -> bool:
    return head.first.startswith((b"#separator", b"#fields")) or _headless(head) is not None


def _log(head: Head) -> Layout:
    """Read the `#` lines at the top of a log.

    Raises:
        TrafficError: No `#fields`, a separator of more than one character, or missing fields.
    """
    if not head.first.startswith((b"#separator", b"#fields")):
        layout = _headless(head)
        if layout is None:
            raise error(head.path, "not a Zeek log: expected '#separator' or '#fields'", head.line)
        return layout
    said: dict[str, str] = {}
    separator, count = "\t", 0
    for line in head.block.lines[head.at :]:
        if not line.startswith(b"#"):
            break
        text = line.decode("utf-8", "replace")
        if text.startswith("#separator"):
            separator = _separator(head.path, text, head.line + count)
        name, _, value = text[1:].partition(separator)
        said.setdefault(name, value)
        count += 1
    _check_path(head.path, said.get("path", ""), "#path", head.line)
    if not said.get("fields"):
        raise error(head.path, "a Zeek log without the line '#fields'", head.line + count)
    return _described(head, said, separator, count)


def _described(head: Head, said: dict[str, str], separator: str, count: int) -> Layout:
    padded = "   " in said["fields"]
    fields = said["fields"].replace("   ", separator).split(separator)
    own = (said.get("unset_field", "-"), said.get("empty_field", "(empty)"))
    schema = replace(ZEEK_TSV, missing=tuple(dict.fromkeys(x for x in own if x)))
    if not said.get("path"):
        _check_keys(head.path, fields, head.line)
    absent = schema.absent(fields)
    if schema.overlap(fields) < _LEAST_SHARE:
        schema.check(head.path, fields, head.line)
    return Layout(
        schema,
        tuple(fields),
        head.at + count,
        separator,
        "",
        comment=b"#",
        padded=padded,
        fields=f"#fields{separator}{said['fields']}".encode(),
        notes=(f"a Zeek log without {listed(absent)}",) if absent else (),
    )


def _headless(head: Head) -> Layout | None:
    """Return the layout of a log without its `#` lines, by the shape of its rows."""
    if head.knobs.delimiter not in ("auto", "\t") or b"\t" not in head.first:
        return None
    padded = b"   " in head.first
    rows = [row.replace("   ", "\t").split("\t") for row in head.rows(3)]
    beyond = _BEYOND.get(len(rows[0]) - len(_DEFAULT))
    if beyond is None or any(not _is_connection(row) for row in rows):
        return None
    note = "a Zeek log without its header: read with the usual fields of conn.log"
    columns = (*_DEFAULT, *beyond)
    return Layout(ZEEK_TSV, columns, head.at, "\t", "", comment=b"#", padded=padded, notes=(note,))


def _is_connection(fields: list[str]) -> bool:
    return (
        len(fields) >= len(_DEFAULT)
        and is_address(fields[2])
        and is_address(fields[4])
        and fields[6] in _PROTOCOLS
    )


def _separator(path: Path, text: str, line: int) -> str:
    r"""Return what `#separator \x09` stands for."""
    said = text.removeprefix("#separator").strip(" ")
    escaped = re.fullmatch(r"\\x([0-9a-fA-F]{2})", said)
    separator = chr(int(escaped[1], 16)) if escaped else said
    if len(separator) != 1 or not separator.isascii() or separator in "\n\r\"' .#":
        raise error(path, f"#separator is {shown(said)}; expected one character as \\x09", line)
    return separator


def _check_path(path: Path, said: str, where: str, line: int) -> None:
    """Refuse another log than conn.log, which may be called `conn`, `conn_red` and so on."""
    if said and not said.casefold().startswith("conn"):
        what = f"is Zeek's {shown(said)[1:-1]}.log ({where}); conn.log is needed"
        raise NoTrafficError(path, what, line)


def _check_keys(path: Path, fields: list[str], line: int) -> None:
    present = set(fields)
    for log, telling in _OTHER_LOGS:
        if "conn_state" not in present and len(present.intersection(telling)) > 1:
            what = f"is Zeek's {log}.log, by its fields; conn.log is needed"
            raise NoTrafficError(path, what, line)


def _looks_like_json(head: Head) -> bool:
    return any(
        "_path" in found
        or "id.orig_h" in found
        or ("uid" in found and isinstance(found.get("id"), dict))
        for found in head.objects()
    ) and not any("event_type" in found for found in head.objects())


def _json(head: Head) -> Layout:
    if not head.first.startswith(b"{"):
        raise error(head.path, "expected one JSON object a line", head.line)
    objects = [flat(found) for found in head.objects()]
    paths = {str(found["_path"]) for found in objects if "_path" in found}
    mixed = len(paths) > 1 or "conn" in paths
    if not mixed:
        for said in paths:
            _check_path(head.path, said, "_path", head.line)

    connections = [o for o in objects if o.get("_path", "conn") == "conn"]
    always = [n for n in ALWAYS if any(n in o for o in connections)] if connections else ALWAYS
    if any("event_type" in o for o in connections):
        raise error(head.path, "is Suricata's, not Zeek's (traffic.format: auto reads it)", 1)
    if connections and not {"proto", "conn_state", "orig_pkts"}.intersection(always):
        _check_keys(head.path, list(connections[0]), head.line)
        what = "is a log of Zeek, but not of connections; conn.log is needed"
        raise NoTrafficError(head.path, what, 1)

    def is_connection(found: dict[str, Scalar], line: int) -> bool:
        if mixed and found.get("_path", "conn") != "conn":
            return False
        for name in always:
            if name not in found:
                _check_keys(head.path, list(found), line)
                raise error(head.path, f"without the field {name!r} of a Zeek conn.log", line)
        return True

    return Layout(ZEEK_JSON, skip=head.at, select=is_connection)


TSV = Format(
    "zeek-tsv",
    "Zeek's conn.log, tab-separated, also labelled as in IoT-23",
    ZEEK_TSV,
    recognise=_looks_like_log,
    tabular=True,
    layout=_log,
)
JSON_LINES = Format(
    "zeek-json",
    "Zeek's conn.log as JSON lines, alone or mixed with other logs",
    ZEEK_JSON,
    recognise=_looks_like_json,
    layout=_json,
)
