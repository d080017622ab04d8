"""Labels in the names of files: taken where all of them tell, or by the knob; never guessed."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from simple_flows import FLOWS, text

from sim.config.load import load_config
from sim.errors import TrafficError
from sim.traffic.build import traffic_digest
from sim.traffic.files import FlowTable, read_flows
from sim.traffic.files.knobs import Knobs

PLAIN = text(label="")
TOLD = ["benign_traffic.csv", "gafgyt_attacks/combo.csv", "mirai_attacks/ack.csv"]


def folder(place: Path, names: list[str], content: str = PLAIN) -> Path:
    for name in names:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(content)
    return place


def check(found: FlowTable, classes: tuple[str, ...]) -> None:
    assert found.classes == ("benign", *classes)
    assert np.bincount(found.labels).tolist() == [len(FLOWS)] * (1 + len(classes))
    assert any("labels taken from the names of the files" in note for note in found.notes)
    assert not any(feature.startswith("file") for feature in found.features)
    assert found.timeless  # the order of the files is that of the attacks


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (TOLD, ("gafgyt_attacks/combo", "mirai_attacks/ack")),
        (["5.benign.csv", "5.mirai.syn.csv"], ("5.mirai.syn",)),
        (["Benign_test.pcap.csv", "TCP_IP-DDoS-ICMP1_test.pcap.csv"], ("TCP_IP-DDoS-ICMP1_test",)),
        (["attack_free.csv", "scan of ports.csv"], ("scan of ports",)),
    ],
)
def test_names_that_all_tell_are_the_labels(
    tmp_path: Path, names: list[str], classes: tuple[str, ...]
) -> None:
    check(read_flows(folder(tmp_path / "attacks", names)), classes)


def test_members_of_an_archive_tell_too(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for name in TOLD:
            archive.writestr(f"scan/{name}", PLAIN)
    check(read_flows(tmp_path / "set.zip"), ("gafgyt_attacks/combo", "mirai_attacks/ack"))


@pytest.mark.parametrize("names", [["fan_leg.csv", "mirai.csv"], ["day1.csv", "day2.csv"]])
def test_names_that_do_not_all_tell_are_labels_where_that_is_said(
    tmp_path: Path, names: list[str]
) -> None:
    found = read_flows(folder(tmp_path, names))
    assert not found.labelled
    assert any("file takes the names of the files" in note for note in found.notes)
    found = read_flows(tmp_path, label_column="file")
    assert set(np.bincount(found.labels, minlength=3)) <= {0, len(FLOWS)}
    assert {Path(name).stem for name in names} == set(found.classes[1:])
    first = read_flows(tmp_path, label_column="file", knobs=Knobs(first=True))
    assert (first.labels == found.labels).all()
    assert any("traffic.benign" in warning for warning in found.warnings)


def test_a_column_with_labels_goes_before_the_names(tmp_path: Path) -> None:
    found = read_flows(folder(tmp_path, TOLD, text()))
    assert found.classes == ("benign", "attack")
    assert np.count_nonzero(found.labels) == 3 * sum(bool(row["truth"]) for row in FLOWS)


def test_a_column_called_file_is_one(tmp_path: Path) -> None:
    place = folder(tmp_path, TOLD, text(label="file"))
    assert read_flows(place, label_column="file").classes == ("benign", "attack")


@pytest.mark.parametrize("wanted", ["none", "fils"])
def test_other_settings_are_obeyed(tmp_path: Path, wanted: str) -> None:
    place = folder(tmp_path, TOLD)
    if wanted == "none":
        assert not read_flows(place, label_column=wanted).labelled
    else:
        with pytest.raises(TrafficError, match="no column 'fils' to take labels from"):
            read_flows(place, label_column=wanted)


def test_a_folder_by_another_name_is_other_traffic(tmp_path: Path) -> None:
    def digest(names: list[str]) -> str:
        place = folder(tmp_path / names[-1].replace("/", "-"), names)
        return traffic_digest(load_config(settings=[f"traffic.path={place}"]).config)

    assert digest(["a/benign.csv", "mirai/b.csv"]) != digest(["a/benign.csv", "gafgyt/b.csv"])
