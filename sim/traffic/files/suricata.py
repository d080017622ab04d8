"""Suricata's eve.json: the events of type `flow`, one JSON object a line.

https://docs.suricata.io/en/latest/output/eve/eve-json-format.html. What Suricata
itself thought of a flow (`flow.alerted`, `alert.*`) is no feature: a detector is not to learn from
another one.
"""

from __future__ import annotations

from sim.traffic.files.format import Format
from sim.traffic.files.layout import Head, Layout, Scalar
from sim.traffic.files.names import keys
from sim.traffic.files.schema import PLAIN, Schema

_NUMBERS = keys(
    "flow.pkts_toserver,flow.pkts_toclient,flow.bytes_toserver,flow.bytes_toclient,flow.age"
)
_TEXTS = keys(
    "proto,app_proto,app_proto_tc,app_proto_ts,app_proto_orig,app_proto_expected,flow.state,"
    "flow.reason,tcp.tcp_flags,tcp.tcp_flags_ts,tcp.tcp_flags_tc,tcp.state,icmp_type,icmp_code,"
    "ip_v"
)
_IDENTIFIERS = keys(
    "timestamp,flow_id,parent_id,in_iface,event_type,src_ip,src_port,dest_ip,community_id,host,"
    "flow.start,flow.end,flow.alerted,flow.action,flow.exception_policy,flow.wrong_thread,pcap_cnt,"
    "pcap_filename,vlan,tx_id,metadata.flowbits,metadata.flowints,ether.src_macs,ether.dest_macs,"
    "verdict.action,spi,suricata_version"
)
_SCHEMA = Schema(
    "suricata",
    numbers=frozenset(_NUMBERS),
    texts=frozenset(_TEXTS),
    ports=frozenset(("dest_port",)),
    identifiers=PLAIN.identifiers | frozenset(_IDENTIFIERS),
    coarse_labels=("label",),
    addresses=(("src_ip", "dest_ip"),),
)


_EVENTS = frozenset(
    keys(
        "flow,netflow,stats,alert,anomaly,drop,verdict,metadata,packet,frame,http,http2,dns,mdns,tls,"
        "ssh,smtp,smb,nfs,ftp,ftp_data,tftp,dhcp,krb5,ldap,snmp,sip,rfb,rdp,mqtt,modbus,dnp3,enip,"
        "bittorrent_dht,ike,ikev2,quic,websocket,pgsql,template,telnet,fileinfo,engine,arp,dcerpc,"
        "pop3,doh2,mysql"
    )
)
"""Types of events; others write `event_type`, too."""
_VERDICTS = ("alert", "anomaly", "verdict", "drop")
"""What Suricata itself thought of a flow."""


def _looks_like(head: Head) -> bool:
    return any(found.get("event_type") in _EVENTS for found in head.objects())


def _is_flow(found: dict[str, Scalar], line: int) -> bool:
    if found.get("event_type") != "flow":
        return False
    for name in [n for n in found if n.partition(".")[0] in _VERDICTS]:
        del found[name]
    return True


def _layout(head: Head) -> Layout:
    return Layout(_SCHEMA, skip=head.at, select=_is_flow)


EVE = Format(
    "suricata",
    "Suricata's eve.json, the flow events",
    _SCHEMA,
    recognise=_looks_like,
    layout=_layout,
)
