"""NSL-KDD and KDD Cup 99: no header, 41 features, then perhaps the label and the difficulty.

Tavallaee, Bagheri, Lu, Ghorbani: A detailed analysis of the KDD CUP 99 data set, CISDA 2009.
"""

from __future__ import annotations

from sim.text import quantity
from sim.traffic.files.format import Format
from sim.traffic.files.layout import Head, Layout
from sim.traffic.files.names import keys
from sim.traffic.files.schema import PLAIN, Schema
from sim.traffic.files.text import error

FEATURES = keys(
    "duration,protocol_type,service,flag,src_bytes,dst_bytes,land,wrong_fragment,urgent,hot,"
    "num_failed_logins,logged_in,num_compromised,root_shell,su_attempted,num_root,"
    "num_file_creations,num_shells,num_access_files,num_outbound_cmds,is_host_login,"
    "is_guest_login,count,srv_count,serror_rate,srv_serror_rate,rerror_rate,srv_rerror_rate,"
    "same_srv_rate,diff_srv_rate,srv_diff_host_rate,dst_host_count,dst_host_srv_count,"
    "dst_host_same_srv_rate,dst_host_diff_srv_rate,dst_host_same_src_port_rate,"
    "dst_host_srv_diff_host_rate,dst_host_serror_rate,dst_host_srv_serror_rate,"
    "dst_host_rerror_rate,dst_host_srv_rerror_rate"
)
COLUMNS = (*FEATURES, "label", "difficulty")
_VARIANTS = {f"l{name}": name for name in FEATURES}
"""The copies of KDD Cup 99 on OpenML and Kaggle write `lnum_compromised` and so on."""
_TEXTS = frozenset(("protocol_type", "service", "flag"))

NSL_KDD = Schema(
    "nsl-kdd",
    required=FEATURES,
    numbers=frozenset(FEATURES) - _TEXTS,
    texts=_TEXTS,
    identifiers=PLAIN.identifiers | frozenset(("level", "last_flag", "score")),
    coarse_labels=("label", "class"),
    fine_labels=("attack", "attack_type"),
    aliases=_VARIANTS,
    timeless=True,
)

_FLAGS = frozenset(("SF", "S0", "S1", "S2", "S3", "REJ", "RSTO", "RSTR", "RSTOS0", "SH", "OTH"))
_NEAR = range(len(FEATURES) - 3, len(COLUMNS) + 4)


def _looks_like(head: Head) -> bool:
    """Tell whether the first line is a row without a header, give or take three fields."""
    fields = head.fields(1)[0]
    return (
        len(fields) in _NEAR
        and fields[1] in ("tcp", "udp", "icmp")
        and (fields[3] in _FLAGS or fields[2] in _FLAGS)
    )


def _headless(head: Head) -> Layout:
    least, most, found = len(FEATURES), len(COLUMNS), len(head.fields(1)[0])
    if not least <= found <= most:
        raise error(
            head.path,
            f"{quantity(found, 'field')}, read as nsl-kdd; expected {least} to {most}",
            head.line,
        )
    return Layout(NSL_KDD, COLUMNS[:found], head.at, head.delimiter())


FORMAT = Format(
    "nsl-kdd",
    "NSL-KDD and KDD Cup 99, with or without a header",
    NSL_KDD,
    tabular=True,
    recognise=_looks_like,
    layout=_headless,
)
