"""UNSW-NB15, the partitioned CSV files with a header (some begin with a UTF-8 byte-order mark).

Moustafa and Slay: UNSW-NB15: a comprehensive data set for network intrusion detection systems,
MilCIS 2015.
"""

from __future__ import annotations

from sim.traffic.files.schema import PLAIN, Schema, keys

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
)
