"""What columns are called in the data sets and tools of the field; names are compared by `key`."""

from __future__ import annotations

import re


def key(name: str) -> str:
    """Return a column name as it is compared: without outer blanks, without case."""
    return name.strip().casefold()


def spelled(names: str) -> tuple[str, ...]:
    """Split a comma-separated list of column names."""
    return tuple(n.strip() for n in names.split(",") if n.strip())


def keys(names: str) -> tuple[str, ...]:
    """Split a comma-separated list of column names into keys."""
    return tuple(map(key, spelled(names)))


IDENTIFIERS = frozenset(
    keys(
        "id,uid,index,row,row_id,rowid,no,no.,unnamed: 0,flow id,flow_id,flowid,flow.id,"
        "__index_level_0__,pkseqid,seqid,seq_id,seq,record,record_id,rid,level_0,"
        "ts,time,timestamp,date,datetime,first_seen,last_seen,stime,ltime,start_time,end_time,"
        "starttime,lasttime,start time,date first seen,date last seen,endtime,end time,"
        "flow_start_milliseconds,flow_end_milliseconds,first,last,frame.time,frame.time_epoch,"
        "flow start,flow end,flow.start,flow.end,time_start,time_end,te,tr,@timestamp,"
        "src_ip,dst_ip,srcip,dstip,src ip,dst ip,source ip,destination ip,source_ip,destination_ip,"
        "src_addr,dst_addr,srcaddr,dstaddr,sa,da,saddr,daddr,source,destination,ip_src,ip_dst,"
        "src ip addr,dst ip addr,src_host,dst_host,source address,destination address,"
        "source_address,destination_address,ip.src,ip.dst,ipv4_src_addr,ipv4_dst_addr,"
        "ipv6_src_addr,ipv6_dst_addr,id.orig_h,id.resp_h,src_mac,dst_mac,smac,dmac,"
        "dest_ip,srcip_addr,dstip_addr,ip.src_host,ip.dst_host,orig_h,resp_h,"
        "src_port,source port,source_port,src port,srcport,sport,sp,l4_src_port,id.orig_p,src pt,"
        "orig_p,tcp.srcport,udp.srcport,"
        "split,fold,subset,is_train,is_test,train_test,"
        "hour,minute,day,week,month,year,weekday,day_of_week,dayofweek,hour_of_day,"
        "session_id,conn_id,connection_id,packet_id,stream_id,window_id,tcp.stream,udp.stream,"
        "dataset,difficulty,difficulty_level,dns_query_id,originh,originp,responh"
    )
)
"""Names of a row, a host or a time."""

PORTS = frozenset(
    keys(
        "dst_port,destination port,destination_port,dst port,dstport,dport,dsport,l4_dst_port,"
        "id.resp_p,dst pt,dest_port,dp,resp_p,responp"
    )
)

ADDRESSES = tuple(
    zip(
        keys(
            "src_ip,srcip,src ip,source ip,source_ip,src_addr,srcaddr,sa,saddr,ip_src,"
            "src ip addr,src_host,source address,source_address,ip.src,ipv4_src_addr,"
            "ipv6_src_addr,id.orig_h,source,src_ip,ip.src_host,orig_h"
        ),
        keys(
            "dst_ip,dstip,dst ip,destination ip,destination_ip,dst_addr,dstaddr,da,daddr,ip_dst,"
            "dst ip addr,dst_host,destination address,destination_address,ip.dst,ipv4_dst_addr,"
            "ipv6_dst_addr,id.resp_h,destination,dest_ip,ip.dst_host,resp_h"
        ),
        strict=True,
    )
)
"""Pairs of source and destination address columns."""

COARSE_LABELS = keys("label,is_attack,malicious,target,y,class")
"""Always the truth, in this order: they tell benign from attack."""

FINE_LABELS = keys("attack_cat,attack type,attack_type,attack,detailedlabel,detailed-label")
"""Always the truth, in this order: they name the attack."""

