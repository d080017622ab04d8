"""What a format knows about its columns."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.traffic.files.text import error, listed


def key(name: str) -> str:
    """Return a column name as it is compared: without outer blanks, without case."""
    return name.strip().casefold()


class Kind(enum.Enum):
    """How a column becomes features."""

    AUTO = "auto"
    """A number when nine tenths of its cells are; a text otherwise."""
    NUMBER = "number"
    """SignatureSet to be numeric: signed log1p; anything else is an error."""
    PORT = "port"
    """Destination port: as a number, plus a flag for the well-known ports below 1024."""
    TEXT = "text"
    """Categorical: one-hot, even where the values look like numbers."""
    HISTORY = "history"
    """Zeek's connection history: how many events of the originator, how many of the responder."""
    IDENTIFIER = "identifier"
    """Names a row, a host or a time; left out of the features."""
    LABEL = "label"
    """The truth, in any wording; left out of the features."""


@dataclass(frozen=True, slots=True)
class Schema:
    """The known columns of one format; names are compared by `key`."""

    format: str
    required: tuple[str, ...] = ()
    """Columns without which the file is not accepted."""
    numbers: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    ports: frozenset[str] = frozenset()
    histories: frozenset[str] = frozenset()
    identifiers: frozenset[str] = frozenset()
    coarse_labels: tuple[str, ...] = ()
    """Columns that tell benign from attack, preferred ones first."""
    fine_labels: tuple[str, ...] = ()
    """Columns that name the attack, preferred ones first."""
    binary: bool = False
    """Whether the coarse label may only be 0 or 1."""
    fine_benign: bool = False
    """Whether the fine label also tells kinds of benign traffic, as in Zeek."""
    addresses: tuple[tuple[str, str], ...] = ()
    """Pairs of source and destination address columns."""
    repeated: frozenset[str] = frozenset()
    """Columns that published files carry twice; the second is left out."""
    encoding: str = "utf-8"
    """Encoding tried when the text is not UTF-8; the published files of the format use it."""
    missing: tuple[str, ...] = ()
    """What stands for a missing value in this file, beside the usual words."""

    def kind(self, name: str) -> Kind:
        """Return how the column `name` is used."""
        k = key(name)
        for names, kind in (
            ((*self.coarse_labels, *self.fine_labels, *COARSE_LABELS, *FINE_LABELS), Kind.LABEL),
            (self.identifiers, Kind.IDENTIFIER),
            (self.histories, Kind.HISTORY),
            (self.ports, Kind.PORT),
            (self.texts, Kind.TEXT),
            (self.numbers, Kind.NUMBER),
        ):
            if k in names:
                return kind
        return Kind.AUTO

    def overlap(self, columns: Iterable[str]) -> float:
        """Return the share of the required columns that are among `columns`."""
        if not self.required:
            return 0.0
        present = {key(c) for c in columns}
        return sum(key(r) in present for r in self.required) / len(self.required)

    def check(self, path: Path, columns: Sequence[str], line: int | None) -> None:
        """Raise `TrafficError` naming the required columns that are not among `columns`."""
        present = {key(c) for c in columns}
        absent = [r for r in self.required if key(r) not in present]
        if absent:
            raise error(
                path,
                f"read as {self.format}, but without the column{'s' * (len(absent) > 1)}"
                f" {listed(absent)} (format csv reads any table with a header)",
                line,
            )


def spelled(names: str) -> tuple[str, ...]:
    """Split a comma-separated list of column names."""
    return tuple(n.strip() for n in names.split(",") if n.strip())


def keys(names: str) -> tuple[str, ...]:
    """Split a comma-separated list of column names into keys."""
    return tuple(map(key, spelled(names)))


GENERIC_IDENTIFIERS = frozenset(
    keys(
        "id,uid,index,row,row_id,rowid,no,no.,unnamed: 0,flow id,flow_id,flowid,flow.id,"
        "ts,time,timestamp,date,datetime,first_seen,last_seen,stime,ltime,start_time,end_time,"
        "starttime,lasttime,start time,date first seen,"
        "flow_start_milliseconds,flow_end_milliseconds,"
        "src_ip,dst_ip,srcip,dstip,src ip,dst ip,source ip,destination ip,source_ip,destination_ip,"
        "src_addr,dst_addr,srcaddr,dstaddr,sa,da,saddr,daddr,source,destination,ip_src,ip_dst,"
        "src ip addr,dst ip addr,src_host,dst_host,source address,destination address,"
        "source_address,destination_address,ip.src,ip.dst,ipv4_src_addr,ipv4_dst_addr,"
        "ipv6_src_addr,ipv6_dst_addr,id.orig_h,id.resp_h,src_mac,dst_mac,smac,dmac,"
        "src_port,source port,source_port,src port,srcport,sport,sp,l4_src_port,id.orig_p,src pt,"
        "dataset,difficulty,difficulty_level,dns_query_id"
    )
)

GENERIC_PORTS = frozenset(
    keys(
        "dst_port,destination port,destination_port,dst port,dstport,dport,dsport,l4_dst_port,"
        "id.resp_p,dst pt"
    )
)

GENERIC_ADDRESSES = tuple(
    (source, destination)
    for source, destination in zip(
        keys(
            "src_ip,srcip,src ip,source ip,source_ip,src_addr,srcaddr,sa,saddr,ip_src,"
            "src ip addr,src_host,source address,source_address,ip.src,ipv4_src_addr,"
            "ipv6_src_addr,id.orig_h,source"
        ),
        keys(
            "dst_ip,dstip,dst ip,destination ip,destination_ip,dst_addr,dstaddr,da,daddr,ip_dst,"
            "dst ip addr,dst_host,destination address,destination_address,ip.dst,ipv4_dst_addr,"
            "ipv6_dst_addr,id.resp_h,destination"
        ),
        strict=True,
    )
)

COARSE_LABELS = keys("label,is_attack,malicious,target,y,class")
FINE_LABELS = keys("attack_cat,attack type,attack_type,attack,detailedlabel,detailed-label")

PLAIN = Schema(
    "csv",
    ports=GENERIC_PORTS,
    identifiers=GENERIC_IDENTIFIERS,
    coarse_labels=COARSE_LABELS,
    fine_labels=FINE_LABELS,
    addresses=GENERIC_ADDRESSES,
)
"""Any table with a header; also what the other formats fall back to for unknown columns."""
