"""Data sets that are published without a header: Kyoto 2006+ and UGR'16.

Song, Takakura, Okabe, Eto, Inoue, Nakao: Statistical analysis of honeypot data and building of
Kyoto 2006+ dataset for NIDS evaluation, BADGERS 2011; 1 is normal, -1 and -2 are attacks.
Maciá-Fernández, Camacho, Magán-Carrión, García-Teodoro, Therón: UGR'16: a new dataset for the
evaluation of cyclostationarity-based network IDSs, Computers & Security 73, 2018.
"""

from __future__ import annotations

import re

from sim.traffic.files.addresses import is_address
from sim.traffic.files.format import Format
from sim.traffic.files.layout import Head, Layout, is_number
from sim.traffic.files.names import keys, spelled
from sim.traffic.files.schema import PLAIN, Schema

KYOTO_COLUMNS = spelled(
    "Duration,Service,Source bytes,Destination bytes,Count,Same_srv_rate,Serror_rate,"
    "Srv_serror_rate,Dst_host_count,Dst_host_srv_count,Dst_host_same_src_port_rate,"
    "Dst_host_serror_rate,Dst_host_srv_serror_rate,Flag,IDS_detection,Malware_detection,"
    "Ashula_detection,Label,Source_IP_Address,Source_Port_Number,Destination_IP_Address,"
    "Destination_Port_Number,Start_Time,Protocol"
)
KYOTO = Schema(
    "kyoto",
    texts=frozenset(keys("service,flag,protocol")),
    ports=frozenset(keys("destination_port_number")),
    identifiers=PLAIN.identifiers
    | frozenset(
        keys(
            "ids_detection,malware_detection,ashula_detection,source_ip_address,"
            "source_port_number,destination_ip_address,start_time"
        )
    ),
    coarse_labels=("label",),
    addresses=(("source_ip_address", "destination_ip_address"),),
)
UGR_COLUMNS = spelled("te,td,sa,da,sp,dp,pr,flg,fwd,stos,pkt,byt,label")
UGR = Schema(
    "ugr16",
    numbers=frozenset(keys("td,fwd,stos,pkt,byt")),
    texts=frozenset(keys("pr,flg")),
    ports=frozenset(("dp",)),
    identifiers=PLAIN.identifiers,
    coarse_labels=("label",),
    addresses=(("sa", "da"),),
)
_LABEL = KYOTO_COLUMNS.index("Label")
_HOSTS = (_LABEL + 1, _LABEL + 3)
_CLOCK = re.compile(r"\d\d?:\d\d:\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


def _looks_like_kyoto(head: Head) -> bool:
    def fits(row: list[str]) -> bool:
        return (
            len(row) in (len(KYOTO_COLUMNS) - 1, len(KYOTO_COLUMNS))
            and is_number(row[0])
            and row[_LABEL] in ("1", "-1", "-2")
            and all(":" in row[at] or is_address(row[at]) for at in _HOSTS)
            and _CLOCK.fullmatch(row[KYOTO_COLUMNS.index("Start_Time")]) is not None
        )

    return all(map(fits, head.fields(3)))


def _looks_like_ugr(head: Head) -> bool:
    def fits(row: list[str]) -> bool:
        return (
            len(row) in (len(UGR_COLUMNS) - 1, len(UGR_COLUMNS))
            and _MOMENT.fullmatch(row[0]) is not None
            and is_address(row[2])
            and is_address(row[3])
            and all(is_number(row[at]) for at in (1, 4, 5, 10, 11))
            and not is_number(row[6])
        )

    return all(map(fits, head.fields(3)))


def _kyoto(head: Head) -> Layout:
    found = len(head.fields(1)[0])
    return Layout(KYOTO, KYOTO_COLUMNS[:found], head.at, head.delimiter())


def _ugr(head: Head) -> Layout:
    found = len(head.fields(1)[0])
    return Layout(UGR, UGR_COLUMNS[:found], head.at, head.delimiter())


KYOTO_FORMAT = Format(
    "kyoto", "Kyoto 2006+, without a header", KYOTO, recognise=_looks_like_kyoto, layout=_kyoto
)
UGR_FORMAT = Format(
    "ugr16", "UGR'16, without a header", UGR, recognise=_looks_like_ugr, layout=_ugr
)
