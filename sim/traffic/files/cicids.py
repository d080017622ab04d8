"""CIC-IDS2017 as published by the institute and as commonly cleaned.

The distributions differ: names with or without a leading blank, 52 to 84 columns, the label as
`Label` or `Attack Type`, `Infinity` and `NaN` among the rates, `Fwd Header Length` twice, and names
of web attacks with a Windows-1252 dash. The 52 columns below are in all of them.

Sharafaldin, Lashkari, Ghorbani: Toward generating a new intrusion detection dataset and intrusion
traffic characterization, ICISSP 2018.
"""

from __future__ import annotations

from sim.traffic.files.format import Format
from sim.traffic.files.names import key, spelled
from sim.traffic.files.schema import PLAIN, Schema

COLUMNS = spelled(
    "Destination Port,Flow Duration,Total Fwd Packets,Total Length of Fwd Packets,"
    "Fwd Packet Length Max,Fwd Packet Length Min,Fwd Packet Length Mean,Fwd Packet Length Std,"
    "Bwd Packet Length Max,Bwd Packet Length Min,Bwd Packet Length Mean,Bwd Packet Length Std,"
    "Flow Bytes/s,Flow Packets/s,Flow IAT Mean,Flow IAT Std,Flow IAT Max,Flow IAT Min,"
    "Fwd IAT Total,Fwd IAT Mean,Fwd IAT Std,Fwd IAT Max,Fwd IAT Min,Bwd IAT Total,Bwd IAT Mean,"
    "Bwd IAT Std,Bwd IAT Max,Bwd IAT Min,Fwd Header Length,Bwd Header Length,Fwd Packets/s,"
    "Bwd Packets/s,Min Packet Length,Max Packet Length,Packet Length Mean,Packet Length Std,"
    "Packet Length Variance,FIN Flag Count,PSH Flag Count,ACK Flag Count,Average Packet Size,"
    "Subflow Fwd Bytes,Init_Win_bytes_forward,Init_Win_bytes_backward,act_data_pkt_fwd,"
    "min_seg_size_forward,Active Mean,Active Max,Active Min,Idle Mean,Idle Max,Idle Min"
)

CIC_IDS2017 = Schema(
    "cic-ids2017",
    required=COLUMNS,
    numbers=frozenset(map(key, COLUMNS)),
    texts=frozenset(("protocol",)),
    ports=frozenset(("destination port",)),
    identifiers=PLAIN.identifiers,
    coarse_labels=("label", "class"),
    fine_labels=("attack type", "attack_type"),
    addresses=(("source ip", "destination ip"),),
    repeated=frozenset(("fwd header length",)),
    timeless=True,
)
FORMAT = Format("cic-ids2017", "CIC-IDS2017, CSV", CIC_IDS2017, tabular=True)
