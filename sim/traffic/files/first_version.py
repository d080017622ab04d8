"""How version 0.1 told columns apart: by their names only. Runs recorded by it are read so.

It knew fewer names, took text for the label only under a usual one, and left nothing out for what
is in it. So the truth may be among the features: no new run is read this way unless it is asked
for (`traffic.reading`).
"""

from __future__ import annotations

from collections.abc import Mapping

from sim.traffic.files import names
from sim.traffic.files.label_columns import Choice
from sim.traffic.files.names import key, keys
from sim.traffic.files.schema import PLAIN, Kind, Schema

FORMATS = frozenset(
    ("nsl-kdd", "unsw-nb15", "cic-ids2017", "netflow-v2", "zeek-tsv", "zeek-json", "csv")
)
"""Text formats with columns of a known meaning; others were a plain table."""

BENIGN_WORDS = frozenset(
    ("normal", "benign", "background", "0", "normal traffic", "-", "none", "false", "no", "f")
)
UNKNOWN_WORDS = frozenset(("", "(empty)", "nan", "null", "?", "na", "n/a", "<na>", "unknown"))
PLAIN_WORDS = frozenset(("1", "true", "yes", "t", "attack"))

_LATER_IDENTIFIERS = frozenset(
    keys(
        "@timestamp,__index_level_0__,date last seen,dest_ip,dstip_addr,end time,endtime,first,"
        "flow end,flow start,flow.end,flow.start,frame.time,frame.time_epoch,ip.dst_host,"
        "ip.src_host,last,last_flag,level,level_0,orig_h,orig_p,originh,originp,pkseqid,record,"
        "record_id,resp_h,responh,rid,score,seq,seq_id,seqid,srcip_addr,tcp.srcport,te,time_end,"
        "time_start,tr,udp.srcport,split,fold,subset,is_train,is_test,train_test,hour,minute,day,"
        "week,month,year,weekday,day_of_week,dayofweek,hour_of_day,session_id,conn_id,"
        "connection_id,packet_id,stream_id,window_id,tcp.stream,udp.stream"
    )
)
_LATER_PORTS = frozenset(("dest_port", "dp", "resp_p", "responp"))


def schema_of(schema: Schema) -> Schema:
    """Return what was known of a format."""
    return schema if schema.format in FORMATS else PLAIN


def kind(schema: Schema, name: str) -> Kind:
    """Return how the column `name` was used."""
    schema, k = schema_of(schema), key(name)
    labels = (*schema.coarse_labels, *schema.fine_labels, *names.COARSE_LABELS, *names.FINE_LABELS)
    for group, found in (
        (labels, Kind.LABEL),
        (schema.identifiers - _LATER_IDENTIFIERS, Kind.IDENTIFIER),
        (schema.histories, Kind.HISTORY),
        (schema.ports - _LATER_PORTS, Kind.PORT),
        (schema.texts, Kind.TEXT),
        (schema.numbers, Kind.NUMBER),
    ):
        if k in group:
            return found
    return Kind.AUTO


def choose(schema: Schema, columns: Mapping[str, object], wanted: str) -> Choice:
    """Return the label columns, by their names."""
    named = {key(c): c for c in reversed(list(columns))}
    if wanted != "auto":
        return Choice(None if wanted == "none" else named[key(wanted)])
    schema = schema_of(schema)
    for groups in (
        (schema.coarse_labels, schema.fine_labels),
        (names.COARSE_LABELS, names.FINE_LABELS),
    ):
        coarse, fine = (next((named[k] for k in group if k in named), None) for group in groups)
        if coarse or fine:
            return Choice(coarse, fine)
    return Choice()