FURTHER_COARSE = keys(
    "labels,attack_label,is_anomaly,anomaly,is_malicious,ismalicious,outcome,ground_truth,"
    "groundtruth,ground truth,gt,truth,is_intrusion,intrusion,outlier,is_outlier,tag,lable,"
    "binary_label,label_binary,target_label,class_label,y_true,verdict,classification,result,"
    "classes,class1,class2,class3,marker,annotation,decision,target_class,predicted_label,"
    "prediction,att_flag,binary result,binary_result,specific result,specific_result"
)
"""Told of in other data sets, in order of preference where there is no usual one."""

FURTHER_FINE = keys(
    "attacktype,attack category,attack_category,attackcat,attack_name,attack name,attack_class,"
    "categorized result,categorized_result,multi_label,multiclass_label,label_multi,category,type,"
    "traffic_type,traffic category,subcategory,sub_category,attackdescription,attack tool,"
    "attack_tool,threat,family,cat,traffic_category,traffic,sub_cat,scenario,stage"
)

_ALWAYS = frozenset(
    (*COARSE_LABELS, *FINE_LABELS, *FURTHER_COARSE, *keys("subcategory,sub_category"))
) - {"result", "tag", "verdict", "classification"}
_TRUTH_WORDS = frozenset(
    (
        "label", "labels", "labeled", "labelled", "lable", "attack", "attacks", "attacker",
        "anomaly", "anomalies", "anomalous", "malicious", "malware", "intrusion", "outlier",
        "groundtruth", "benign", "botnet", "truth", "attackid", "attacktype", "attackcat",
        "attacklabel", "attackdescription", "difficulty", "isattack", "isanomaly", "ismalicious",
        "infected", "alerted", "normal", "legit", "legitimate", "threat", "threats", "suspicious",
        "suspicion", "malign", "abnormal", "severity", "risk", "prediction", "predicted", "pred",
        "isbad", "mitre", "detection", "detections", "technique", "tactic",
        "detectors", "heuristic", "taxonomy",
    )
)  # fmt: skip
_LIKELY_WORDS = frozenset(
    (
        "fraud", "fraudulent", "hostile", "compromised", "alert", "alerts", "incident", "harmful",
        "bad",
    )
)  # fmt: skip
"""Truth, unless something is counted or measured: `num_compromised`."""
_OTHER_LABELS = frozenset(("mpls", "ipv6", "ip6"))
_BENIGN_NAMES = frozenset(("benign", "normal", "legit", "legitimate", "nonmalicious", "harmless"))
_VERDICTS = frozenset(
    (
        "score", "scores", "confidence", "prob", "probability", "rank", "grade", "detector",
        "detectors", "detected", "detection", "detections", "rule", "rules", "signature",
        "signatures", "sid", "ids", "analyst", "annotator", "reviewer", "reputation", "blocked",
        "quarantined", "reported", "priority", "severity", "risk", "distance",
        "reconstruction", "zscore", "likelihood",
    )
)  # fmt: skip
_PARTS = re.compile(r"([.:])")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


_HOLDERS = re.compile(r"(?:^|\.)labels\.(?=.)", re.IGNORECASE)
"""Where clouds and log shippers hang what they know of a host: `resource.labels.location`."""


def words(name: str) -> tuple[str, ...]:
    """Return the words that a name is made of: `srcIPLabel` → src, ip, label."""
    return tuple(w.casefold() for w in _WORD.findall(name))


def tells_truth(name: str) -> bool:
    """Tell whether a column is the truth, or goes with it, by its name alone."""
    if key(name) in _ALWAYS:
        return True
    *_, held = _HOLDERS.split(name)
    if held and held != name:
        return tells_truth(held)
    found = set(words(name))
    joined = "".join(words(name))
    if "normal" in found and measures(name):
        return False
    if not found.isdisjoint(_LIKELY_WORDS) and not measures(name):
        return True
    return bool((found | {joined}) & _TRUTH_WORDS) and not found & _OTHER_LABELS


