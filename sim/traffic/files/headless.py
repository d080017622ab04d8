"""Data sets that are published without a header: Kyoto 2006+, UGR'16 and the files of Bot-IoT.

Song, Takakura, Okabe, Eto, Inoue, Nakao: Statistical analysis of honeypot data and building of
Kyoto 2006+ dataset for NIDS evaluation, BADGERS 2011; 1 is normal, -1 and -2 are attacks.
Maciá-Fernández, Camacho, Magán-Carrión, García-Teodoro, Therón: UGR'16: a new dataset for the
evaluation of cyclostationarity-based network IDSs, Computers & Security 73, 2018.
Koroniotis, Moustafa, Sitnikova, Turnbull: Towards the development of realistic botnet dataset in
the internet of things for network forensic analytics: Bot-IoT dataset, FGCS 100, 2019; its 74 files
have their names in `data_names.csv`.
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
BOT_IOT_COLUMNS = spelled(
    "pkSeqID,stime,flgs,proto,saddr,sport,daddr,dport,pkts,bytes,state,ltime,seq,dur,mean,stddev,"
    "smac,dmac,sum,min,max,soui,doui,sco,dco,spkts,dpkts,sbytes,dbytes,rate,srate,drate,attack,"
    "category,subcategory"
)
BOT_IOT = Schema(
    "bot-iot",
    numbers=frozenset(
        keys("pkts,bytes,dur,mean,stddev,sum,min,max,spkts,dpkts,sbytes,dbytes,rate,srate,drate")
    ),
    texts=frozenset(keys("flgs,proto,state,soui,doui,sco,dco")),
    ports=frozenset(("dport",)),
    identifiers=PLAIN.identifiers | frozenset(("smac", "dmac")),
    coarse_labels=("attack",),
    fine_labels=("category",),
    addresses=(("saddr", "daddr"),),
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


def _looks_like_bot_iot(head: Head) -> bool:
    def fits(row: list[str]) -> bool:
        return (
            len(row) == len(BOT_IOT_COLUMNS)
            and all(is_number(row[at]) for at in (1, 8, 9, 11, 12))
            and row[BOT_IOT_COLUMNS.index("attack")] in ("0", "1")
            and not is_number(row[3])
            and not is_number(row[-1])
        )

    return all(map(fits, head.fields(3)))


def _bot_iot(head: Head) -> Layout:
    return Layout(BOT_IOT, BOT_IOT_COLUMNS, head.at, head.delimiter())


def _kyoto(head: Head) -> Layout:
    found = len(head.fields(1)[0])
    return Layout(KYOTO, KYOTO_COLUMNS[:found], head.at, head.delimiter())


def _ugr(head: Head) -> Layout:
    found = len(head.fields(1)[0])
    return Layout(UGR, UGR_COLUMNS[:found], head.at, head.delimiter())


KYOTO_FORMAT = Format(
    "kyoto", "Kyoto 2006+, without a header", KYOTO, recognise=_looks_like_kyoto, layout=_kyoto
)
BOT_IOT_FORMAT = Format(
    "bot-iot",
    "Bot-IoT, the files without a header",
    BOT_IOT,
    recognise=_looks_like_bot_iot,
    layout=_bot_iot,
)
UGR_FORMAT = Format(
    "ugr16", "UGR'16, without a header", UGR, recognise=_looks_like_ugr, layout=_ugr
)
