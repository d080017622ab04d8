"""Small made-up files, a few lines of every format."""

from __future__ import annotations

from pathlib import Path

import pytest
from simple_flows import text

from sim.traffic.files import FlowTable, cicids, netflow, read_flows, unsw

_ZEEK_FIELDS = (
    "ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "service",
    "duration", "orig_bytes", "resp_bytes", "conn_state", "local_orig", "local_resp",
    "missed_bytes", "history", "orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes",
    "tunnel_parents", "label", "detailedlabel",
)  # fmt: skip


def nsl_kdd(rows: int = 12) -> bytes:
    lines = []
    for i in range(rows):
        rest = [str((i * k) % 7) for k in range(37)]
        label = "neptune" if i % 4 == 0 else "normal"
        service = "private" if i % 4 == 0 else "http"
        lines.append(",".join([str(i), "tcp", service, "SF", *rest, label, "21"]))
    return ("\n".join(lines) + "\n").encode()


def unsw_nb15(rows: int = 12) -> bytes:
    lines = [",".join(["id", *unsw.FEATURES, "attack_cat", "label"])]
    for i in range(rows):
        cells = [
            {"proto": "tcp", "service": "-" if i % 3 else "dns", "state": "FIN"}.get(
                name, str((i * at) % 5)
            )
            for at, name in enumerate(unsw.FEATURES)
        ]
        truth = ["Exploits", "1"] if i % 3 == 0 else ["Normal", "0"]
        lines.append(",".join([str(i + 1), *cells, *truth]))
    return b"\xef\xbb\xbf" + ("\n".join(lines) + "\n").encode()


def cic_ids2017(rows: int = 12) -> bytes:
    lines = [",".join([*(f" {name}" for name in cicids.COLUMNS), " Label"])]
    for i in range(rows):
        cells = [str((i * at) % 9) for at in range(len(cicids.COLUMNS))]
        cells[12] = "Infinity" if i == 1 else cells[12]
        cells[13] = "NaN" if i == 2 else cells[13]
        lines.append(",".join([*cells, "DDoS" if i % 5 == 0 else "BENIGN"]))
    return ("\n".join(lines) + "\n").encode()


def netflow_v2(rows: int = 12) -> bytes:
    lines = [",".join([*netflow.COLUMNS, "Label", "Attack", "Dataset"])]
    for i in range(rows):
        cells = [str((i * at) % 11) for at in range(len(netflow.COLUMNS))]
        cells[0] = f"8.8.8.{i}" if i % 2 else f"172.31.0.{i % 3}"
        cells[2] = f"172.31.0.{i % 3}" if i % 2 else f"9.9.9.{i}"
        cells[3] = str(50 + 1000 * (i % 3))
        truth = ["1", "Bot"] if i % 6 == 0 else ["0", "Benign"]
        lines.append(",".join([*cells, *truth, "made-up"]))
    return ("\n".join(lines) + "\n").encode()


def _zeek_row(i: int) -> list[str]:
    quiet = i % 4 == 3
    return [
        f"{1000 + i}.5", f"C{i}", "10.0.0.1" if i % 2 else "8.8.4.4", str(40000 + i),
        "8.8.8.8" if i % 2 else "10.0.0.2", str(53 + 1000 * (i % 2)), "udp" if i % 2 else "tcp",
        "-" if quiet else "dns", "-" if quiet else f"0.{i}", "-" if quiet else str(i),
        "-" if quiet else str(3 * i), "S0" if quiet else "SF", "T", "F", "0",
        "S" if quiet else "ShAD" + "d" * (i % 3), str(i % 5), str(40 * (i % 5)), str(i % 3),
        str(60 * (i % 3)), "(empty)", "Malicious" if quiet else "Benign",
        "PortScan" if quiet else "Microsoft",
    ]  # fmt: skip


def zeek_tsv(rows: int = 12) -> bytes:
    lines = [
        "#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-",
        "#path\tconn", "\t".join(["#fields", *_ZEEK_FIELDS]),
        "\t".join(["#types", *["string"] * len(_ZEEK_FIELDS)]),
        *("\t".join(_zeek_row(i)) for i in range(rows)),
        "#close\t2022-01-01",
    ]  # fmt: skip
    return ("\n".join(lines) + "\n").encode()


def zeek_json(rows: int = 12) -> bytes:
    import json

    texts = {"uid", "id.orig_h", "id.resp_h", "proto", "service", "conn_state", "history"}
    lines = []
    for i in range(rows):
        row = dict(zip(_ZEEK_FIELDS[:20], _zeek_row(i), strict=False))
        kept = {
            k: v if k in texts else v == "T" if v in "TF" else float(v)
            for k, v in row.items()
            if v != "-"
        }
        lines.append(json.dumps(kept))
    return ("\n".join(lines) + "\n").encode()


def plain_csv(rows: int = 12) -> bytes:
    lines = ["id,bytes,packets,color,dst_port,label"]
    for i in range(rows):
        color = ("red", "green", "blue")[i % 3]
        lines.append(f"{i},{i * 100},{i % 4},{color},{20 + 3000 * (i % 2)},{int(i % 6 == 0)}")
    return ("\n".join(lines) + "\n").encode()


SAMPLES = {
    "nsl-kdd": nsl_kdd(),
    "unsw-nb15": unsw_nb15(),
    "cic-ids2017": cic_ids2017(),
    "netflow-v2": netflow_v2(),
    "zeek-tsv": zeek_tsv(),
    "zeek-json": zeek_json(),
    "csv": plain_csv(),
}


@pytest.fixture(scope="session")
def samples() -> dict[str, bytes]:
    return SAMPLES


@pytest.fixture
def write(tmp_path: Path):
    """Write bytes to a new file and return its path."""

    def _write(content: bytes | str, name: str = "flows.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return _write


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> FlowTable:
    path = tmp_path_factory.mktemp("plain") / "flows.csv"
    path.write_text(text())
    return read_flows(path)
