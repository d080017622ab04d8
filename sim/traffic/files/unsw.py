"""UNSW-NB15: the partitions with a header, and the four full files without one.

Some begin with a UTF-8 byte-order mark. The full files have addresses and times; the names of their
columns are published in a second file.

Moustafa and Slay: UNSW-NB15: a comprehensive data set for network intrusion detection systems,
MilCIS 2015.
"""

from __future__ import annotations

from sim.traffic.files.addresses import is_address
from sim.traffic.files.format import Format
from sim.traffic.files.layout import Head, Layout
from sim.traffic.files.names import key, keys, spelled
from sim.traffic.files.schema import PLAIN, Schema

FEATURES = keys(
    "dur,proto,service,state,spkts,dpkts,sbytes,dbytes,rate,sttl,dttl,sload,dload,sloss,dloss,"
    "sinpkt,dinpkt,sjit,djit,swin,stcpb,dtcpb,dwin,tcprtt,synack,ackdat,smean,dmean,trans_depth,"
    "response_body_len,ct_srv_src,ct_state_ttl,ct_dst_ltm,ct_src_dport_ltm,ct_dst_sport_ltm,"
    "ct_dst_src_ltm,is_ftp_login,ct_ftp_cmd,ct_flw_http_mthd,ct_src_ltm,ct_srv_dst,is_sm_ips_ports"
)
_TEXTS = frozenset(("proto", "service", "state"))

UNSW_NB15 = Schema(
    "unsw-nb15",
    required=FEATURES,
    numbers=frozenset(FEATURES) - _TEXTS,
    texts=_TEXTS,
    identifiers=PLAIN.identifiers,
    coarse_labels=("label",),
    fine_labels=("attack_cat",),
    binary=True,
    timeless=True,
)
PARTITION = Format("unsw-nb15", "UNSW-NB15, the partitions with a header", UNSW_NB15, tabular=True)

COLUMNS = spelled(
    "srcip,sport,dstip,dsport,proto,state,dur,sbytes,dbytes,sttl,dttl,sloss,dloss,service,Sload,"
    "Dload,Spkts,Dpkts,swin,dwin,stcpb,dtcpb,smeansz,dmeansz,trans_depth,res_bdy_len,Sjit,Djit,"
    "Stime,Ltime,Sintpkt,Dintpkt,tcprtt,synack,ackdat,is_sm_ips_ports,ct_state_ttl,"
    "ct_flw_http_mthd,is_ftp_login,ct_ftp_cmd,ct_srv_src,ct_srv_dst,ct_dst_ltm,ct_src_ltm,"
    "ct_src_dport_ltm,ct_dst_sport_ltm,ct_dst_src_ltm,attack_cat,Label"
)
_NAMES = frozenset(keys("srcip,sport,dstip,dsport,stime,ltime,attack_cat,label"))

UNSW_FULL = Schema(
    "unsw-nb15-full",
    required=COLUMNS[:-2],
    numbers=frozenset(map(key, COLUMNS)) - _TEXTS - _NAMES,
    texts=_TEXTS,
    ports=frozenset(("dsport",)),
    identifiers=PLAIN.identifiers,
    coarse_labels=("label",),
    fine_labels=("attack_cat",),
    binary=True,
    addresses=(("srcip", "dstip"),),
)


def _looks_like(head: Head) -> bool:
    """Tell by addresses and protocol whether the first line is a row of a full file."""
    fields = head.fields(1)[0]
    return (
        len(fields) in (len(COLUMNS) - 2, len(COLUMNS))
        and is_address(fields[0])
        and is_address(fields[2])
        and fields[4].replace("-", "").isalnum()
        and not fields[4].isdigit()
        and (len(fields) < len(COLUMNS) or fields[-1] in ("0", "1"))
    )


def _headless(head: Head) -> Layout:
    found = len(head.fields(1)[0])
    return Layout(UNSW_FULL, COLUMNS[:found], head.at, head.delimiter())


FULL = Format(
    "unsw-nb15-full",
    "UNSW-NB15_1.csv to UNSW-NB15_4.csv, without a header",
    UNSW_FULL,
    tabular=True,
    recognise=_looks_like,
    layout=_headless,
)