_KINDS = frozenset(("attack", "attacks", "label", "labels", "lable", "malware", "intrusion"))
_NO_KINDS = frozenset(
    (
        "id", "tool", "severity", "risk", "score", "level", "by", "time", "source", "detection",
        "detections", "detected", "detector", "alert", "alerts", "start", "end", "stop", "begin",
        "date", "first", "last", "seen",
    )
)  # fmt: skip


def names_attacks(name: str) -> bool:
    """Tell whether a column is called like one with the names of attacks: `attack_t`."""
    found = frozenset(words(name))
    return not found.isdisjoint(_KINDS) and found.isdisjoint(_NO_KINDS)


_MEASURES = frozenset(
    (
        "proto", "protocol", "prot", "pr", "service", "state", "flag", "flags", "flgs", "flg",
        "port", "dport", "sport", "pkts", "pkt", "packets", "packet", "bytes", "byte", "octets",
        "dur", "duration", "td", "rate", "ttl", "len", "length", "size", "count", "cnt", "num",
        "win", "window", "ack", "syn", "fin", "rst", "psh", "urg", "iat", "load", "loss", "jit",
        "jitter", "mean", "std", "min", "max", "sum", "avg", "var", "dns", "http", "ssl", "tls",
        "tcp", "udp", "icmp", "tos", "dir", "direction", "method", "spkts", "dpkts", "sbytes",
        "dbytes", "totpkts", "totbytes", "srcbytes", "rtt", "bps", "pps", "dst", "src", "orig",
        "resp", "fwd", "bwd", "history", "app", "login", "error", "ct", "sttl", "dttl", "sload",
        "dload", "sloss", "dloss", "sinpkt", "dinpkt", "sjit", "djit", "swin", "dwin", "stcpb",
        "dtcpb", "tcprtt", "synack", "ackdat", "smean", "dmean", "stos", "dtos", "header", "hdr",
        "idle", "active", "bulk", "seg", "segment", "subflow", "payload", "entropy", "ratio",
        "srate", "drate", "checksum", "crc", "bandwidth", "throughput", "latency", "delay",
        "interval", "mss",
    )
)  # fmt: skip


def measures(name: str) -> bool:
    """Tell whether a name is that of something that tools of the field measure."""
    return not _MEASURES.isdisjoint(words(name))


def is_flag(name: str) -> bool:
    """Tell whether a name is that of flags or states, which are no quantities."""
    return not {"flag", "flags", "flgs", "flg", "state", "proto", "protocol"}.isdisjoint(
        words(name)
    )


def is_code(name: str) -> bool:
    """Tell whether a number of this name stands for something, and is no quantity."""
    return not {"id", "code", "cluster", "group", "campaign", "scenario"}.isdisjoint(words(name))


def counts_nothing(name: str) -> bool:
    """Tell whether a name is that of a measurement, and not just of a number or count."""
    found = set(words(name)) - {"num", "count", "cnt", "ct", "min", "max", "src", "dst"}
    return not _MEASURES.isdisjoint(found)


