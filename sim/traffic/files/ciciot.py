"""CICIoT2023: CSV with a header; the label is the name of the attack or `BenignTraffic`.

Neto et al.: CICIoT2023: a real-time dataset and benchmark for large-scale attacks in IoT
environment, Sensors 2023.
"""

from __future__ import annotations

from sim.traffic.files.format import Format
from sim.traffic.files.names import key, spelled
from sim.traffic.files.schema import PLAIN, Schema

COLUMNS = spelled(
    "Header_Length,Protocol Type,Rate,fin_flag_number,syn_flag_number,rst_flag_number,"
    "psh_flag_number,ack_flag_number,ece_flag_number,cwr_flag_number,ack_count,syn_count,fin_count,"
    "rst_count,HTTP,HTTPS,DNS,Telnet,SMTP,SSH,IRC,TCP,UDP,DHCP,ARP,ICMP,LLC,Tot sum,Min,Max,AVG,"
    "Std,Tot size,IAT,Number,Variance"
)
_MORE = spelled(
    "flow_duration,Duration,Srate,Drate,urg_count,IPv,IGMP,Magnitue,Radius,Covariance,Weight,"
    "Time_To_Live"
)

CIC_IOT2023 = Schema(
    "cic-iot2023",
    required=COLUMNS,
    numbers=frozenset(map(key, (*COLUMNS, *_MORE))),
    identifiers=PLAIN.identifiers,
    coarse_labels=("label",),
)
FORMAT = Format("cic-iot2023", "CICIoT2023, CSV", CIC_IOT2023, tabular=True)
