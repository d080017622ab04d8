"""NetFlow v2 data sets of the University of Queensland: CSV with a header, `Label` and `Attack`.

Sarhan, Layeghy, Portmann: Towards a standard feature set for network intrusion detection system
datasets, Mobile Networks and Applications 2022.
"""

from __future__ import annotations

from sim.traffic.files.format import Format
from sim.traffic.files.names import key, spelled
from sim.traffic.files.schema import PLAIN, Schema

COLUMNS = spelled(
    "IPV4_SRC_ADDR,L4_SRC_PORT,IPV4_DST_ADDR,L4_DST_PORT,PROTOCOL,L7_PROTO,IN_BYTES,IN_PKTS,"
    "OUT_BYTES,OUT_PKTS,TCP_FLAGS,CLIENT_TCP_FLAGS,SERVER_TCP_FLAGS,FLOW_DURATION_MILLISECONDS,"
    "DURATION_IN,DURATION_OUT,MIN_TTL,MAX_TTL,LONGEST_FLOW_PKT,SHORTEST_FLOW_PKT,MIN_IP_PKT_LEN,"
    "MAX_IP_PKT_LEN,SRC_TO_DST_SECOND_BYTES,DST_TO_SRC_SECOND_BYTES,RETRANSMITTED_IN_BYTES,"
    "RETRANSMITTED_IN_PKTS,RETRANSMITTED_OUT_BYTES,RETRANSMITTED_OUT_PKTS,"
    "SRC_TO_DST_AVG_THROUGHPUT,DST_TO_SRC_AVG_THROUGHPUT,NUM_PKTS_UP_TO_128_BYTES,"
    "NUM_PKTS_128_TO_256_BYTES,NUM_PKTS_256_TO_512_BYTES,NUM_PKTS_512_TO_1024_BYTES,"
    "NUM_PKTS_1024_TO_1514_BYTES,TCP_WIN_MAX_IN,TCP_WIN_MAX_OUT,ICMP_TYPE,ICMP_IPV4_TYPE,"
    "DNS_QUERY_ID,DNS_QUERY_TYPE,DNS_TTL_ANSWER,FTP_COMMAND_RET_CODE"
)
# Numbers of protocols are names: their size means nothing.
_TEXTS = frozenset(("protocol", "l7_proto"))
_ADDRESSES = frozenset(("ipv4_src_addr", "ipv4_dst_addr"))

NETFLOW_V2 = Schema(
    "netflow-v2",
    required=COLUMNS,
    numbers=frozenset(map(key, COLUMNS)) - _TEXTS - _ADDRESSES,
    texts=_TEXTS,
    ports=frozenset(("l4_dst_port",)),
    identifiers=PLAIN.identifiers,
    coarse_labels=("label",),
    fine_labels=("attack",),
    binary=True,
    addresses=(("ipv4_src_addr", "ipv4_dst_addr"),),
)
FORMAT = Format(
    "netflow-v2", "NetFlow v2 data sets (NF-UNSW-NB15-v2 and others), CSV", NETFLOW_V2, tabular=True
)