_SOURCES = frozenset(
    (
        "src", "source", "scr", "s", "orig", "origin", "originator", "client", "sender",
        "initiator", "srcport", "sport",
    )
)  # fmt: skip
_DESTINATIONS = frozenset(
    (
        "dst", "dest", "destination", "des", "d", "resp", "respon", "responder", "server",
        "receiver", "dstport", "dport",
    )
)  # fmt: skip
_SIDES = _SOURCES | _DESTINATIONS | {"local", "remote", "peer"}
_HOSTS = frozenset(
    ("ip", "ipv", "ips", "addr", "address", "mac", "eth", "host", "hostname", "oui", "h", "hw")
)
_FORMS = frozenset(
    (
        "int", "integer", "num", "hash", "hex", "dec", "decimal", "str", "raw", "encoded", "enc",
        "tcp", "udp", "transport", "l", "v", "2", "3", "4", "6", "name", "id", "uint", "8", "16",
        "32", "64",
        "ipaddr", "macaddr",
    )
)  # fmt: skip
"""What says of an address or a port only how it is written, as UniRec's `uint16 SRC_PORT` does."""
_PORT_WORDS = frozenset(("port", "ports", "pt", "prt", "p", "srcport", "dstport", "sport", "dport"))
_ANCHORS = frozenset(
    (
        "start", "stop", "end", "first", "last", "begin", "date", "timestamp", "datetime", "epoch",
        "utc", "ts", "te", "bidirectional", "capture", "logged", "arrival",
    )
)  # fmt: skip
_MOMENTS = frozenset(
    (
        "time", "date", "datetime", "timestamp", "ts", "te", "seen", "switched", "epoch", "hour",
        "minute", "min", "second", "sec", "day", "month", "year", "milliseconds", "seconds",
        "stamp",
    )
)  # fmt: skip
_TIME_FORMS = _ANCHORS | _MOMENTS | {"flow", "packet", "ms", "us", "ns", "s", "unix", "local", "of"}


def identifies(name: str) -> bool:
    """Tell whether all words of a name are those of a host, a source port or a moment.

    Such as `clientAddress`, `src_ip_int`, `sourcePort`, `startDateTime` and `ts_hour`.
    """
    return any(map(_identifies, _endings(name)))


def _endings(name: str) -> list[str]:
    """Return a name and what it ends in: `connection.src_port` and `src_port`."""
    parts = _PARTS.split(name)
    return ["".join(parts[at:]) for at in range(0, len(parts), 2)]


def _identifies(name: str) -> bool:
    found = frozenset(words(name))
    if found & _SIDES and found & _HOSTS and found <= _SIDES | _HOSTS | _FORMS:
        return True
    if found & _SOURCES and found & _PORT_WORDS and found <= _SOURCES | _PORT_WORDS | _FORMS:
        return True
    return bool(found & _ANCHORS and found & _MOMENTS) and found <= _TIME_FORMS


def is_port(name: str) -> bool:
    """Tell whether all words of a name are those of a destination port: `destinationPort`."""
    return any(map(_is_port, _endings(name)))


def _is_port(name: str) -> bool:
    found = frozenset(words(name))
    sides = found & _DESTINATIONS
    return bool(sides and found & _PORT_WORDS) and found <= sides | _PORT_WORDS | _FORMS


def means_benign(name: str) -> bool:
    """Tell whether yes in a column of this name means benign: `is_normal`."""
    return not _BENIGN_NAMES.isdisjoint(words(name)) and not any(
        w in _TRUTH_WORDS - _BENIGN_NAMES for w in words(name)
    )


def reports(name: str) -> bool:
    """Tell whether a name is one of those under which detectors report, as in MAWILab.

    What else judges in such a file (a score, a distance) is theirs, too.
    """
    return not {"detectors", "heuristic", "taxonomy"}.isdisjoint(words(name))


def judges(name: str) -> bool:
    """Tell whether a name is that of a detector, or of what it says of a flow, such as a score."""
    return not _VERDICTS.isdisjoint(words(name))


_OPAQUE = re.compile(
    r"(column|col|c|var|variable|v|x|f|feat|feature|features|attr|attribute|field|a|unnamed:|dim|d)?"
    r"[\s_.-]*\d+|[a-z]",
    re.IGNORECASE,
)


def is_opaque(name: str) -> bool:
    """Tell whether a name says nothing of what a column is: `column 7`, `V12`, `x`."""
    return _OPAQUE.fullmatch(key(name)) is not None


def is_likely(name: str) -> bool:
    """Tell whether a name is one of those of labels in published data."""
    return key(name) in FURTHER_COARSE


def is_suspicious(name: str) -> bool:
    """Tell whether a name may be that of a column with the truth, though it need not."""
    return key(name) in {*FURTHER_COARSE, *FURTHER_FINE} or tells_truth(name) or judges(name)
