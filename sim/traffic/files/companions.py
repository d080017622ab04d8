"""What lies beside flows, told by its name: other logs of a sensor, descriptions of a data set."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from sim.traffic.files.names import spelled

_ZEEK_FLOWS = re.compile(
    r"conn(_red|_long|_all)?([._-]\d.*)?\.(log|json)(\..*)?|conn\..*\.log(\..*)?"
)
_SURICATA_FLOWS = re.compile(r"eve(-flow)?([._-]\d.*)?\.json(\..*)?")
_LOG = re.compile(r"([a-z0-9_-]+?)([._-]\d.*)?\.(log|json)(\..*)?")
_ZEEK = frozenset(
    spelled(
        "analyzer,barnyard2,broker,capture_loss,cluster,communication,config,conn-summary,dce_rpc,dhcp,"
        "dnp3,dns,dpd,files,ftp,http,intel,irc,kerberos,known_certs,known_devices,known_hosts,"
        "known_modbus,known_services,ldap,ldap_search,loaded_scripts,modbus,modbus_register_change,"
        "mqtt_connect,mqtt_publish,mqtt_subscribe,mysql,netcontrol,netcontrol_drop,notice,notice_alarm,"
        "ntlm,ntp,ocsp,openflow,packet_filter,pe,postgresql,print,prof,quic,radius,rdp,redis,reporter,"
        "rfb,signatures,sip,smb_cmd,smb_files,smb_mapping,smtp,snmp,socks,software,ssh,ssl,stats,stderr,"
        "stdout,syslog,telemetry,traceroute,tunnel,weird,weird_stats,websocket,wireguard,x509"
    )
)
_SURICATA = frozenset(spelled("fast,stats,suricata,suricata-start,http,tls,dns,files,keyword_perf"))
_UNSW_FLOWS = re.compile(r"UNSW-NB15_\d\.csv(\..*)?")
_UNSW_OTHERS = re.compile(r"(UNSW|NUSW)-NB15_(GT|features|LIST_EVENTS)\.csv")
_KITSUNE = re.compile(r"(.+)_(dataset|labels)\.csv(\..*)?", re.IGNORECASE)
_BOT_IOT_FLOWS = re.compile(r"(UNSW_2018_IoT_Botnet_(Dataset|Full5pc)|data)_\d+\.csv(\..*)?")
_BOT_IOT_OTHERS = re.compile(r"(UNSW_2018_IoT_Botnet_Dataset_Feature_Names|data_names)\.csv")
_KDD_FLOWS = re.compile(r"(kddcup\.(data|newtestdata|testdata).*|corrected)(\..*)?")
_KDD_OTHERS = re.compile(r"kddcup\.names|training_attack_types|typo-correction\.txt")
_SETS = (
    (_UNSW_FLOWS, _UNSW_OTHERS),
    (_BOT_IOT_FLOWS, _BOT_IOT_OTHERS),
    (_KDD_FLOWS, _KDD_OTHERS),
)
_SENSORS = ((_ZEEK_FLOWS, _ZEEK), (_SURICATA_FLOWS, _SURICATA))


def companions(names: Sequence[str]) -> list[str]:
    """Return those of several files that are no flows, but lie beside them.

    Other logs of the sensor, or what describes and labels a published data set.

    Args:
        names: Paths of the files.
    """
    last = {name: PurePosixPath(name).name for name in names}
    found: dict[str, None] = {}
    for flows, others in _SENSORS:
        if any(flows.fullmatch(file) for file in last.values()):
            matching = {name: _LOG.fullmatch(file) for name, file in last.items()}
            found |= dict.fromkeys(n for n, m in matching.items() if m and m[1] in others)
    for flows, beside in _SETS:
        if any(flows.fullmatch(file) for file in last.values()):
            found |= dict.fromkeys(n for n, file in last.items() if beside.fullmatch(file))
    pairs = [(n, m[1], m[2].casefold()) for n, f in last.items() if (m := _KITSUNE.fullmatch(f))]
    kept = {stem for _, stem, what in pairs if what == "dataset"}
    found |= dict.fromkeys(n for n, stem, what in pairs if what == "labels" and stem in kept)
    return list(found)
